// SPDX-License-Identifier: Apache-2.0
// tento-probe: opens one provider as a host's start would, in this process alone, and tells what came of it. A host
// starts it; it is not a command for people.
//   tento-probe HOST_PROCESS IMAGE DEADLINE_MS [LIBRARY_FOLDER...]
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "host/capability/ambient.hpp"
#include "host/loader/held_descriptors.hpp"
#include "host/loader/inspect.hpp"
#include "host/loader/instance.hpp"
#include "host/loader/open.hpp"
#include "host/loader/probe_wire.hpp"
#include "host/loader/reject.hpp"

namespace {

using namespace tento::host;

constexpr rlim_t most_memory = rlim_t{2} << 30;
constexpr rlim_t most_file_bytes = rlim_t{1} << 20;
constexpr rlim_t most_descriptors = 256;
constexpr int usage_status = 2;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool instrumented = true;  // reserves terabytes of addresses
#elif defined(__has_feature)
constexpr bool instrumented = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool instrumented = false;
#endif

void limit(int what, rlim_t most) {
  rlimit now{};
  getrlimit(static_cast<__rlimit_resource_t>(what), &now);
  const rlimit lower{std::min(most, now.rlim_max), std::min(most, now.rlim_max)};
  setrlimit(static_cast<__rlimit_resource_t>(what), &lower);
}

void limit_all(std::int64_t deadline_ms) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, most_file_bytes);
  limit(RLIMIT_NOFILE, most_descriptors);
  limit(RLIMIT_CPU, static_cast<rlim_t>(deadline_ms / 1000 + 1));
  if (!instrumented) limit(RLIMIT_AS, most_memory);
}

// The pipe as it was given; a provider may have closed it, or put another file in its place.
ino_t result_inode() {
  struct stat status {};
  return ::fstat(probe_result_descriptor, &status) == 0 && S_ISFIFO(status.st_mode) ? status.st_ino : 0;
}

void tell(const ProbeFrame& frame) {
  static const ino_t given = result_inode();
  const std::string bytes = encode(frame);
  if (result_inode() != given ||
      ::write(probe_result_descriptor, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
    ::_exit(probe_lost_result);
}

void about_to(const char* step) {
  tell({ProbeFrame::Kind::step, ::getpid(), step, {}});
}

// Processes that it started, also those whose own parent has ended, and that are still there. They are ended.
bool left_processes() {
  bool any = false;
  for (;;) {
    std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
    std::vector<pid_t> all;
    for (pid_t child = 0; children >> child;) all.push_back(child);
    for (const pid_t child : all) ::kill(child, SIGKILL);
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended < 0 && errno != EINTR) return any;
    any = any || ended > 0;
  }
}

Accepted<void> try_it(const char* path, const std::vector<std::filesystem::path>& folders) {
  struct stat status {};
  if (::fstat(probe_image_descriptor, &status) != 0) return reject("probe_failed", "it has no image", "start again");
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.st_size));
  if (::pread(probe_image_descriptor, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return reject("probe_failed", "its image cannot be read", "start again");
  const auto elf = ElfFile::read(bytes);
  if (!elf) return tl::unexpected(elf.error());
  auto note = find_note(*elf);
  if (!note) return tl::unexpected(note.error());
  SystemLibraries libraries = folders.empty() ? SystemLibraries() : SystemLibraries(folders);
  const auto inspected = inspect(*elf, std::move(*note), libraries);
  if (!inspected) return tl::unexpected(inspected.error());
  const Image image{path, status};
  const LifetimeDeps lifetime([](LogLevel, const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); },
                              nullptr);
  const auto lookup = lifetime.lookup_for(inspected->note.id);

  for (const int given : {probe_result_descriptor, probe_image_descriptor}) ::fcntl(given, F_SETFD, FD_CLOEXEC);
  // As a host has: files, sockets and pipes, which nobody else here closes.
  int sockets[2] = {-1, -1}, pipes[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0 || ::pipe2(pipes, O_CLOEXEC) != 0)
    return reject("probe_failed", "it has no descriptors", "start again");
  const auto held = HeldDescriptors::now(HeldDescriptors::Watch::all);
  about_to("opening it");
  auto opened = open_image(image, *inspected);
  Accepted<void> verdict;
  if (opened) {
    const auto made = make_instance(inspected->note, opened->entries, lookup.get(),
                                    {path, {}, opened->library, {}, lookup}, about_to);
    if (!made) verdict = tl::unexpected(made.error());
    if (auto ok = opened->before.check_came_in(image, *inspected); made && !ok) verdict = ok;
  } else {
    verdict = tl::unexpected(opened.error());
  }
  constexpr const char* build_another = "put another build of it into the folder, and tell its author";
  if (const auto what = held.lost())
    verdict =
        reject("closed_descriptors",
               "it closed or replaced descriptors that are not its own while it was opened: " + *what, build_another);
  else if (left_processes())
    verdict =
        reject("left_processes", "it started a process that was still there when it had been opened", build_another);
  return verdict;
}

}  // namespace

int main(int argc, char** argv) {
  // Ends with the host, also with one that ended before this was said.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pid_t host = 0;
  std::int64_t deadline_ms = 0;
  if (argc < 4 || std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), host).ec != std::errc() ||
      std::from_chars(argv[3], argv[3] + std::strlen(argv[3]), deadline_ms).ec != std::errc()) {
    std::fputs("tento-probe: a host starts this program to try a provider; it is not a command\n", stderr);
    return usage_status;
  }
  if (::getppid() != host) return usage_status;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  limit_all(deadline_ms);
  std::vector<std::filesystem::path> folders(argv + 4, argv + argc);
  Accepted<void> verdict;
  const pid_t self = ::getpid();
  try {
    verdict = try_it(argv[2], folders);
  } catch (const std::exception& e) {
    verdict = reject("probe_failed", std::string("it could not be tried: ") + e.what(), "free memory and start again");
  }
  // A child that the provider forked came here, too: it has nothing to tell.
  if (::getpid() != self) ::_exit(0);
  if (verdict)
    tell({ProbeFrame::Kind::good, self, {}, {}});
  else
    tell({ProbeFrame::Kind::rejected, self, {}, verdict.error()});
  // Threads of the provider may still run, and what it registered for exit is not what is tried.
  ::_exit(0);
}
