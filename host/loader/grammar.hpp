// SPDX-License-Identifier: Apache-2.0
// The small grammars of the contract: ids, interface ids, prefixes, names, versions, UTF-8.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tento::host::grammar {

// [a-z][a-z0-9-]{0,30}, no hyphen at the end.
[[nodiscard]] bool is_provider_id(std::string_view text);
// [A-Za-z][A-Za-z0-9]{0,63}
[[nodiscard]] bool is_integration_id(std::string_view text);
// `<name>/<revision>`: name [a-z][a-z0-9-]*(\.[a-z0-9-]+)*, revision 1 to 999999 without leading zeros; at most 128
// bytes.
[[nodiscard]] bool is_interface_id(std::string_view text);
// A key prefix of at most 64 bytes: the first segment of the keys a provider owns.
[[nodiscard]] bool is_prefix(std::string_view text);
// [a-z][a-z0-9_-]{0,31}: stages, limits, features, guards.
[[nodiscard]] bool is_name(std::string_view text);
// [a-z][a-z0-9_]{0,63}: settings.
[[nodiscard]] bool is_setting_name(std::string_view text);
// A camelCase word of at most 64 bytes: params of a pattern.
[[nodiscard]] bool is_param_name(std::string_view text);
// [a-z0-9_]{1,63}: tags of errors.
[[nodiscard]] bool is_tag(std::string_view text);
// Letters, digits and hyphens, 2 to 35 bytes, not beginning or ending with a hyphen (the shape of BCP 47).
[[nodiscard]] bool is_language(std::string_view text);
// A JSON Pointer (RFC 6901).
[[nodiscard]] bool is_json_pointer(std::string_view text);
// `https://host[:port]`, or http on a loopback host; nothing after the port.
[[nodiscard]] bool is_origin(std::string_view text);
// An https URL, or an http one on a loopback host.
[[nodiscard]] bool is_secure_url(std::string_view text);
// `#rrggbb`
[[nodiscard]] bool is_colour(std::string_view text);
// A file or folder, absolute or below the home folder (`~/x`): segments that are neither empty nor `.` nor `..`, in
// UTF-8 without control characters. Neither the whole disk nor the whole home folder.
[[nodiscard]] bool is_read_path(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
// Text fit for a log line: bytes that are no printable UTF-8 are written as \xNN, cut at `limit` bytes.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 120);

// A version by SemVer 2.0.0. Order is precedence: build metadata does not count.
struct Version {
  std::string major, minor, patch;      // digits without leading zeros
  std::vector<std::string> prerelease;  // identifiers
  friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }
};
[[nodiscard]] std::optional<Version> parse_version(std::string_view text);

}  // namespace tento::host::grammar
