// SPDX-License-Identifier: Apache-2.0
// The real program with its real providers, a store and TLS: from its start to its first answer, and what it holds when
// it has nothing to do. Figures without a bar: they are this machine's.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "host/server/socket_file.hpp"
#include "tests/bench/harness.hpp"
#include "tests/bench/store_fixture.hpp"

namespace {

using namespace tento::bench;
using std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::chrono::seconds longest_start{20};
constexpr std::chrono::milliseconds settling{1500};

double ms_since(steady_clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count();
}

pid_t spawn(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {1, 2}) posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int bad = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (bad != 0) give_up(words[0] + " cannot be started");
  return child;
}

// Whether the host answers that it is ready.
bool answers(const fs::path& socket_file) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_file.string().copy(address.sun_path, sizeof address.sun_path - 1);
  static constexpr std::string_view request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  char answer[16] = {};
  const bool good = ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size()) &&
                    ::recv(socket, answer, sizeof answer - 1, 0) > 12 && std::string_view(answer).substr(9, 3) == "200";
  ::close(socket);
  return good;
}

// Sizes in MiB by their names in smaps_rollup.
std::map<std::string, double> memory_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::map<std::string, double> out;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name;
    double kib = 0;
    if (words >> name >> kib) out[name.substr(0, name.size() - 1)] = kib / 1024;
  }
  return out;
}

class Program {
 public:
  explicit Program(const std::string& at) : data_(at + "/data"), begun_(steady_clock::now()) {
    pid_ = spawn({TENTO_EXECUTABLE, "--config", at + "/tento.toml", "--data-dir", data_, "--plugin-dir",
                  at + "/plugins", "serve", "--listen", "127.0.0.1:0"});
    const auto file = tento::host::server::socket_file(data_);
    while (!answers(file)) {
      if (steady_clock::now() - begun_ > longest_start || ::waitpid(pid_, nullptr, WNOHANG) != 0)
        give_up("the program does not answer");
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    started_in_ms = ms_since(begun_);
  }
  ~Program() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }
  double started_in_ms = 0;

 private:
  std::string data_;
  steady_clock::time_point begun_;
  pid_t pid_ = 0;
};

void write_private(const std::string& file, const std::string& text) {
  std::ofstream(file) << text;
  fs::permissions(file, fs::perms(0600));
}

}  // namespace

int main(int argc, char** argv) {
  Report report("start", argc, argv);
  const Folder folder;
  const std::string& at = folder.path();
  for (const auto* name : {"/plugins", "/data"}) fs::create_directories(at + name);
  fs::permissions(at + "/plugins", fs::perms(0755));
  fs::permissions(at + "/data", fs::perms(0700));
  int plugins = 0;
  for (const auto& file : fs::recursive_directory_iterator(TENTO_BUILT_PLUGINS)) {
    const auto name = file.path().filename().string();
    if (!name.starts_with("tento-") || file.path().extension() != ".so") continue;
    fs::copy_file(file.path(), at + "/plugins/" + name);
    fs::permissions(at + "/plugins/" + name, fs::perms(0755));
    ++plugins;
  }
  const pid_t certify =
      spawn({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-keyout", at + "/key.pem", "-out", at + "/certificate.pem"});
  int status = 0;
  if (::waitpid(certify, &status, 0) != certify || status != 0) give_up("openssl makes no certificate");
  fs::permissions(at + "/key.pem", fs::perms(0600));
  write_private(at + "/tento.toml",
                "[server]\ncertificate = \"" + at + "/certificate.pem\"\nprivate_key = \"" + at + "/key.pem\"\n");

  double first = 0;
  {
    const Program program(at);
    first = program.started_in_ms;
  }
  std::vector<double> again;
  for (int i = 0; i < 9; ++i) again.push_back(Program(at).started_in_ms);
  report.number("the very first start to the first answer, ms", first, informative());
  report.number("a start to the first answer, ms", median(again), informative());
  const Program program(at);
  std::this_thread::sleep_for(settling);
  const auto memory = memory_of(program.pid());
  const auto of = " with TLS, a store and " + std::to_string(plugins) + " providers, MiB";
  report.number("idle, resident" + of, memory.at("Rss"), informative());
  report.number("idle, its share of what is resident (Pss), MiB", memory.at("Pss"), informative());
  report.number("idle, of it in no file (heap, stacks, relocations), MiB", memory.at("Anonymous"), informative());
  return report.finish();
}
