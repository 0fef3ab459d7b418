// SPDX-License-Identifier: Apache-2.0
/// @file link.hpp
/// The `Link` header (RFC 8288), by which services say where the next page is, and references resolved against the URL
/// they came from (RFC 3986 section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport.hpp"

namespace tento::http {

/// One link of a `Link` header.
struct Link {
  std::string target;                                          ///< the reference as it stands; may be relative
  std::string rel;                                             ///< its relations in lower case, separated by spaces
  std::string anchor;                                          ///< what it is a link of, when not the answer itself
  friend bool operator==(const Link&, const Link&) = default;  ///< memberwise

  /// Whether `relation` (lower case) is one of its relations.
  [[nodiscard]] bool has_rel(std::string_view relation) const noexcept;
};

/// The links of one header value, in order. Lenient where RFC 8288 appendix B is; a value that breaks off (no `>`, no
/// closing quote) is the error `bad_link_header` (invalid_data, provider), which names the place.
[[nodiscard]] Result<std::vector<Link>> parse_links(std::string_view value);

/// The target of the first link with that relation among all `Link` headers of an answer, resolved against the
/// answer's own URL; nothing when there is none. A link with an anchor speaks of something else and is passed over.
[[nodiscard]] Result<std::optional<std::string>> find_link(const Response& response, std::string_view relation);

/// `reference` as seen from `base`, an absolute URL: what an absolute reference says wins, `//host/p`, `/p`, `p`, `?q`
/// and `#f` take the rest from `base`, and dot segments are taken out. A fragment is dropped, since no server sees it.
/// `bad_url` (invalid_data, provider) when `base` is not absolute, or when either holds a control character, a space or
/// a byte that is no ASCII.
[[nodiscard]] Result<std::string> resolve_url(std::string_view base, std::string_view reference);

}  // namespace tento::http
