// SPDX-License-Identifier: Apache-2.0
// Speaks HTTP over a Unix socket: the same paths as everybody, with an answer that keeps all an output has.
#include "host/cli/remote.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <cstring>
#include <memory>

#include "host/base/encoding.hpp"
#include "host/base/error.hpp"
#include "host/base/json.hpp"
#include "host/formats/negotiate.hpp"
#include "host/formats/wire.hpp"
#include "host/server/socket_file.hpp"

namespace tento::cli {
namespace {

namespace http = boost::beast::http;
namespace asio = boost::asio;
using boost::system::error_code;
using host::Operation;
using host::ParamType;

// How long a host may say nothing before it is asked whether it is there, and how long it has to say so.
constexpr int silence_ms = 10'000;

tl::unexpected<Error> silent() {
  return host::error(ErrorCode::io, ErrorClass::transient,
                     "the host that runs over this data folder does not answer: it is stopped or stuck")
      .tag("host_silent")
      .remedy("let it go on (kill -CONT) or end it (kill, then kill -9), and run the command again");
}

tl::unexpected<Error> gone(const std::string& why) {
  return host::error(ErrorCode::io, ErrorClass::transient, "the running host did not answer: " + why)
      .remedy("look at its log, then run the command again");
}

// What a request says of each param, in its place.
struct Message {
  std::string path;
  std::string query;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

Message message_of(const Operation& operation, const host::RawArgs& args) {
  Message out;
  std::string_view path = operation.http.path;
  while (!path.empty()) {
    const auto open = path.find('{');
    out.path += path.substr(0, open);
    if (open == std::string_view::npos) break;
    const auto close = path.find('}', open);
    if (const auto it = args.find(path.substr(open + 1, close - open - 1)); it != args.end() && !it->second.empty())
      out.path += host::percent_encode(it->second.front());
    path = path.substr(close + 1);
  }
  std::string members;
  for (const auto& param : operation.params) {
    const auto it = args.find(param.name);
    const auto place = host::http_place(operation, param);
    if (it == args.end() || place == host::HttpPlace::path) continue;
    if (place == host::HttpPlace::body) {
      out.body = it->second.front();
    } else if (place == host::HttpPlace::header) {
      out.headers.emplace_back(param.header, it->second.front());
    } else if (place == host::HttpPlace::member) {
      members += members.empty() ? "" : ",";
      host::append_json_string(members, param.name);
      members += ':';
      if (param.type == ParamType::flag) {
        members += "true";
        continue;
      }
      members += '[';
      for (const auto& value : it->second) {
        if (members.back() != '[') members += ',';
        host::append_json_string(members, value);
      }
      members += ']';
    } else {
      const auto add = [&](std::string_view value) {
        out.query += out.query.empty() ? '?' : '&';
        out.query += host::percent_encode(param.name);
        out.query += '=';
        out.query += host::percent_encode(value);
      };
      if (param.type == ParamType::flag) add("true");
      for (const auto& value : it->second) add(value);
    }
  }
  if (!members.empty()) out.body = "{" + members + "}";
  return out;
}

int connected_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return -1;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  // Where nobody accepts, a connection waits in a queue; where that is full, it is not waited for.
  const timeval timeout{silence_ms / 1000, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

bool ready(int descriptor, short what) {
  pollfd one{descriptor, what, 0};
  int found = 0;
  do found = ::poll(&one, 1, silence_ms);
  while (found < 0 && errno == EINTR);
  return found != 0;
}

// Whether the host answers anybody.
bool answers(const std::string& path) {
  const int descriptor = connected_to(path);
  if (descriptor < 0) return false;
  static constexpr std::string_view question = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  const bool asked = ::send(descriptor, question.data(), question.size(), MSG_NOSIGNAL) == ssize_t{question.size()};
  const bool answered = asked && ready(descriptor, POLLIN);
  ::close(descriptor);
  return answered;
}

// A socket that waits for a host as long as that is there.
class PatientSocket {
 public:
  PatientSocket(asio::io_context& context, std::string path) : socket_(context), path_(std::move(path)) {}
  asio::local::stream_protocol::socket& plain() { return socket_; }
  [[nodiscard]] bool silent() const { return silent_; }

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& error) {
    return once(POLLIN, error, [&] { return socket_.read_some(buffers, error); });
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& error) {
    return once(POLLOUT, error, [&] { return socket_.write_some(buffers, error); });
  }
  // As its kind of stream has them; nothing here throws.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    error_code ignored;
    return read_some(buffers, ignored);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    error_code ignored;
    return write_some(buffers, ignored);
  }

 private:
  template <class Transfer>
  std::size_t once(short what, error_code& error, const Transfer& transfer) {
    while (wait(what, error)) {
      const std::size_t moved = transfer();
      if (error != asio::error::would_block) return moved;
    }
    return 0;
  }
  bool wait(short what, error_code& error) {
    while (!ready(socket_.native_handle(), what)) {
      if (answers(path_)) continue;
      silent_ = true;
      error = asio::error::timed_out;
      return false;
    }
    return true;
  }

  asio::local::stream_protocol::socket socket_;
  const std::string path_;
  bool silent_ = false;
};

// A connection with what was read of its answer.
struct Exchange {
  explicit Exchange(std::string path) : socket(context, std::move(path)) {}
  asio::io_context context;
  PatientSocket socket;
  boost::beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;

  [[nodiscard]] tl::unexpected<Error> failure(const error_code& error) const {
    return socket.silent() ? silent() : gone(error.message());
  }
};

}  // namespace

std::optional<Remote> Remote::connect(const std::filesystem::path& data_dir) {
  const auto path = host::server::socket_file(data_dir);
  const int descriptor = connected_to(path.string());
  if (descriptor < 0) return std::nullopt;
  return Remote(descriptor, path);
}

Remote::Remote(Remote&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), socket_file_(std::move(other.socket_file_)) {}
Remote::~Remote() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Remote::interrupt() const {
  ::shutdown(descriptor_, SHUT_RDWR);
}

Result<host::Output> Remote::perform(const Operation& operation, const host::RawArgs& args, std::string_view owner,
                                     host::Caller& caller) {
  const auto message = message_of(operation, args);
  http::request<http::string_body> request;
  request.method_string(std::string(to_string(operation.http.method)));
  request.target(message.path + message.query);
  request.version(11);
  request.set(http::field::host, "localhost");
  request.set(http::field::accept, std::string(host::wire_media_type));
  for (const auto& [name, value] : message.headers) request.set(name, value);
  if (!owner.empty()) {
    std::string escaped;
    escaped += host::percent_encode(owner);
    request.set(std::string(host::server::owner_header), escaped);
  }
  request.body() = message.body;
  request.prepare_payload();

  const auto exchange = std::make_shared<Exchange>(socket_file_.string());
  error_code error;
  exchange->socket.plain().assign(asio::local::stream_protocol(), ::dup(descriptor_), error);
  if (!error) exchange->socket.plain().non_blocking(true, error);
  if (!error) http::write(exchange->socket, request, error);
  exchange->parser.body_limit(boost::none);
  if (!error) http::read_header(exchange->socket, exchange->buffer, exchange->parser, error);
  if (error) return exchange->failure(error);
  return host::decode_output(
      [exchange](char* into, std::size_t size) -> Result<std::size_t> {
        auto& parser = exchange->parser;
        if (parser.is_done()) return std::size_t{0};
        parser.get().body().data = into;
        parser.get().body().size = size;
        error_code read;
        while (!parser.is_done() && parser.get().body().size == size) {
          http::read_some(exchange->socket, exchange->buffer, parser, read);
          if (read == http::error::need_buffer) read = {};
          if (read) return exchange->failure(read);
        }
        return size - parser.get().body().size;
      },
      caller.progress);
}

}  // namespace tento::cli
