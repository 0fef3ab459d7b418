// SPDX-License-Identifier: Apache-2.0
// Beast as its own examples use it.
#include "bare_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace tento::bench {

namespace net = boost::asio;
namespace http = boost::beast::http;

struct BareClient::Impl {
  net::io_context context;
  net::ip::tcp::socket socket{context};
  boost::beast::flat_buffer buffer;
};

BareClient::BareClient(std::uint16_t port) : impl_(std::make_unique<Impl>()) {
  impl_->socket.connect({net::ip::address_v4::loopback(), port});
  impl_->socket.set_option(net::ip::tcp::no_delay(true));
}
BareClient::~BareClient() = default;

std::size_t BareClient::get(const std::string& target) {
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, "127.0.0.1");
  request.set(http::field::user_agent, "tento");
  request.set(http::field::accept, "*/*");
  request.set(http::field::accept_encoding, "gzip");
  http::write(impl_->socket, request);
  http::response_parser<http::string_body> response;
  response.body_limit(64u << 20);
  http::read(impl_->socket, impl_->buffer, response);
  return response.get().body().size();
}

}  // namespace tento::bench
