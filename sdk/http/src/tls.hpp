// SPDX-License-Identifier: Apache-2.0
// What all connections of a client share of TLS: trust, and the sessions that later handshakes take up.
#pragma once

#include <openssl/ssl.h>

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tento/sdk/result.hpp>

namespace tento::http::inner {

/// Deletes what OpenSSL made.
struct OpensslDelete {
  void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
  void operator()(SSL* p) const noexcept { SSL_free(p); }
  void operator()(SSL_SESSION* p) const noexcept { SSL_SESSION_free(p); }
  void operator()(BIO_METHOD* p) const noexcept { BIO_meth_free(p); }
};
using SslPtr = std::unique_ptr<SSL, OpensslDelete>;
using SessionPtr = std::unique_ptr<SSL_SESSION, OpensslDelete>;

/// What OpenSSL has to say of this thread's last failure; empties its queue.
std::string openssl_reason();

/// Sessions of earlier handshakes by whom they were made with. Thread-safe.
class TlsSessions {
 public:
  void keep(const std::string& key, SessionPtr session);
  /// The newest for `key`; a TLS 1.3 ticket is given once (RFC 8446 appendix C.4). Null if there is none.
  SessionPtr take(const std::string& key);

 private:
  std::mutex mutex_;
  std::map<std::string, std::deque<SessionPtr>> sessions_;
};

/// One per client. Connections hold it by pointer.
class TlsContext {
 public:
  /// Trusts `ca_file` (or the system's when empty) and `ca_path`.
  static Result<std::unique_ptr<TlsContext>> create(const std::string& ca_file, const std::string& ca_path);

  /// What makes the SSL of one connection, over the socket `fd`, which it does not own: it verifies that the peer is
  /// `host` and takes up a session under `key`, where it leaves new ones. `binding` holds the key and must outlive it.
  struct Binding {
    TlsSessions* sessions = nullptr;
    std::string key;
  };
  Result<SslPtr> make(const int& fd, const std::string& host, bool literal, Binding& binding);

 private:
  TlsContext() = default;

  TlsSessions sessions_;
  std::unique_ptr<BIO_METHOD, OpensslDelete> bio_;
  std::unique_ptr<SSL_CTX, OpensslDelete> context_;
};

}  // namespace tento::http::inner
