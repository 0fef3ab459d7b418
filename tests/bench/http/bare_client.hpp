// SPDX-License-Identifier: Apache-2.0
// The baseline: the shortest client that Beast makes, over one blocking connection, with no deadline, limit or check.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tento::bench {

class BareClient {
 public:
  explicit BareClient(std::uint16_t port);
  BareClient(const BareClient&) = delete;
  BareClient& operator=(const BareClient&) = delete;
  ~BareClient();
  /// Reads the whole body of `target`; its size.
  std::size_t get(const std::string& target);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::bench
