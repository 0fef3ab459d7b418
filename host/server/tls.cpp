// SPDX-License-Identifier: Apache-2.0
// Loads a certificate chain and its key into a context for TLS 1.2 and newer (RFC 8996 ended the older ones).
#include "host/server/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

#include "host/base/error.hpp"

namespace tento::host::server {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

tl::unexpected<Error> unusable(std::string_view what, const std::filesystem::path& file, const std::string& why) {
  return error(ErrorCode::invalid_argument, ErrorClass::config,
               std::string(what) + " " + file.string() + " cannot be used: " + why)
      .tag("config")
      .remedy("check server.certificate and server.private_key: PEM files that belong together, readable by this user");
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls(const std::filesystem::path& certificate,
                                               const std::filesystem::path& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION |
                                  SSL_OP_CLEANSE_PLAINTEXT);
  // Idle connections give their buffers back.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  error_code error;
  context->use_certificate_chain_file(certificate.string(), error);
  if (error) return unusable("the certificate", certificate, error.message());
  if (key.empty())
    return unusable("the certificate", certificate, "it has no key beside it; server.private_key is not set");
  // Without this OpenSSL asks the terminal, and the start waits for somebody to answer.
  bool locked = false;
  context->set_password_callback([&locked](std::size_t, ssl::context::password_purpose) {
    locked = true;
    return std::string();
  });
  context->use_private_key_file(key.string(), ssl::context::pem, error);
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
  if (locked) return unusable("the private key", key, "it is under a passphrase");
  if (error == error_code(static_cast<int>(ERR_PACK(ERR_LIB_X509, 0, X509_R_KEY_VALUES_MISMATCH)),
                          asio::error::get_ssl_category()) ||
      (!error && SSL_CTX_check_private_key(native) != 1))
    return unusable("the private key", key, "it does not belong to the certificate " + certificate.string());
  if (error) return unusable("the private key", key, error.message());
  return context;
}

}  // namespace tento::host::server
