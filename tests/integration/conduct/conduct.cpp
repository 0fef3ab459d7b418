// SPDX-License-Identifier: Apache-2.0
// What a provider must not do and no call can refuse: change its descriptors (P9), answer two things to one question
// (P21), hand a secret on (P22), change what the whole process shares (P23), need an order between threads (P26: those
// in the tree have one thread), need what only this process can have and not say so (P29). Loads FILE as a host does,
// calls what can be called, and compares. Also whether its code stays in memory once it was let go (H14).
//
//   conduct FILE [FOLDER]         fails when there is anything to say about it
//   conduct --expect=TEXT FILE    fails unless something is said, and all of it has TEXT in it
//
// FOLDER is what its settings of paths lead to; without it they lead to an empty one.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "descriptor_walk.hpp"
#include "host/loader/descriptors.hpp"
#include "process_state.hpp"
#include "slots.hpp"
#include "tests/integration/loader/workspace.hpp"
#include "witness.hpp"

namespace tento::conduct {
namespace {

namespace fs = std::filesystem;

constexpr const char* done_event = "done";

// Says a line to the parent at once, since nobody knows whether this process lives on.
class Report {
 public:
  explicit Report(int pipe) : pipe_(pipe) {}
  void say(std::string line) const {
    line += '\n';
    if (write(pipe_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(99);
  }
  void say(const std::string& rule, const std::vector<std::string>& lines) const {
    for (const std::string& line : lines) say(rule + line);
  }

 private:
  int pipe_;
};

bool has_secret(std::string_view text) {
  return text.find(Witness::secret) != std::string_view::npos;
}

std::string whole(int file, off_t at, std::size_t size) {
  std::string out(size, '\0');
  const ssize_t got = pread(file, out.data(), size, at);
  out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return out;
}

// The writable memory of the object that holds the code at `address`: what its static variables are in.
std::string statics_of(const void* address) {
  struct Search {
    std::uintptr_t address;
    std::vector<std::pair<std::uintptr_t, std::size_t>> writable;
  } search{reinterpret_cast<std::uintptr_t>(address), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        Search& wanted = *static_cast<Search*>(data);
        std::vector<std::pair<std::uintptr_t, std::size_t>> writable;
        bool here = false;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const ElfW(Phdr)& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          const std::uintptr_t start = info->dlpi_addr + segment.p_vaddr;
          here = here || (wanted.address >= start && wanted.address < start + segment.p_memsz);
          if ((segment.p_flags & PF_W) != 0) writable.emplace_back(start, segment.p_memsz);
        }
        if (here) wanted.writable = std::move(writable);
        return here ? 1 : 0;
      },
      &search);
  // Through the file, so that a sanitizer's guards between the variables are no obstacle.
  std::string out;
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  for (const auto& [start, size] : search.writable) out += whole(memory, static_cast<off_t>(start), size);
  close(memory);
  return out;
}

std::vector<std::string> changed(const std::map<std::string, std::string>& before,
                                 const std::map<std::string, std::string>& after) {
  std::vector<std::string> out;
  for (const auto& [where, bytes] : before) {
    const auto now = after.find(where);
    if (now == after.end() || now->second != bytes) out.push_back(where + " is not what it was");
  }
  if (out.empty() && before.size() != after.size()) out.emplace_back("there are more of them");
  return out;
}

// Interfaces of an embedder that cannot be carried into another process, of a provider that does not say that it cannot
// be isolated.
std::vector<std::string> not_to_be_carried(const host::Provider& provider) {
  std::vector<std::string> out;
  if ((provider.note().flags & TENTO_NOTE_OWN_NET) != 0) return out;
  for (const tento_integration* integration : host::integrations(provider.connector()))
    for (const tento_need& need : host::needs(*integration))
      if (!view(need.id).starts_with("tento.") && need.min_size > sizeof(tento_message))
        out.push_back("the interface " + std::string(view(need.id)) +
                      " is larger than tento_message, and the note does not say that the provider cannot be isolated");
  return out;
}

// In a process of its own, which a provider may spoil.
void examine(host::test::Workspace& work, const std::string& given, const Report& report) {
  const int output = memfd_create("output", MFD_CLOEXEC);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const std::string root = work.root.string();
  const std::string folder = given.empty() ? (work.root / "empty").string() : given;
  if (given.empty()) fs::create_directory(folder);

  Witness witness;
  const auto lifetime = std::shared_ptr<const tento_lookup>(std::shared_ptr<void>(), witness.lifetime());
  work.options.lifetime_lookup = [&](const std::string&) { return lifetime; };
  const State before = process_state(root);
  host::LoadReport loaded = work.load();
  if (loaded.providers.size() != 1) {
    const auto& why = loaded.infos.at(0).rejection;
    return report.say("it is not loaded: " + (why ? why->reason : std::string("nobody says why")));
  }
  const auto* const code = reinterpret_cast<const void*>(loaded.providers[0]->connector().integrations[0]->client);
  const auto descriptors = walk_descriptors(*loaded.providers[0]);
  const Outcome outcome = call_slots(*loaded.providers[0], witness, folder);
  report.say("P9: ", changed(descriptors, walk_descriptors(*loaded.providers[0])));
  report.say("P21: ", outcome.impure);
  report.say("P29: ", not_to_be_carried(*loaded.providers[0]));
  if (witness.strange_threads > 0) report.say("P26: an interface was called by another thread than the slot's");
  if (has_secret(statics_of(code))) report.say("P22: a secret is kept in a static variable");
  loaded.providers[0]->destroy();
  loaded = {};

  for (const auto& said : witness.said)
    if (has_secret(said.text)) report.say("P22: a secret is in " + said.where);
  std::fflush(nullptr);
  if (has_secret(whole(output, 0, static_cast<std::size_t>(lseek(output, 0, SEEK_END)))))
    report.say("P22: a secret was written to the program's output");
  report.say("P23: ", differences(before, process_state(root)));
  Dl_info info{};
  if (dladdr(code, &info) == 0) report.say("H14: its code was unmapped when it was let go");
  report.say("(" + std::to_string(descriptors.size()) + " descriptors, " + std::to_string(outcome.pure_calls) +
             " calls of pure slots and " + std::to_string(outcome.other_calls) + " of others, of which " +
             std::to_string(outcome.other_ok) + " went well; a secret was asked for " +
             std::to_string(witness.secrets_given) + " times)");
}

// Everything there is to say about the file, notes in parentheses first.
std::vector<std::string> findings_of(const fs::path& file, const std::string& folder) {
  host::test::Workspace work;
  work.put("provider.so", host::test::read_bytes(file));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    close(ends[0]);
    const Report report(ends[1]);
    try {
      examine(work, folder, report);
    } catch (const std::exception& e) {
      report.say(std::string("the test failed: ") + e.what());
    }
    report.say(done_event);
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  std::vector<std::string> lines;
  for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    lines.push_back(text.substr(at, end - at));
  if (!lines.empty() && lines.back() == done_event)
    lines.pop_back();
  else if (WIFSIGNALED(status))
    lines.push_back("P23: it ended the process by signal " + std::to_string(WTERMSIG(status)));
  else
    lines.push_back("P23: it ended the process with status " + std::to_string(WEXITSTATUS(status)));
  return lines;
}

int run(const fs::path& file, const std::string& folder, const std::string& expected) {
  int said = 0, right = 0;
  for (const std::string& line : findings_of(file, folder)) {
    std::cout << file.filename().string() << ": " << line << '\n';
    if (line.front() == '(') continue;
    ++said;
    if (!expected.empty() && line.find(expected) != std::string::npos) ++right;
  }
  if (expected.empty()) return said == 0 ? 0 : 1;
  if (right > 0 && right == said) return 0;
  std::cout << "expected was: " << expected << '\n';
  return 1;
}

}  // namespace
}  // namespace tento::conduct

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string option = "--expect=";
  std::string expected;
  if (!arguments.empty() && arguments[0].rfind(option, 0) == 0) {
    expected = arguments[0].substr(option.size());
    arguments.erase(arguments.begin());
  }
  if (arguments.empty() || arguments.size() > 2) {
    std::cerr << "usage: conduct [--expect=TEXT] FILE [FOLDER]\n";
    return 2;
  }
  try {
    return tento::conduct::run(arguments[0], arguments.size() == 2 ? arguments[1] : std::string(), expected);
  } catch (const std::exception& e) {
    std::cerr << "conduct: " << e.what() << '\n';
    return 1;
  }
}
