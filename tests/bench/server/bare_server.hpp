// SPDX-License-Identifier: Apache-2.0
// The least that Beast can do: read a request, call a function for the body, write the answer; one connection at a
// time, one thread, no check, no deadline, no route.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tento::bench {

class BareServer {
 public:
  // Appends a body for a target; run on the server's thread.
  using Body = std::function<void(std::string_view target, std::string& out)>;
  explicit BareServer(Body body);
  ~BareServer();
  BareServer(const BareServer&) = delete;
  BareServer& operator=(const BareServer&) = delete;
  [[nodiscard]] std::uint16_t port() const;
  // 304 without a body, instead.
  void answer_not_modified(bool yes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::bench
