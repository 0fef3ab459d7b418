// SPDX-License-Identifier: Apache-2.0
// Starting probes, waiting for all of them at once by their process and pipe descriptors, and judging how they ended.
#include "host/loader/probe.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/fmt/fmt.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "host/loader/file_handle.hpp"
#include "host/loader/grammar.hpp"
#include "host/loader/probe_wire.hpp"
#include "host/loader/reject.hpp"

namespace tento::host {
namespace {

using ProbeClock = std::chrono::steady_clock;

constexpr std::size_t most_result_bytes = 65536;  // of frames; what comes after is thrown away
constexpr std::size_t most_said_bytes = 4096;     // of what it prints
constexpr int lowest_own_descriptor = 16;         // above those that a probe is given
constexpr const char* build_another = "put another build of it into the folder, and tell its author";

tl::unexpected<Rejection> probe_failed(const std::string& what) {
  return reject("probe_failed", "it could not be tried in a process of its own: " + what,
                "install tento-probe beside the host (libexec/tento/tento-probe), or name it in the options of the "
                "program that embeds the host");
}

std::string error_name(int error) {
  return std::generic_category().message(error);
}

FileHandle lifted(int descriptor) {
  FileHandle handle(fcntl(descriptor, F_DUPFD_CLOEXEC, lowest_own_descriptor));
  ::close(descriptor);
  return handle;
}

struct Pipe {
  FileHandle read{-1}, write{-1};
  static Pipe make() {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) return {};
    Pipe made{lifted(ends[0]), lifted(ends[1])};
    if (made.read) fcntl(made.read.get(), F_SETFL, O_NONBLOCK);
    return made;
  }
  explicit operator bool() const { return read && write; }
};

// Keeps the first bytes of what comes and throws the rest away, so that the writer never waits. False at its end.
bool drain(int descriptor, std::string& kept, std::size_t most) {
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t got = ::read(descriptor, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    kept.append(bytes.data(), std::min(static_cast<std::size_t>(got), most - std::min(most, kept.size())));
    // A writer that never stops must not keep the others waiting.
    if (static_cast<std::size_t>(got) < bytes.size()) return true;
    if (kept.size() >= most) return true;
  }
}

// One probe that runs.
class Running {
 public:
  // Nothing of it is left when this fails.
  static Accepted<std::unique_ptr<Running>> start(const Image& image, const ProbeOptions& options, std::size_t index);
  ~Running() {
    if (!ended_) (void)end();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] ProbeClock::time_point too_late() const { return too_late_; }
  // Its process, its result, what it prints; a descriptor that ended is -1.
  [[nodiscard]] std::array<pollfd, 3> waits_for() const {
    return {pollfd{process_fd_.get(), POLLIN, 0}, pollfd{result_ended_ ? -1 : result_.get(), POLLIN, 0},
            pollfd{said_ended_ ? -1 : said_.get(), POLLIN, 0}};
  }
  void take(const std::array<short, 3>& events) {
    if (events[1] != 0) result_ended_ = !drain(result_.get(), result_bytes_, most_result_bytes);
    if (events[2] != 0) said_ended_ = !drain(said_.get(), said_bytes_, most_said_bytes);
  }
  // Ends it and whatever it started, and judges.
  [[nodiscard]] Probed finish(bool late, std::chrono::milliseconds deadline);

 private:
  Running() = default;
  // How it ended; nothing when somebody else took that away (a program that ignores SIGCHLD).
  std::optional<siginfo_t> end();
  [[nodiscard]] std::string words() const;

  std::size_t index_ = 0;
  pid_t process_ = -1;
  FileHandle process_fd_{-1}, result_{-1}, said_{-1};
  std::string result_bytes_, said_bytes_;
  bool result_ended_ = false, said_ended_ = false, ended_ = false;
  ProbeClock::time_point too_late_{};
};

Accepted<std::unique_ptr<Running>> Running::start(const Image& image, const ProbeOptions& options, std::size_t index) {
  Pipe result = Pipe::make(), said = Pipe::make();
  const int opened = open(image.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (opened < 0 || !result || !said) return probe_failed(error_name(errno));
  const FileHandle file = lifted(opened);
  std::vector<std::string> words = {options.program.string(), std::to_string(getpid()), image.path.string(),
                                    std::to_string(options.deadline.count())};
  for (const auto& folder : options.library_folders) words.push_back(folder.string());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, said.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, said.write.get(), STDERR_FILENO);
  posix_spawn_file_actions_adddup2(&actions, result.write.get(), probe_result_descriptor);
  posix_spawn_file_actions_adddup2(&actions, file.get(), probe_image_descriptor);
  posix_spawn_file_actions_addclosefrom_np(&actions, probe_image_descriptor + 1);
  posix_spawn_file_actions_addchdir_np(&actions, "/");
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::unique_ptr<Running> running(new Running);
  const int bad =
      posix_spawn(&running->process_, options.program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (bad != 0) {
    running->ended_ = true;
    return probe_failed(fmt::format("{} cannot be started: {}", options.program.string(), error_name(bad)));
  }
  running->index_ = index;
  running->too_late_ = ProbeClock::now() + options.deadline;
  running->result_ = std::move(result.read);
  running->said_ = std::move(said.read);
  running->process_fd_ = FileHandle(static_cast<int>(syscall(SYS_pidfd_open, running->process_, 0)));
  if (!running->process_fd_) return probe_failed("pidfd_open: " + error_name(errno));
  return running;
}

std::optional<siginfo_t> Running::end() {
  ended_ = true;
  // The number stays its own until it is waited for, so that its group is ended before, and no other is hit.
  if (process_fd_)
    syscall(SYS_pidfd_send_signal, process_fd_.get(), SIGKILL, nullptr, 0);
  else
    ::kill(process_, SIGKILL);
  siginfo_t how{};
  while (waitid(P_PID, static_cast<id_t>(process_), &how, WEXITED | WNOWAIT) != 0)
    if (errno != EINTR) return std::nullopt;
  ::kill(-process_, SIGKILL);
  while (waitid(P_PID, static_cast<id_t>(process_), &how, WEXITED) != 0)
    if (errno != EINTR) return std::nullopt;
  return how;
}

std::string Running::words() const {
  if (said_bytes_.empty()) return {};
  std::string_view text = said_bytes_;
  while (text.ends_with('\n')) text.remove_suffix(1);
  return fmt::format("; it printed `{}`", grammar::printable(text, 300));
}

Probed Running::finish(bool late, std::chrono::milliseconds deadline) {
  const auto how = end();
  take({POLLIN, POLLIN, POLLIN});
  std::string step = "starting";
  std::optional<Accepted<void>> told;
  for (const ProbeFrame& frame : decode(result_bytes_)) {
    if (frame.process != process_) continue;
    if (frame.kind == ProbeFrame::Kind::step) {
      step = grammar::printable(frame.step);
      continue;
    }
    Rejection why = frame.rejection;
    for (std::string* const text : {&why.code, &why.reason, &why.remedy}) *text = grammar::printable(*text, 1000);
    told = frame.kind == ProbeFrame::Kind::good ? Accepted<void>{} : Accepted<void>(tl::unexpected(std::move(why)));
  }
  const std::string where = fmt::format("{}, when it was tried in a process of its own", step);
  if (late)
    return {reject(step == "opening it" ? "open_timeout" : "create_timeout",
                   fmt::format("{}, did not come back within {} ms{}", where, deadline.count(), words()),
                   "tell the provider's author that nothing may wait at start")};
  if (how && (how->si_code == CLD_KILLED || how->si_code == CLD_DUMPED)) {
    const char* const name = sigabbrev_np(how->si_status);
    return {reject("crashed", fmt::format("it crashed (SIG{}) in {}{}", name == nullptr ? "?" : name, where, words()),
                   build_another),
            true};
  }
  if (told && (!how || how->si_status == 0)) {
    // What a provider says of its surroundings can be another at the next start; what it does to them is its nature.
    const bool nature = !*told && (told->error().code == "closed_descriptors" ||
                                   told->error().code == "left_processes" || told->error().code == "foreign_library");
    const bool lasting = told->has_value() || nature;
    return {std::move(*told), lasting};
  }
  if (how && how->si_status == probe_lost_result)
    return {reject("closed_descriptors",
                   fmt::format("it closed descriptors that are not its own in {}{}", where, words()), build_another),
            true};
  if (how && step == "starting")
    return {probe_failed(fmt::format("tento-probe ended with status {}{}", how->si_status, words()))};
  return {reject("exited",
                 fmt::format("it ended its process{} in {}{}",
                             how ? fmt::format(" (status {})", how->si_status) : std::string(), where, words()),
                 build_another),
          true};
}

}  // namespace

std::vector<Probed> probe_images(const std::vector<const Image*>& images, const ProbeOptions& options) {
  std::vector<Probed> results(images.size());
  const std::size_t at_once = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::unique_ptr<Running>> running;
  for (std::size_t next = 0; next < images.size() || !running.empty();) {
    while (next < images.size() && running.size() < at_once) {
      auto started = Running::start(*images[next], options, next);
      if (started)
        running.push_back(std::move(*started));
      else
        results[next].verdict = tl::unexpected(std::move(started.error()));
      ++next;
    }
    if (running.empty()) continue;
    std::vector<pollfd> waits;
    ProbeClock::time_point first = running.front()->too_late();
    for (const auto& one : running) {
      const auto its = one->waits_for();
      waits.insert(waits.end(), its.begin(), its.end());
      first = std::min(first, one->too_late());
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - ProbeClock::now()).count();
    constexpr std::int64_t longest_wait = 3600 * 1000;
    poll(waits.data(), waits.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, longest_wait)));
    const auto now = ProbeClock::now();
    for (std::size_t i = running.size(); i-- > 0;) {
      running[i]->take({waits[3 * i].revents, waits[3 * i + 1].revents, waits[3 * i + 2].revents});
      const bool ended = waits[3 * i].revents != 0;
      if (!ended && now < running[i]->too_late()) continue;
      results[running[i]->index()] = running[i]->finish(!ended, options.deadline);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return results;
}

}  // namespace tento::host
