// SPDX-License-Identifier: Apache-2.0
// Speaks HTTP over a Unix socket: the same paths as everybody, with an answer that keeps all an output has.
#include "host/cli/remote.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
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

// A connection with what was read of its answer.
struct Exchange {
  asio::io_context context;
  asio::local::stream_protocol::socket socket{context};
  boost::beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
};

}  // namespace

std::optional<Remote> Remote::connect(const std::filesystem::path& data_dir) {
  const auto path = host::server::socket_file(data_dir).string();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::nullopt;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor);
    return std::nullopt;
  }
  return Remote(descriptor);
}

Remote::Remote(Remote&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
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

  const auto exchange = std::make_shared<Exchange>();
  error_code error;
  exchange->socket.assign(asio::local::stream_protocol(), ::dup(descriptor_), error);
  if (!error) http::write(exchange->socket, request, error);
  exchange->parser.body_limit(boost::none);
  if (!error) http::read_header(exchange->socket, exchange->buffer, exchange->parser, error);
  if (error) return gone(error.message());
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
          if (read) return gone(read.message());
        }
        return size - parser.get().body().size;
      },
      caller.progress);
}

}  // namespace tento::cli
