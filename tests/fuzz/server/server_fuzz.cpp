// SPDX-License-Identifier: Apache-2.0
// A client that sends any bytes, cut anywhere, to the whole server: connection, policy, tokens, routes, operations,
// store. The other end of a socket pair is a connection as one that was accepted. What comes back is a row of answers,
// each with a head and the body that it announces; none says that the host failed. The first byte says in which pieces
// it is sent.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "host/access/token_text.hpp"
#include "host/app/app.hpp"
#include "host/server/api.hpp"
#include "host/server/connection.hpp"
#include "host/server/io_thread.hpp"
#include "host/server/server.hpp"
#include "host/store/store.hpp"

using namespace tento;
using namespace tento::host;

namespace {

// Stands in the seeds.
const std::string token_text = std::string(token_prefix) + std::string(43, 'A');

[[noreturn]] void broken(const char* what, std::string_view answer) {
  std::fprintf(stderr, "%s:\n%.*s\n", what, static_cast<int>(std::min<std::size_t>(answer.size(), 2000)),
               answer.data());
  std::abort();
}

template <class T>
T must(Result<T> result) {
  if (!result) broken("the host does not start", result.error().message);
  return std::move(*result);
}
void must(const Result<void>& result) {
  if (!result) broken("the host does not start", result.error().message);
}

// A folder of its own, with a store in it: a user, a token that reads, writes and syncs, and a row that is kept.
class World {
 public:
  World() : app_(must(App::open({.config = config()}))) {
    auto& store = app_->host().store;
    const auto user = must(store.users().default_user());
    RowRecord row;
    row.id = *Uuid::parse("7d444840-9dc0-11d1-b245-5ffdce74fad2");
    row.owner = user.id;
    row.provider = "kept";
    row.pattern = ":~kept:{authId}:items";
    row.lookup_key = ":~kept:a:items";
    row.auth_id = "a";
    row = must(store.rows().ensure(row));
    CellInput cell;
    cell.id = "one";
    cell.date = must(SemanticTime::parse("2026-04-29T10:00:00Z")).to_abi();
    cell.start_us = cell.end_us = cell.date.unix_us;
    cell.data = R"({"title":"kept"})";
    must(store.cells().persist(row.id, std::span(&cell, 1), {}));
    TokenRecord token;
    token.id = "fuzz";
    token.owner = user.id;
    token.name = "fuzz";
    token.hash = token_hash(token_text);
    token.scopes = {"read", "write", "sync"};
    token.expires_us = INT64_MAX;
    must(store.tokens().add(token));

    server::RequestPolicy policy;
    policy.hosts = {"localhost"};
    api_ = std::make_unique<server::Api>(*app_, app_->host(), app_->metrics(), policy, nullptr);
    shared_ = std::make_unique<server::Shared>(server::ServerOptions{}, *api_);
    thread_ = std::make_unique<server::IoThread>(*shared_);
    thread_->start();
  }

  // What a client is answered that sends these bytes, in pieces of this size, and then no more.
  std::string ask(std::string_view bytes, std::size_t piece) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) broken("no socket pair", {});
    boost::asio::post(thread_->context(), [this, socket = ends[1]] {
      server::Socket accepted(thread_->context());
      accepted.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), socket);
      server::Peer peer;
      peer.address = "192.0.2.1";
      server::serve_connection(*thread_, std::move(accepted), std::move(peer), nullptr);
    });
    std::string out;
    bool sending = true;
    for (;;) {
      pollfd mine{ends[0], static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN), 0};
      if (::poll(&mine, 1, 60'000) <= 0) broken("no answer and no end within a minute", bytes);
      if (sending && (mine.revents & POLLOUT) != 0) {
        const auto sent = ::send(ends[0], bytes.data(), std::min(piece, bytes.size()), MSG_NOSIGNAL);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        if (bytes.empty() || sent < 0) {
          ::shutdown(ends[0], SHUT_WR);
          sending = false;
        }
      }
      if ((mine.revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      char buffer[16384];
      const auto got = ::recv(ends[0], buffer, sizeof buffer, 0);
      if (got > 0) out.append(buffer, static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EAGAIN)) break;
    }
    ::close(ends[0]);
    return out;
  }

 private:
  static Config config() {
    std::string folder = (std::filesystem::temp_directory_path() / "tento-fuzz-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) broken("no folder", folder);
    std::filesystem::create_directories(folder + "/plugins");
    std::filesystem::permissions(folder + "/plugins", std::filesystem::perms(0755));
    Config out;
    out.data_dir = folder + "/data";
    out.plugin_dirs = {folder + "/plugins"};
    out.time_zone = "UTC";
    return out;
  }

  const std::unique_ptr<App> app_;
  std::unique_ptr<server::Api> api_;
  std::unique_ptr<server::Shared> shared_;
  std::unique_ptr<server::IoThread> thread_;
};

// Takes a body that comes in chunks.
void take_chunks(std::string_view& rest, std::string_view all) {
  for (;;) {
    const auto line = rest.find("\r\n");
    if (line == std::string_view::npos) broken("a chunk without a size", all);
    std::size_t size = 0;
    const auto [at, bad] = std::from_chars(rest.data(), rest.data() + line, size, 16);
    if (bad != std::errc() || at != rest.data() + line) broken("a chunk with a bad size", all);
    rest.remove_prefix(line + 2);
    if (size + 2 > rest.size()) broken("a chunk is cut", all);
    rest.remove_prefix(size);
    if (!rest.starts_with("\r\n")) broken("a chunk is longer than it says", all);
    rest.remove_prefix(2);
    if (size == 0) return;
  }
}

// A HEAD request has the head of a GET, so what is announced may be missing: only inputs without one are read whole.
void check(std::string_view rest, bool heads) {
  const auto all = rest;
  while (!rest.empty()) {
    if (rest.starts_with("HTTP/1.1 100 Continue\r\n\r\n")) {
      rest.remove_prefix(25);
      continue;
    }
    if (!rest.starts_with("HTTP/1.1 ") && !rest.starts_with("HTTP/1.0 ")) broken("this does not begin an answer", all);
    int status = 0;
    std::from_chars(rest.data() + 9, rest.data() + 12, status);
    if (status < 100 || status > 599) broken("no status", all);
    if (status == 500) broken("the host failed", all);
    const auto end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) broken("a head without an end", all);
    const auto head = rest.substr(0, end + 2);
    rest.remove_prefix(end + 4);
    if (heads) return;
    if (status == 304 || status == 204) continue;
    constexpr std::string_view length_name = "\r\nContent-Length: ";
    if (const auto at = head.find(length_name); at != std::string_view::npos) {
      std::size_t length = 0;
      std::from_chars(head.data() + at + length_name.size(), head.data() + head.size(), length);
      if (length > rest.size()) broken("a body is shorter than it says", all);
      rest.remove_prefix(length);
    } else if (head.find("\r\nContent-Type: text/event-stream") != std::string_view::npos) {
      return;  // it has no end of its own: that of the client cuts it
    } else if (head.find("\r\nTransfer-Encoding: chunked\r\n") != std::string_view::npos) {
      take_chunks(rest, all);
    } else {
      return;  // of HTTP/1.0: it ends with the connection
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World& world = *std::make_unique<World>().release();  // its threads end with the process
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = data[0] == 0 ? size : data[0];
  check(world.ask(bytes, piece), bytes.find("HEAD") != std::string_view::npos);
  return 0;
}
