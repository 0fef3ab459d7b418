// SPDX-License-Identifier: Apache-2.0
/// @file uuid.hpp
/// A UUID as a value with its text form (RFC 9562). Making one (v4, v5) is the host's business.
#pragma once

#include "build_mode.hpp"  // first: what it says has to come before what follows from it

#include <tento/base.h>

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tento {

/// Sixteen bytes in network order.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};  ///< most significant byte first

  /// The value of an ABI uuid.
  static Uuid from_abi(const tento_uuid& abi) noexcept {
    Uuid u;
    std::memcpy(u.bytes.data(), abi.bytes, u.bytes.size());
    return u;
  }
  /// As an ABI uuid.
  [[nodiscard]] tento_uuid to_abi() const noexcept {
    tento_uuid u;
    std::memcpy(u.bytes, bytes.data(), bytes.size());
    return u;
  }
  /// Lower-case text with hyphens, 36 characters.
  [[nodiscard]] std::string text() const {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
      out += digits[bytes[i] >> 4];
      out += digits[bytes[i] & 15];
    }
    return out;
  }
  /// Reads 32 hex digits with or without hyphens; nothing when it is none.
  static std::optional<Uuid> parse(std::string_view text) noexcept {
    Uuid u;
    std::size_t n = 0;
    for (char c : text) {
      if (c == '-') continue;
      int d = c >= '0' && c <= '9'   ? c - '0'
              : c >= 'a' && c <= 'f' ? c - 'a' + 10
              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                     : -1;
      if (d < 0 || n == 32) return std::nullopt;
      u.bytes[n / 2] = static_cast<std::uint8_t>((u.bytes[n / 2] << 4) | d);
      ++n;
    }
    if (n != 32) return std::nullopt;
    return u;
  }
  /// All zeros.
  [[nodiscard]] bool nil() const noexcept {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
  }
  /// Orders by bytes.
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

}  // namespace tento

// Doxygen 1.9 cannot place the specialization.
/// @cond
template <>
struct std::hash<tento::Uuid> {
  std::size_t operator()(const tento::Uuid& u) const noexcept {
    std::size_t h = 0;
    std::memcpy(&h, u.bytes.data() + 8, sizeof h);
    return h;
  }
};
/// @endcond
