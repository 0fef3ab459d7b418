// SPDX-License-Identifier: Apache-2.0
// Which requests are taken at all, whatever they ask for: by what they call the server, and by the origin of the page
// that sends them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/server/exchange.hpp"

namespace tento::host::server {

// A value; the server may be given another while it runs.
struct RequestPolicy {
  std::vector<std::string> hosts;    // values of Host that name this server, in small letters
  std::vector<std::string> origins;  // values of Origin that are its own pages
  std::vector<std::string> cors;     // values of Origin of other sites whose pages may use it
  bool open_loopback = false;        // without a token, from this machine
  std::string public_url;            // `http://127.0.0.1:7700`

  // Refuses what may come from a page that a browser was lured to (DNS rebinding, a foreign origin). `any_address`:
  // requests that name an IP address, or nothing, are taken, as load balancers send them; a page cannot send those.
  [[nodiscard]] std::optional<Answer> refusal(const Request& request, bool any_address) const;
  // Whether pages of that origin may read answers although they are not the server's own.
  [[nodiscard]] bool shares_with(std::string_view origin) const;
};

}  // namespace tento::host::server
