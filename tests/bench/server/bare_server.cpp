// SPDX-License-Identifier: Apache-2.0
// Asynchronous Beast with nothing around it.
#include "tests/bench/server/bare_server.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <thread>

namespace tento::bench {
// It has a name because `Impl` below, which is seen elsewhere, captures a session.
namespace bare {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::io_context& context, const BareServer::Body& body, const std::atomic<bool>& not_modified)
      : socket(context), body_(body), not_modified_(not_modified) {}
  void read() {
    request_ = {};
    http::async_read(socket, buffer_, request_, [self = shared_from_this()](auto error, std::size_t) {
      if (!error) self->answer();
    });
  }
  Socket socket;

 private:
  void answer() {
    response_ = {};
    response_.version(11);
    response_.keep_alive(true);
    if (not_modified_) {
      response_.result(304);
    } else {
      response_.result(200);
      response_.set(http::field::content_type, "application/json");
      body_({request_.target().data(), request_.target().size()}, response_.body());
      response_.prepare_payload();
    }
    http::async_write(socket, response_, [self = shared_from_this()](auto error, std::size_t) {
      if (!error) self->read();
    });
  }

  const BareServer::Body& body_;
  const std::atomic<bool>& not_modified_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

}  // namespace bare

struct BareServer::Impl {
  Body body;
  std::atomic<bool> not_modified{false};
  bare::asio::io_context context{1};
  bare::tcp::acceptor acceptor{context, bare::tcp::endpoint(bare::asio::ip::address_v4::loopback(), 0)};
  std::thread thread;

  void accept() {
    auto session = std::make_shared<bare::Session>(context, body, not_modified);
    acceptor.async_accept(session->socket, [this, session](auto error) {
      if (error) return;
      session->socket.set_option(bare::tcp::no_delay(true));
      session->read();
      accept();
    });
  }
};

BareServer::BareServer(Body body) : impl_(std::make_unique<Impl>()) {
  impl_->body = std::move(body);
  impl_->accept();
  impl_->thread = std::thread([impl = impl_.get()] { impl->context.run(); });
}

BareServer::~BareServer() {
  impl_->context.stop();
  impl_->thread.join();
}

std::uint16_t BareServer::port() const {
  return impl_->acceptor.local_endpoint().port();
}

void BareServer::answer_not_modified(bool yes) {
  impl_->not_modified = yes;
}

}  // namespace tento::bench
