// SPDX-License-Identifier: Apache-2.0
// The shared side of TLS by OpenSSL: trust, versions, sessions, and bytes to and from a socket without signals.
#include "tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <iterator>

#include "errors.hpp"

namespace tento::http::inner {
namespace {

constexpr std::size_t most_sessions_per_key = 8;
constexpr std::size_t most_session_keys = 256;

// OpenSSL's own socket BIO writes by write(2), which raises SIGPIPE on a connection that the peer closed.
int fd_of(BIO* bio) {
  return *static_cast<const int*>(BIO_get_data(bio));
}
int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(fd_of(bio), data, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}
int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t put = ::send(fd_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(put);
}
long bio_ctrl(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// TLS 1.3 sends its tickets after the handshake, so this is the one way to get them (SSL_CTX_sess_set_new_cb).
int new_session(SSL* ssl, SSL_SESSION* session) {
  auto* binding = static_cast<TlsContext::Binding*>(SSL_get_app_data(ssl));
  if (binding == nullptr || SSL_SESSION_is_resumable(session) == 0) return 0;
  binding->sessions->keep(binding->key, SessionPtr(session));
  return 1;
}

}  // namespace

std::string openssl_reason() {
  const unsigned long first = ERR_get_error();
  ERR_clear_error();
  if (first == 0) return "unknown";
  if (const char* reason = ERR_reason_error_string(first)) return reason;
  char text[160];
  ERR_error_string_n(first, text, sizeof text);
  return text;
}

void TlsSessions::keep(const std::string& key, SessionPtr session) {
  const std::lock_guard lock(mutex_);
  if (sessions_.size() >= most_session_keys && !sessions_.contains(key)) sessions_.erase(sessions_.begin());
  auto& of_key = sessions_[key];
  of_key.push_back(std::move(session));
  if (of_key.size() > most_sessions_per_key) of_key.pop_front();
}

SessionPtr TlsSessions::take(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end() || found->second.empty()) return nullptr;
  SSL_SESSION* newest = found->second.back().get();
  if (SSL_SESSION_get_protocol_version(newest) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(newest);
    return SessionPtr(newest);
  }
  SessionPtr out = std::move(found->second.back());
  found->second.pop_back();
  return out;
}

Result<std::unique_ptr<TlsContext>> TlsContext::create(const std::string& ca_file, const std::string& ca_path) {
  ERR_clear_error();
  auto out = std::unique_ptr<TlsContext>(new TlsContext);
  out->context_.reset(SSL_CTX_new(TLS_client_method()));
  out->bio_.reset(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without signals"));
  SSL_CTX* context = out->context_.get();
  if (context == nullptr || out->bio_ == nullptr || BIO_meth_set_read(out->bio_.get(), bio_read) != 1 ||
      BIO_meth_set_write(out->bio_.get(), bio_write) != 1 || BIO_meth_set_ctrl(out->bio_.get(), bio_ctrl) != 1 ||
      SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
    return fail(ErrorCode::unspecified, ErrorClass::internal, "TLS cannot be set up: " + openssl_reason(),
                "tls_failed");
  }
  SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, new_session);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);

  const auto no_trust = [](const std::string& what) {
    return config("certificate_invalid", what + ": " + openssl_reason(), "check ca_file and ca_path",
                  ErrorCode::invalid_argument);
  };
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1) return no_trust("the system's trusted certificates");
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    return no_trust("the certificates of " + ca_file + " cannot be read");
  }
  if (!ca_path.empty() && SSL_CTX_load_verify_dir(context, ca_path.c_str()) != 1)
    return no_trust("the certificates of " + ca_path + " cannot be read");
  return out;
}

Result<SslPtr> TlsContext::make(const int& fd, const std::string& host, bool literal, Binding& binding) {
  ERR_clear_error();
  binding.sessions = &sessions_;
  SslPtr ssl(SSL_new(context_.get()));
  BIO* bio = ssl == nullptr ? nullptr : BIO_new(bio_.get());
  if (bio == nullptr) {
    return fail(ErrorCode::unspecified, ErrorClass::internal, "TLS cannot be set up: " + openssl_reason(),
                "tls_failed");
  }
  BIO_set_data(bio, const_cast<int*>(&fd));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_app_data(ssl.get(), &binding);
  SSL_set_connect_state(ssl.get());
  SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // A name also goes into the hello, so that a server of many names shows the right certificate (RFC 6066 section 3).
  const bool bound =
      literal ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) == 1
              : SSL_set1_host(ssl.get(), host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
  if (!bound) {
    return config("bad_url", "the host " + host + " cannot be held against a certificate: " + openssl_reason(),
                  "correct the URL");
  }
  if (const SessionPtr session = sessions_.take(binding.key)) SSL_set_session(ssl.get(), session.get());
  return ssl;
}

}  // namespace tento::http::inner
