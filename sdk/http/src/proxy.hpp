// SPDX-License-Identifier: Apache-2.0
// Which proxy a URL goes through.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tento/http/client.hpp>
#include <vector>

#include "url.hpp"

namespace tento::http::inner {

/// An HTTP proxy.
struct Proxy {
  std::string host;
  std::uint16_t port = 0;
  std::string origin;         ///< what errors name
  std::string authorization;  ///< value of Proxy-Authorization; empty = none
};

/// A list of hosts that go direct.
class NoProxy {
 public:
  NoProxy() = default;
  /// Entries apart by commas or spaces: `*`, an address, a CIDR block, or a domain, which stands for the names below it
  /// as well; each but `*` and blocks may end in `:port`. What is none of these matches nothing.
  explicit NoProxy(std::string_view list);
  [[nodiscard]] bool matches(const Url& url) const;

 private:
  struct Entry {
    std::string host;                // a domain, or an address in its bytes
    std::optional<int> prefix = {};  // of addresses: how many bits have to be equal
    std::uint16_t port = 0;          // 0 = any
  };
  bool all_ = false;
  std::vector<Entry> entries_;
};

/// What ProxyOptions come to.
class ProxyRules {
 public:
  using Environment = std::function<std::optional<std::string>(const char*)>;

  /// Reads the variables by `environment` now. A URL of `options` that is none is an error at once; one of the
  /// environment is an error of the requests that it is for.
  static Result<ProxyRules> create(const ProxyOptions& options, const Environment& environment);
  /// The proxy for `url`; null = direct.
  [[nodiscard]] Result<const Proxy*> choose(const Url& url) const;

 private:
  struct Choice {
    std::optional<Proxy> proxy = {};
    std::optional<Error> error = {};
    bool from_environment = false;
  };
  Choice http_, https_;
  NoProxy no_proxy_;
};

/// The environment of this process.
std::optional<std::string> process_environment(const char* name);

}  // namespace tento::http::inner
