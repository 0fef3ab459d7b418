// SPDX-License-Identifier: Apache-2.0
// The bytes of one connection, plain or under TLS, read and written within a deadline.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "deadline.hpp"
#include "resolve.hpp"
#include "tls.hpp"

namespace tento::http::inner {

/// Where an answer's bytes come from.
class Source {
 public:
  virtual ~Source() = default;
  /// At least one byte, or 0 when the other side has ended.
  virtual Result<std::size_t> read_some(std::span<char> out, const Deadline& deadline, const Step& step) = 0;
};

/// An open file descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  [[nodiscard]] const int& get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

/// A TCP connection to the first of `addresses` that takes one, in time `timeout` for each. Its socket blocks, but no
/// longer than stop_interval while reading; whoever must not wait says MSG_DONTWAIT.
Result<Fd> connect_tcp(std::span<const Address> addresses, const Deadline& deadline, std::chrono::milliseconds timeout);

/// A connected socket and, after start_tls, what encrypts it. Used by one thread at a time.
class Wire final : public Source {
 public:
  /// Over a socket as connect_tcp makes it.
  explicit Wire(Fd fd) : fd_(std::move(fd)) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() override;

  /// Speaks TLS from here on. `session_key` names whose sessions may be taken up. True if one was.
  Result<bool> start_tls(TlsContext& context, const std::string& host, bool literal, std::string session_key,
                         const Deadline& deadline, const Step& step);
  Result<std::size_t> read_some(std::span<char> out, const Deadline& deadline, const Step& step) override;
  /// Writes all of `first` and then of `second`.
  Result<void> write_all(std::string_view first, std::string_view second, const Deadline& deadline, const Step& step);
  /// Whether an idle connection can still be used: open, and nothing came that nobody asked for.
  [[nodiscard]] bool alive();

 private:
  Result<std::size_t> read_plain(std::span<char> out, const Deadline& deadline, const Step& step);
  Result<std::size_t> read_tls(std::span<char> out, const Deadline& deadline, const Step& step);
  Result<void> write_plain(std::string_view first, std::string_view second, const Deadline& deadline, const Step& step);
  Result<void> write_tls(std::string_view bytes, const Deadline& deadline, const Step& step);
  [[nodiscard]] tl::unexpected<Error> handshake_failed(int code, std::string_view origin);

  Fd fd_;
  TlsContext::Binding binding_;
  SslPtr ssl_;
  bool broken_ = false;  // TLS failed: its session is not to be taken up again
};

}  // namespace tento::http::inner
