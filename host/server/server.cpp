// SPDX-License-Identifier: Apache-2.0
// Binds, accepts, deals connections out to the threads, drains.
#include "host/server/server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <charconv>
#include <vector>

#include "host/base/closed_in_children.hpp"
#include "host/base/error.hpp"
#include "host/base/log.hpp"
#include "host/server/connection.hpp"
#include "host/server/tls.hpp"

namespace tento::host::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

constexpr std::chrono::milliseconds accept_pause{100};  // when there are no descriptors left

tl::unexpected<Error> no_listen(const std::string& where, const std::string& why, std::string remedy) {
  return error(ErrorCode::io, ErrorClass::config, "cannot listen on " + where + ": " + why)
      .tag("config")
      .remedy(std::move(remedy));
}

std::string endpoint_text(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

// `ADDRESS:PORT`, the address a literal or `localhost`; `[::1]:7700` for IPv6.
Result<tcp::endpoint> endpoint_of(const std::string& listen) {
  constexpr auto remedy = "write ADDRESS:PORT, such as 127.0.0.1:7700, [::1]:7700 or 0.0.0.0:7700";
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return no_listen(listen, "it has no port", remedy);
  std::string host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  const char* const first = listen.data() + colon + 1;
  const char* const last = listen.data() + listen.size();
  const auto [end, bad] = std::from_chars(first, last, port);
  if (bad != std::errc() || end != last)
    return no_listen(listen, "\"" + std::string(first, last) + "\" is not a port", remedy);
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) return no_listen(listen, "\"" + host + "\" is not an address", remedy);
  return tcp::endpoint(address, port);
}

// Asio leaves its sockets to the programs that this process starts, a provider's among them.
template <class Socket>
void close_on_exec(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // NOLINT(cppcoreguidelines-pro-type-vararg)
}

}  // namespace

struct Server::Impl {
  ServerOptions options;
  Shared shared;
  std::vector<std::unique_ptr<IoThread>> threads;
  std::optional<tcp::acceptor> tcp_acceptor;
  std::optional<Local::acceptor> local_acceptor;
  std::array<ClosedInChildren, 2> closed_in_children;  // a child that lives on would hold port and socket file
  std::optional<asio::steady_timer> tcp_pause, local_pause;
  std::string address;
  std::mutex tls_lock;
  std::shared_ptr<asio::ssl::context> tls;
  std::size_t next = 0;
  std::atomic<bool> accepting{true};
  bool stopped = false;
  bool all_came_back = true;

  Impl(ServerOptions o, Handler& handler) : options(std::move(o)), shared(options, handler) {}

  IoThread& first() { return *threads.front(); }

  Result<void> listen_tcp() {
    TENTO_TRY_ASSIGN(const auto endpoint, endpoint_of(options.listen));
    tcp_acceptor.emplace(first().context());
    error_code error;
    tcp_acceptor->open(endpoint.protocol(), error);
    if (!error) close_on_exec(*tcp_acceptor);
    if (!error) tcp_acceptor->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) tcp_acceptor->set_option(asio::ip::v6_only(true), error);
    if (!error) tcp_acceptor->bind(endpoint, error);
    if (!error) tcp_acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (error)
      return no_listen(options.listen, error.message(),
                       error == asio::error::address_in_use
                           ? "another program uses it: end that, or choose another port (server.listen)"
                           : "choose another address (server.listen)");
    closed_in_children[0] = ClosedInChildren(tcp_acceptor->native_handle());
    address = endpoint_text(tcp_acceptor->local_endpoint());
    return {};
  }

  // Whoever may connect is this user: the folder is private, and the kernel tells who it is.
  Result<void> listen_local() {
    const auto path = options.socket_file.string();
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0) {
      if (!S_ISSOCK(there.st_mode))
        return no_listen(path, "there is something else, which is not a socket", "move it away");
      ::unlink(path.c_str());  // the store's lock is ours, so it is a rest
    }
    local_acceptor.emplace(first().context());
    error_code error;
    if (path.size() >= sizeof(sockaddr_un{}.sun_path))
      return no_listen(path, "the path of the socket is too long",
                       "choose a data folder with a shorter path (data_dir)");
    local_acceptor->open(Local(), error);
    if (!error) close_on_exec(*local_acceptor);
    if (!error) local_acceptor->bind(Local::endpoint(path), error);
    if (!error && ::chmod(path.c_str(), 0600) != 0) error = error_code(errno, boost::system::system_category());
    if (!error) local_acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (error) return no_listen(path, error.message(), "make the data folder writable for this user");
    closed_in_children[1] = ClosedInChildren(local_acceptor->native_handle());
    return {};
  }

  std::shared_ptr<asio::ssl::context> tls_now() {
    const std::scoped_lock hold(tls_lock);
    return tls;
  }

  template <class Acceptor>
  void accept(Acceptor& acceptor) {
    using Accepted = asio::basic_stream_socket<typename Acceptor::protocol_type, asio::io_context::executor_type>;
    IoThread& thread = *threads[next++ % threads.size()];
    auto socket = std::make_shared<Accepted>(thread.context());
    acceptor.async_accept(*socket, [this, &acceptor, &thread, socket](error_code error) {
      if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
      if (!error) close_on_exec(*socket);
      if (error) {
        // Out of descriptors or memory: what is open goes on, and what waits in the queue comes later.
        if (!shared.said_full.exchange(true))
          shared.say(LogLevel::warn, "a connection could not be accepted: " + error.message());
        auto& pause = std::is_same_v<Acceptor, tcp::acceptor> ? tcp_pause : local_pause;
        pause.emplace(first().context(), accept_pause);
        pause->async_wait([this, &acceptor](error_code stopped_early) {
          if (!stopped_early && acceptor.is_open()) accept(acceptor);
        });
        return;
      }
      // The next one is taken when this one has its place: otherwise many would be open that nobody has counted yet.
      const std::shared_ptr<void> placed(nullptr, [this, &acceptor](void*) {
        if (!accepting) return;
        asio::post(first().context(), [this, &acceptor] {
          if (acceptor.is_open()) accept(acceptor);
        });
      });
      shared.guarded("a connection", [&] { take(thread, std::move(*socket), placed); });
    });
  }

  // Where there are as many as may be, a connection goes where the one is that has been idle for longest, and takes its
  // place.
  IoThread& home(IoThread& thread) {
    if (shared.connections < shared.limits.connections) return thread;
    return **std::min_element(threads.begin(), threads.end(),
                              [](const auto& a, const auto& b) { return a->oldest_idle() < b->oldest_idle(); });
  }

  template <class Accepted>
  void take(IoThread& accepted_on, Accepted socket, const std::shared_ptr<void>& placed) {
    IoThread& thread = home(accepted_on);
    constexpr bool over_tcp = std::is_same_v<typename Accepted::protocol_type, tcp>;
    Peer peer;
    error_code ignored;
    if constexpr (over_tcp) {
      socket.set_option(tcp::no_delay(true), ignored);
      const auto remote = socket.remote_endpoint(ignored);
      if (!ignored) peer.address = remote.address().to_string();
    } else {
      ucred who{};
      socklen_t size = sizeof who;
      if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return;
      peer.local = true;
      peer.uid = who.uid;
    }
    const auto protocol = socket.local_endpoint(ignored).protocol();
    auto moved = &thread == &accepted_on
                     ? std::make_shared<Socket>(std::move(socket))
                     : std::make_shared<Socket>(thread.context().get_executor(),
                                                asio::generic::stream_protocol(protocol), socket.release(ignored));
    asio::post(thread.context(),
               [&thread, moved, placed, peer = std::move(peer), context = over_tcp ? tls_now() : nullptr]() mutable {
                 if (!thread.make_room()) return;  // closed as it goes
                 serve_connection(thread, std::move(*moved), std::move(peer), std::move(context));
               });
  }

  void close_acceptors() {
    accepting = false;
    asio::post(first().context(), [this] {
      error_code ignored;
      closed_in_children = {};
      if (tcp_acceptor) tcp_acceptor->close(ignored);
      if (local_acceptor) local_acceptor->close(ignored);
      if (tcp_pause) tcp_pause->cancel();
      if (local_pause) local_pause->cancel();
    });
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() {
  bool came_back = false;
  // What is not known to have ended stays.
  if (impl_) impl_->shared.guarded("the end of the server", [&] { came_back = stop(); });
  if (!came_back) static_cast<void>(impl_.release());
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler& handler) {
  auto impl = std::make_unique<Impl>(std::move(options), handler);
  const auto& o = impl->options;
  if (!o.certificate.empty()) {
    TENTO_TRY_ASSIGN(impl->tls, make_tls(o.certificate, o.private_key));
  }
  for (std::size_t i = 0; i < std::max<std::size_t>(o.threads, 1); ++i)
    impl->threads.push_back(std::make_unique<IoThread>(impl->shared));
  if (!o.listen.empty()) TENTO_TRY(impl->listen_tcp());
  if (!o.socket_file.empty()) TENTO_TRY(impl->listen_local());
  if (impl->tcp_acceptor) impl->accept(*impl->tcp_acceptor);
  if (impl->local_acceptor) impl->accept(*impl->local_acceptor);
  for (auto& thread : impl->threads) thread->start();
  return std::make_unique<Server>(std::move(impl));
}

const std::string& Server::address() const {
  return impl_->address;
}

std::size_t Server::connections() const {
  return impl_->shared.connections;
}

Result<void> Server::reload_certificate() {
  const auto& o = impl_->options;
  if (o.certificate.empty()) return {};
  TENTO_TRY_ASSIGN(auto fresh, make_tls(o.certificate, o.private_key));
  const std::scoped_lock hold(impl_->tls_lock);
  impl_->tls = std::move(fresh);
  return {};
}

bool Server::drain(std::chrono::milliseconds deadline) {
  impl_->shared.draining = true;
  impl_->close_acceptors();
  impl_->shared.handler.drain();
  // What is not idle now ends by itself once it is answered.
  for (auto& thread : impl_->threads) thread->drain();
  return impl_->shared.wait_until_all_ended(std::chrono::steady_clock::now() + deadline);
}

bool Server::stop(std::chrono::milliseconds timeout) {
  if (!impl_) return true;
  if (impl_->stopped) return impl_->all_came_back;
  impl_->stopped = true;
  const auto until = std::chrono::steady_clock::now() + timeout;
  impl_->shared.draining = true;
  impl_->close_acceptors();
  impl_->shared.handler.drain();
  // Whoever works or waits for a client hears that the client has gone; then it ends, and with it its turn of a worker.
  for (auto& thread : impl_->threads) thread->cut();
  impl_->all_came_back = impl_->shared.workers.wait_idle(until);
  for (auto& thread : impl_->threads) thread->end();
  for (auto& thread : impl_->threads) thread->join();
  if (!impl_->all_came_back)
    impl_->shared.say(LogLevel::warn, "a request is stuck in its provider, and was left behind");
  if (!impl_->options.socket_file.empty()) ::unlink(impl_->options.socket_file.c_str());
  return impl_->all_came_back;
}

}  // namespace tento::host::server
