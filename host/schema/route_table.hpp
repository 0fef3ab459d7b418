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

namespace tento::host {

// One row pattern of one provider.
struct Route {
  std::shared_ptr<Provider> provider;
  const tento_integration* integration = nullptr;
  const tento_row* row = nullptr;
  const tento_sync_shape* sync_shape = nullptr;  // the sync-plugin's when it gives one, else the row's
  Pattern pattern;
  int account_param = -1;                        // index among the pattern's params; -1 = no account
  const Route* logs_of = nullptr;                // the sync-backed row this LOGS row belongs to
  std::uint32_t verbs = 0;
};

// A key that matched. Raw values are views into the key; decoded ones are made on demand.
struct RouteMatch {
  const Route* route = nullptr;
  std::vector<Param> params;  // decoded, pattern order
};

class RouteTable {
 public:
  virtual ~RouteTable() = default;
  // The route of a key of the form `:~a:b:c`. not_found names the nearest patterns; a verb that no route of the key
  // has is `unsupported` and names those it has (HTTP: 405). Allocates nothing but the params.
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
// Step 9: patterns parse and start with a prefix of the note, no two routes clash, every guard is in `guards`.
SchemaResult build_route_table(std::span<const std::shared_ptr<Provider>> providers, std::span<const std::string> guards);

// The contract's match_key over a provider's or the host's whole table is RouteTable::match.

}  // namespace tento::host
