// SPDX-License-Identifier: Apache-2.0
// The server's side of TLS: versions, ciphers, certificate.
#pragma once

#include <filesystem>
#include <memory>

#include <tento/sdk/result.hpp>

namespace boost::asio::ssl {
class context;
}

namespace tento::host::server {

// A context with this chain and key (PEM), TLS 1.2 and newer. Errors say which file and why; nothing of a key.
[[nodiscard]] Result<std::shared_ptr<boost::asio::ssl::context>> make_tls(const std::filesystem::path& certificate,
                                                                          const std::filesystem::path& key);

}  // namespace tento::host::server
