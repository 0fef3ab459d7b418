// SPDX-License-Identifier: Apache-2.0
// A server on this machine for the length of one command, which a service sends the browser back to (RFC 8252 section
// 7.3).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <tento/sdk/result.hpp>

#include "host/app/parts_on_demand.hpp"

namespace tento::cli {

class Loopback {
 public:
  explicit Loopback(host::PartsOnDemand& parts);
  ~Loopback();
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;
  // Begins to listen, once; where it is reached, `http://127.0.0.1:40123`. `port` 0 = any that is free. Opens the app.
  Result<std::string> base(unsigned port);
  // Answers that are under way go out.
  void end();

 private:
  struct Running;
  host::PartsOnDemand& parts_;
  std::unique_ptr<Running> running_;
};

}  // namespace tento::cli
