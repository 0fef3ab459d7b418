// SPDX-License-Identifier: Apache-2.0
// Loads a certificate chain and its key into a context for TLS 1.2 and newer (RFC 8996 ended the older ones).
#include "host/server/tls.hpp"

#include <boost/asio/ssl/context.hpp>

namespace tento::host::server {
namespace {

namespace ssl = boost::asio::ssl;

tl::unexpected<Error> unusable(std::string_view what, const std::filesystem::path& file, const std::string& why) {
  auto e = fail(ErrorCode::invalid_argument, ErrorClass::config,
                std::string(what) + " " + file.string() + " cannot be used: " + why, "config")
               .value();
  e.action = "check server.certificate and server.private_key: PEM files that belong together, readable by this user";
  return fail(std::move(e));
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls(const std::filesystem::path& certificate,
                                               const std::filesystem::path& key) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  auto* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  // Idle connections give their buffers back.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  boost::system::error_code error;
  context->use_certificate_chain_file(certificate.string(), error);
  if (error) return unusable("the certificate", certificate, error.message());
  context->use_private_key_file(key.string(), ssl::context::pem, error);
  if (error) return unusable("the private key", key, error.message());
  if (SSL_CTX_check_private_key(native) != 1)
    return unusable("the private key", key, "it does not belong to the certificate " + certificate.string());
  return context;
}

}  // namespace tento::host::server
