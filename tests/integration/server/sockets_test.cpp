// SPDX-License-Identifier: Apache-2.0
// Where the server listens: addresses, the socket file, and what happens when there are no descriptors left.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>

#include "rig.hpp"

#include "host/base/log.hpp"

namespace {

using rig::Client;
using rig::comes_true;
using rig::Folder;
using rig::Outcome;
using rig::Request;
using rig::Rig;
using rig::Server;
using rig::ServerOptions;
using rig::text;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";

ServerOptions on_file(const std::filesystem::path& file) {
  ServerOptions options;
  options.socket_file = file;
  return options;
}

// The error that a server with these options starts with.
tento::Error refused(ServerOptions options) {
  rig::TestHandler handler;
  auto started = Server::start(std::move(options), handler);
  REQUIRE(!started);
  return started.error();
}

tento::Error refused_listen(std::string listen) {
  ServerOptions options;
  options.listen = std::move(listen);
  return refused(std::move(options));
}

// A socket that somebody left behind.
void leave_socket(const std::filesystem::path& file) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, file.c_str(), sizeof address.sun_path - 1);
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(descriptor);
}

}  // namespace

TEST_CASE("an address in use is named, with what to do") {
  Rig rig;
  const auto error = refused_listen(rig.server->address());
  CHECK(error.message == "cannot listen on " + rig.server->address() + ": Address already in use");
  CHECK(error.remedy == "another program uses it: end that, or choose another port (server.listen)");
  CHECK(error.tag == "config");
}

TEST_CASE("what is no address is refused in plain words") {
  CHECK(refused_listen("7700").message == "cannot listen on 7700: it has no port");
  CHECK(refused_listen("127.0.0.1:http").message == "cannot listen on 127.0.0.1:http: \"http\" is not a port");
  CHECK(refused_listen("127.0.0.1:70000").message == "cannot listen on 127.0.0.1:70000: \"70000\" is not a port");
  CHECK(refused_listen("127.0.0.1:").message == "cannot listen on 127.0.0.1:: \"\" is not a port");
  CHECK(refused_listen("somewhere:7700").message == "cannot listen on somewhere:7700: \"somewhere\" is not an address");
  CHECK(refused_listen(":7700").message == "cannot listen on :7700: \"\" is not an address");
  CHECK(refused_listen("7700").remedy.find("127.0.0.1:7700") != std::string::npos);
  const auto elsewhere = refused_listen("192.0.2.1:0");  // of documentation, nobody's
  CHECK(elsewhere.message == "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  CHECK(elsewhere.remedy == "choose another address (server.listen)");
}

TEST_CASE("localhost and IPv6 are addresses") {
  ServerOptions options;
  options.listen = "localhost:0";
  CHECK(Rig(options).server->address().starts_with("127.0.0.1:"));
  options.listen = "[::1]:0";
  rig::TestHandler handler;
  if (const auto started = Server::start(options, handler)) CHECK((*started)->address().starts_with("[::1]:"));
}

TEST_CASE("a child that was forked beside it and lives on does not keep its port") {
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  std::array<int, 2> hold{}, lives{};
  REQUIRE(::pipe(hold.data()) == 0);
  REQUIRE(::pipe(lives.data()) == 0);
  pid_t child = -1;
  {
    const Rig rig(options);
    options.listen = rig.server->address();
    child = ::fork();
    if (child == 0) {
      ::close(hold[1]);
      char byte = 0;
      ::_exit(::write(lives[1], &byte, 1) == 1 ? static_cast<int>(::read(hold[0], &byte, 1)) : 2);
    }
    char lived = 0;
    REQUIRE(::read(lives[0], &lived, 1) == 1);
  }
  rig::TestHandler handler;
  CHECK(Server::start(options, handler));
  ::close(hold[1]);
  int status = -1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  for (const int end : {hold[0], lives[0], lives[1]}) ::close(end);
}

TEST_CASE("the socket file is this user's alone, tells who comes, and goes with the server") {
  const Folder folder;
  const auto file = folder.path / "t.sock";
  {
    const mode_t before = ::umask(0);
    Rig rig(on_file(file));
    ::umask(before);
    CHECK(rig.server->address().empty());
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK(S_ISSOCK(status.st_mode));
    CHECK((status.st_mode & 07777u) == 0600);
    rig.handler.on = [](const Request& request) {
      return Outcome{.now = text((request.peer().local ? "local " : "remote ") + std::to_string(request.peer().uid))};
    };
    Client client(file);
    client.send(get);
    CHECK(client.read().body == "local " + std::to_string(::geteuid()));
  }
  CHECK(!std::filesystem::exists(file));
}

TEST_CASE("who comes over TCP is not local") {
  Rig rig;
  rig.handler.on = [](const Request& request) {
    return Outcome{.now = text((request.peer().local ? "local " : "remote ") + request.peer().address)};
  };
  Client client(rig.server->address());
  client.send(get);
  CHECK(client.read().body == "remote 127.0.0.1");
}

TEST_CASE("a socket that a killed host left is replaced") {
  const Folder folder;
  const auto file = folder.path / "t.sock";
  leave_socket(file);
  CHECK(!Client(file).connected());
  Rig rig(on_file(file));
  Client client(file);
  client.send(get);
  CHECK(client.read().status == 200);
}

TEST_CASE("what is no socket is not replaced") {
  const Folder folder;
  const auto file = folder.path / "t.sock";
  std::ofstream(file) << "notes";
  const auto error = refused(on_file(file));
  CHECK(error.message == "cannot listen on " + file.string() + ": there is something else, which is not a socket");
  CHECK(error.remedy == "move it away");
  std::string held;
  std::ifstream(file) >> held;
  CHECK(held == "notes");
}

TEST_CASE("a socket file that cannot be made is named, with what to do") {
  const Folder folder;
  auto error = refused(on_file(folder.path / "missing" / "t.sock"));
  CHECK(error.message ==
        "cannot listen on " + (folder.path / "missing" / "t.sock").string() + ": No such file or directory");
  CHECK(error.remedy == "make the data folder writable for this user");
  error = refused(on_file(folder.path / std::string(200, 'x')));
  CHECK(error.message.ends_with("the path of the socket is too long"));
  CHECK(error.remedy == "choose a data folder with a shorter path (data_dir)");
}

TEST_CASE("without descriptors nothing is lost: both doors open again when there are some") {
  const Folder folder;
  const auto file = folder.path / "t.sock";
  ServerOptions options = rig::on_any_port();
  options.socket_file = file;
  std::atomic<int> warnings{0};
  options.log = [&](tento::host::LogLevel level, const std::string& what) {
    if (level == tento::host::LogLevel::warn && what.starts_with("a connection could not be accepted: ")) ++warnings;
  };
  Rig rig(std::move(options));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  // The clients have their sockets already; the server finds no number below the limit.
  const int tcp_socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const int file_socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const int next = ::dup(0);
  ::close(next);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  Client over_tcp(rig.server->address(), tcp_socket);
  Client over_file(file, file_socket);
  CHECK(over_tcp.connected());
  CHECK(over_file.connected());
  over_tcp.send(get);
  over_file.send(get);
  CHECK(comes_true([&] { return warnings >= 1; }));
  CHECK(rig.handler.asked().empty());
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(over_tcp.read().status == 200);
  CHECK(over_file.read().status == 200);
  // It is said once, not for each door and each try.
  CHECK(warnings == 1);
}
