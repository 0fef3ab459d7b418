// SPDX-License-Identifier: Apache-2.0
// Sockets by the system's calls, TLS by OpenSSL straight over them: neither needs an event loop, since each exchange
// has a thread of its own.
#include "wire.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include "errors.hpp"

namespace tento::http::inner {
namespace {

std::string reason(int code) {
  return std::generic_category().message(code);
}

tl::unexpected<Error> lost(const Deadline& deadline, const Step& step, std::string_view why) {
  return transient("connection_lost", "the connection was lost while " + std::string(step.doing) + " " +
                                          std::string(deadline.origin()) + ": " + std::string(why));
}

Result<Fd> connect_one(const Address& address, const Deadline& deadline, std::chrono::milliseconds timeout) {
  const auto failed = [](int code) { return transient("connect_failed", reason(code)); };
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return failed(errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd.get(), address.get(), address.size) == 0) return fd;
  if (errno != EINPROGRESS && errno != EINTR) return failed(errno);
  TENTO_TRY(deadline.wait(fd.get(), POLLOUT, Step::whole("connecting to", timeout)));
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  if (code != 0) return failed(code);
  return fd;
}

// From here on calls block unless they say otherwise: a request's answer is waited for by the one call that reads it.
Result<Fd> connect_blocking(const Address& address, const Deadline& deadline, std::chrono::milliseconds timeout) {
  TENTO_TRY_ASSIGN(Fd fd, connect_one(address, deadline, timeout));
  const timeval slice{0, std::chrono::microseconds(stop_interval).count()};
  if (::fcntl(fd.get(), F_SETFL, 0) != 0 || ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice) != 0)
    return transient("connect_failed", reason(errno));
  return fd;
}

}  // namespace

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Fd> connect_tcp(std::span<const Address> addresses, const Deadline& deadline,
                       std::chrono::milliseconds timeout) {
  std::string tried;
  bool all_timeouts = true;
  for (const Address& address : addresses) {
    Result<Fd> fd = connect_blocking(address, deadline, timeout);
    if (fd) return fd;
    const Error& why = fd.error();
    const bool timed_out = why.tag == "timeout";
    if (!timed_out && why.tag != "connect_failed") return fd;  // a stop or the deadline, which hold for all
    all_timeouts = all_timeouts && timed_out;
    tried += (tried.empty() ? "" : "; ") + address.text() + ": ";
    tried += timed_out ? "no answer within " + std::to_string(timeout.count()) + " ms" : why.message;
  }
  return transient(all_timeouts ? "timeout" : "connect_failed",
                   "no connection to " + std::string(deadline.origin()) + " (" + tried + ")");
}

Wire::~Wire() {
  // Freeing an SSL that was not shut down makes its session useless for later handshakes; one that failed keeps that.
  if (ssl_ == nullptr || broken_) return;
  static_cast<void>(SSL_shutdown(ssl_.get()));
  ERR_clear_error();
}

Result<bool> Wire::start_tls(TlsContext& context, const std::string& host, bool literal, std::string session_key,
                             const Deadline& deadline, const Step& step) {
  binding_.key = std::move(session_key);
  TENTO_TRY_ASSIGN(ssl_, context.make(fd_.get(), host, literal, binding_));
  broken_ = true;
  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) break;
    const int code = SSL_get_error(ssl_.get(), done);
    if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) return handshake_failed(code, deadline.origin());
    TENTO_TRY(deadline.wait(fd_.get(), code == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, step));
  }
  broken_ = false;
  return SSL_session_reused(ssl_.get()) == 1;
}

tl::unexpected<Error> Wire::handshake_failed(int code, std::string_view origin) {
  const int system = errno;
  const std::string where(origin);
  if (const long verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK) {
    ERR_clear_error();
    return config("certificate_invalid",
                  "the certificate of " + where + " is not accepted: " + X509_verify_cert_error_string(verdict),
                  "check host and trust");
  }
  const unsigned long first = ERR_peek_error();
  const bool ended = code == SSL_ERROR_ZERO_RETURN ||
                     (code == SSL_ERROR_SSL && ERR_GET_REASON(first) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  if (ended || (code == SSL_ERROR_SYSCALL && first == 0)) {
    ERR_clear_error();
    return transient("tls_failed", "the TLS handshake with " + where + " was cut off: " +
                                       (ended || system == 0 ? "the connection was closed" : reason(system)));
  }
  return upstream("tls_failed", "the TLS handshake with " + where + " failed: " + openssl_reason());
}

Result<std::size_t> Wire::read_some(std::span<char> out, const Deadline& deadline, const Step& step) {
  if (!step.wait_first) TENTO_TRY(deadline.check(step));
  return ssl_ == nullptr ? read_plain(out, deadline, step) : read_tls(out, deadline, step);
}

Result<std::size_t> Wire::read_plain(std::span<char> out, const Deadline& deadline, const Step& step) {
  int flags = MSG_DONTWAIT;
  if (step.wait_first) {
    TENTO_TRY_ASSIGN(const bool may_block, deadline.has_slice(step));
    if (may_block) flags = 0;
  }
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), out.data(), out.size(), flags);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return lost(deadline, step, reason(errno));
    flags = MSG_DONTWAIT;
    TENTO_TRY(deadline.wait(fd_.get(), POLLIN, step));
  }
}

Result<std::size_t> Wire::read_tls(std::span<char> out, const Deadline& deadline, const Step& step) {
  if (step.wait_first && SSL_has_pending(ssl_.get()) == 0) TENTO_TRY(deadline.wait(fd_.get(), POLLIN, step));
  for (;;) {
    ERR_clear_error();
    std::size_t got = 0;
    const int done = SSL_read_ex(ssl_.get(), out.data(), out.size(), &got);
    if (done == 1) return got;
    const int system = errno;
    const int code = SSL_get_error(ssl_.get(), done);
    if (code == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
    if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) {
      // An end without close_notify may be cut off by a third party (RFC 8446 section 6.1): it is no end.
      const bool cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
      broken_ = !cut;
      const bool by_system = code == SSL_ERROR_SYSCALL && ERR_peek_error() == 0;
      return lost(deadline, step,
                  cut         ? "it was closed without a TLS close"
                  : by_system ? reason(system)
                              : "TLS: " + openssl_reason());
    }
    TENTO_TRY(deadline.wait(fd_.get(), code == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, step));
  }
}

Result<void> Wire::write_all(std::string_view first, std::string_view second, const Deadline& deadline,
                             const Step& step) {
  TENTO_TRY(deadline.check(step));
  if (ssl_ == nullptr) return write_plain(first, second, deadline, step);
  TENTO_TRY(write_tls(first, deadline, step));
  return write_tls(second, deadline, step);
}

Result<void> Wire::write_plain(std::string_view first, std::string_view second, const Deadline& deadline,
                               const Step& step) {
  while (!first.empty() || !second.empty()) {
    std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                               iovec{const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = second.empty() ? 1 : 2;
    const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      const auto size = static_cast<std::size_t>(sent);
      const std::size_t of_first = std::min(size, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(size - of_first);
      if (!first.empty() || !second.empty()) TENTO_TRY(deadline.check(step));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      TENTO_TRY(deadline.wait(fd_.get(), POLLOUT, step));
    } else if (errno != EINTR) {
      return lost(deadline, step, reason(errno));
    }
  }
  return {};
}

Result<void> Wire::write_tls(std::string_view bytes, const Deadline& deadline, const Step& step) {
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t sent = 0;
    const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
    const int system = errno;
    if (done == 1) {
      bytes.remove_prefix(sent);
      if (!bytes.empty()) TENTO_TRY(deadline.check(step));
      continue;
    }
    const int code = SSL_get_error(ssl_.get(), done);
    if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) {
      const bool by_system = code == SSL_ERROR_SYSCALL && ERR_peek_error() == 0;
      broken_ = !by_system;
      return lost(deadline, step, by_system ? reason(system) : "TLS: " + openssl_reason());
    }
    TENTO_TRY(deadline.wait(fd_.get(), code == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, step));
  }
  return {};
}

bool Wire::alive() {
  pollfd one{fd_.get(), POLLIN, 0};
  if (::poll(&one, 1, 0) == 0) return ssl_ == nullptr || SSL_pending(ssl_.get()) == 0;
  if (ssl_ == nullptr || (one.revents & POLLIN) == 0) return false;
  // Tickets and key updates come on their own; reading them leaves nothing to read.
  ERR_clear_error();
  char byte = 0;
  std::size_t got = 0;
  const int done = SSL_peek_ex(ssl_.get(), &byte, 1, &got);
  if (done == 1) return false;
  const bool waiting = SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ;
  ERR_clear_error();
  return waiting;
}

}  // namespace tento::http::inner
