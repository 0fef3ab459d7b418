// SPDX-License-Identifier: Apache-2.0
// Every route of every provider as one immutable table; lookup is O(key length), however many there are.
#pragma once

#include <tento/connector.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/key.hpp>
#include <tento/sdk/result.hpp>

#include "host/loader/provider.hpp"
#include "host/schema/route_trie.hpp"

namespace tento::host {

// One row pattern of one provider.
struct Route {
  std::shared_ptr<Provider> provider;
  const tento_integration* integration = nullptr;
  const tento_row* row = nullptr;
  const tento_sync_shape* sync_shape = nullptr;  // the sync-plugin's when it gives one, else the row's
  Pattern pattern;
  int account_param = -1;          // index among the pattern's params; -1 = no account
  const Route* logs_of = nullptr;  // the sync-backed row this LOGS row belongs to
  std::uint32_t verbs = 0;
  bool made_by_host = false;  // the `:logs` of a sync-backed row whose provider declares none; `row` is the host's own
};

// What a key comes to, before anything is decoded, checked or put into words. Costs no allocation, hit or miss.
struct RawMatch {
  enum class Kind : std::uint8_t { hit, wrong_verb, no_route } kind = Kind::no_route;
  const Route* route = nullptr;  // for a hit
  std::uint32_t verbs = 0;       // for wrong_verb: those there are
};

// A key that matched.
struct RouteMatch {
  const Route* route = nullptr;
  std::vector<tento::Param> params;  // decoded, pattern order
};

class RouteTable {
 public:
  virtual ~RouteTable() = default;
  // The route alone. `raw` receives the key's segments, still encoded and unchecked; a caller that goes on to use them
  // calls `match`. Verb 0 = any.
  [[nodiscard]] virtual RawMatch match_raw(std::string_view key, std::uint32_t verb,
                                           RawSegments& raw) const noexcept = 0;
  // The route of a key of the form `:~a:b:c`. not_found names the nearest patterns; a verb that no route of the key
  // has is `unsupported` and names those it has (HTTP: 405). Of several patterns that fit, the one with a literal where
  // the others have a param wins, from the left. Allocates nothing but the params; the text of an error is made after
  // the search.
  [[nodiscard]] virtual Result<RouteMatch> match(std::string_view key, std::uint32_t verb) const = 0;
  // As match for any verb.
  [[nodiscard]] virtual Result<RouteMatch> find(std::string_view key) const = 0;
  [[nodiscard]] virtual std::span<const Route* const> routes() const = 0;
};

// A route that could not be made part of the table: step 9. The provider it belongs to is rejected as a whole.
struct SchemaProblem {
  std::string provider;
  Rejection rejection;
};
struct SchemaResult {
  std::shared_ptr<const RouteTable> table;  // of the providers without problems
  std::vector<SchemaProblem> problems;
};
// Step 9: patterns parse and start with a prefix of the note, no two routes clash (params named otherwise make no other
// route), every guard is `operator` or in `guards`, account params and log rows fit. Of two providers that clash, the
// later one is rejected. A sync-backed row without a `:logs` of its own gets one that the host serves.
SchemaResult build_route_table(std::span<const std::shared_ptr<Provider>> providers,
                               std::span<const std::string> guards);

// The whole table of a provider or of the host matches by RouteTable::match.

}  // namespace tento::host
