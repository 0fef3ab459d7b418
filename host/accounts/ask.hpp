// SPDX-License-Identifier: Apache-2.0
// One request of the host itself to a service: no account's credential, no redirects, a short answer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>
#include <tento/sdk/transport.hpp>

#include "host/egress/service.hpp"

namespace tento::host {

struct AskedFor {
  std::uint32_t status = 0;
  http::Headers headers;
  std::string body;  // with room behind it for parsers that read ahead; wiped when it goes
  AskedFor() = default;
  AskedFor(AskedFor&&) noexcept = default;
  AskedFor& operator=(AskedFor&&) noexcept = default;
  AskedFor(const AskedFor&) = delete;
  AskedFor& operator=(const AskedFor&) = delete;
  ~AskedFor();
};

// The body of the request is wiped. An error is for the network (class transient) and for an answer longer than `most`.
[[nodiscard]] Result<AskedFor> ask(HttpService& http, http::Request request, std::size_t most,
                                   const std::function<bool()>& stopped);
// The error of a service that cannot answer now, with what it says of when to come again.
[[nodiscard]] Error unavailable(std::string_view what, const AskedFor& answer);

}  // namespace tento::host
