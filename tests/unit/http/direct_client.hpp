// SPDX-License-Identifier: Apache-2.0
// A client that reaches the test's server itself, whatever proxy the environment names.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <tento/http/client.hpp>
#include <utility>

namespace tento::test {

inline std::unique_ptr<http::Client> direct_client(http::ClientOptions options = {}) {
  options.proxy.from_environment = false;
  auto made = http::Client::create(std::move(options));
  REQUIRE(made.has_value());
  return std::move(*made);
}

}  // namespace tento::test
