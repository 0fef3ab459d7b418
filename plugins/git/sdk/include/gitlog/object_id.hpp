// SPDX-License-Identifier: Apache-2.0
/// @file object_id.hpp
/// The name of a git object (SHA-1), and compact sets of them.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gitlog {

/// Twenty bytes that name an object.
struct ObjectId {
  std::array<std::uint8_t, 20> bytes{};  ///< as SHA-1 gave them

  /// Forty lower-case hexadecimal digits.
  [[nodiscard]] std::string hex() const;
  /// Reads exactly forty hexadecimal digits.
  [[nodiscard]] static std::optional<ObjectId> parse(std::string_view hex);
  /// By bytes.
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

/// One name for a list of names: equal lists have equal ones.
[[nodiscard]] ObjectId fingerprint(std::span<const ObjectId> ids);

/// Object names are uniformly distributed already: their first bytes are the hash.
struct ObjectIdHash {
  using is_avalanching = void;  ///< tells the hash tables that no further mixing is needed
  /// The first bytes of the name.
  std::size_t operator()(const ObjectId& id) const noexcept {
    std::size_t head = 0;
    std::memcpy(&head, id.bytes.data(), sizeof head);
    return head;
  }
};

/// A set of names, about 24 bytes each.
using ObjectIdSet = boost::unordered_flat_set<ObjectId, ObjectIdHash>;
/// A map from names, stored flat.
template <class T>
using ObjectIdMap = boost::unordered_flat_map<ObjectId, T, ObjectIdHash>;

}  // namespace gitlog
