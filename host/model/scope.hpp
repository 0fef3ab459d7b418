// SPDX-License-Identifier: Apache-2.0
// What a caller must be allowed to do.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tento::host {

enum class Scope { read, write, sync, admin };
inline constexpr std::array all_scopes{Scope::read, Scope::write, Scope::sync, Scope::admin};
[[nodiscard]] std::string_view to_string(Scope scope);
[[nodiscard]] std::optional<Scope> parse_scope(std::string_view word);

// A set of scopes. Who has `admin` may do everything.
class Scopes {
 public:
  constexpr Scopes() = default;
  [[nodiscard]] static constexpr Scopes everything() {
    Scopes out;
    for (const auto scope : all_scopes) out.add(scope);
    return out;
  }
  constexpr void add(Scope scope) { bits_ |= bit(scope); }
  [[nodiscard]] constexpr bool has(Scope scope) const { return (bits_ & (bit(scope) | bit(Scope::admin))) != 0; }

 private:
  static constexpr std::uint32_t bit(Scope scope) { return 1U << static_cast<unsigned>(scope); }
  std::uint32_t bits_ = 0;
};

}  // namespace tento::host
