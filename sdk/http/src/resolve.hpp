// SPDX-License-Identifier: Apache-2.0
// Names to addresses, within the time there is.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "deadline.hpp"

namespace tento::http::inner {

/// An address to connect to.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  /// As people write it, without the port.
  [[nodiscard]] std::string text() const;
};

/// The address that `text` is; nothing if it is a name.
std::optional<Address> literal_address(const std::string& text, std::uint16_t port);

/// Looks names up. The system's resolver blocks and cannot be told to stop, so a thread does it that is left alone when
/// nobody waits for it any more.
class Resolver {
 public:
  /// All addresses of `host`, in the system's order; never none.
  Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port, const Deadline& deadline,
                                       std::chrono::milliseconds timeout) const;

 private:
  // Shared with the threads, which may outlive the resolver.
  std::shared_ptr<std::atomic<int>> running_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace tento::http::inner
