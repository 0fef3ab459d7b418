// SPDX-License-Identifier: Apache-2.0
// Reading the state of this process from the calls and files that tell it.
#include "process_state.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <locale>

namespace tento::conduct {
namespace {

namespace fs = std::filesystem;

std::string hex(const void* bytes, std::size_t size) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  const auto* at = static_cast<const unsigned char*>(bytes);
  for (std::size_t i = 0; i < size; ++i) {
    out += digits[at[i] >> 4];
    out += digits[at[i] & 15];
  }
  return out;
}

void environment(State& out) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t sign = text.find('=');
    out["environment " + text.substr(0, sign)] = sign == std::string::npos ? "" : text.substr(sign + 1);
  }
}

// The numbers in a set; bytes behind the system's 64 signals are nobody's.
std::string numbers_in(const sigset_t& set) {
  std::string out;
  for (int number = 1; number < NSIG; ++number)
    if (sigismember(&set, number) == 1) out += " " + std::to_string(number);
  return out.empty() ? " none" : out;
}

std::string handler_of(const struct sigaction& action) {
  if (action.sa_handler == SIG_DFL) return "left to the system";
  if (action.sa_handler == SIG_IGN) return "ignored";
  return "handled at " + hex(&action.sa_handler, sizeof action.sa_handler);
}

void signals(State& out) {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    sigemptyset(&action.sa_mask);
    if (sigaction(number, nullptr, &action) != 0) continue;
    out["signal " + std::to_string(number)] =
        handler_of(action) + ", flags " + std::to_string(action.sa_flags) + ", blocking" + numbers_in(action.sa_mask);
  }
  sigset_t blocked;
  sigemptyset(&blocked);
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  out["blocked signals"] = numbers_in(blocked).substr(1);
  stack_t stack{};
  if (sigaltstack(nullptr, &stack) == 0) out["signal stack"] = hex(&stack.ss_sp, sizeof stack.ss_sp);
  for (const int which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    itimerval timer{};
    getitimer(which, &timer);
    out["timer " + std::to_string(which)] =
        timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0 || timer.it_interval.tv_sec != 0 ? "runs" : "off";
  }
}

void limits(State& out) {
  for (int which = 0; which < RLIM_NLIMITS; ++which) {
    rlimit limit{};
    if (getrlimit(static_cast<__rlimit_resource_t>(which), &limit) == 0)
      out["resource limit " + std::to_string(which)] = std::to_string(limit.rlim_cur);
  }
}

void descriptors(State& out, const std::string& own) {
  // Named first and read afterwards: the folder that is listed has a descriptor of its own while it is.
  std::vector<fs::path> links;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) links.push_back(entry.path());
  for (const fs::path& link : links) {
    std::error_code gone;
    const std::string target = fs::read_symlink(link, gone).string();
    if (!gone && target.rfind(own, 0) != 0) out["descriptor " + link.filename().string()] = target;
  }
}

}  // namespace

State process_state(const std::string& own) {
  State out;
  environment(out);
  const mode_t mask = umask(0);
  umask(mask);
  out["file mode mask"] = std::to_string(mask);
  std::error_code gone;
  out["working folder"] = fs::current_path(gone).string();
  signals(out);
  limits(out);
  out["locale"] = std::setlocale(LC_ALL, nullptr);
  out["locale of the thread"] = uselocale(nullptr) == LC_GLOBAL_LOCALE ? "the process's" : "its own";
  out["C++ locale"] = std::locale().name();
  descriptors(out, own);
  return out;
}

std::vector<std::string> differences(const State& before, const State& after) {
  std::vector<std::string> out;
  for (const auto& [name, value] : before) {
    const auto now = after.find(name);
    if (now == after.end())
      out.push_back(name + " was " + value + " and is gone");
    else if (now->second != value)
      out.push_back(name + " was " + value + " and is " + now->second);
  }
  for (const auto& [name, value] : after)
    if (before.find(name) == before.end()) out.push_back(name + " was not there and is " + value);
  return out;
}

}  // namespace tento::conduct
