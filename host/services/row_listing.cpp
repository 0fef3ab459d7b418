// SPDX-License-Identifier: Apache-2.0
// Pattern by pattern, in the order of the table.
#include "host/services/row_listing.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "host/dispatch/stored_route.hpp"
#include "host/loader/descriptors.hpp"
#include "host/services/directory.hpp"

namespace tento::host {
namespace {

class RowLister {
 public:
  RowLister(const HeldRows& held, const RowFilter& filter, const Principal& principal)
      : accounts_(held.accounts), filter_(filter), principal_(principal) {
    for (const auto& row : held.rows) rows_[row.pattern].push_back(&row);
    for (const auto& ends : held.ends) ends_.emplace(ends.row, &ends);
  }

  // The rows that a pattern comes to; the pattern itself where it is none yet, or where more may come.
  void list(const Route& route, std::vector<ListedRow>& out) {
    std::set<std::string> told;
    const auto tell = [&](ListedRow row) {
      if (!allows_key(principal_, row.key) || !told.insert(row.key).second) return;
      out.push_back(std::move(row));
    };
    // Both in their order: what the accounts come to, then what else is stored.
    const auto stored = take(route);
    for (const auto& account : accounts_) {
      if (!meant(account.provider, account.auth_id)) continue;
      const auto key = account_key(route, account);
      if (!key) continue;
      const auto row =
          std::find_if(stored.begin(), stored.end(), [&](const RowRecord* r) { return r->lookup_key == *key; });
      if (row == stored.end())
        tell({&route, *key, account.auth_id});
      else
        tell(stored_row(route, **row, RowState::active));
    }
    for (const auto* row : stored) {
      if (!meant(row->provider, row->auth_id)) continue;
      const bool connected = row->auth_id.empty() || is_connected(*row);
      // Without its account there is nothing to be read of a row whose cells are made when they are read.
      if (!connected && route.sync_shape == nullptr) continue;
      tell(stored_row(route, *row, connected ? RowState::active : RowState::disconnected));
    }
    const bool no_param = std::none_of(route.pattern.segments().begin(), route.pattern.segments().end(),
                                       [](const Segment& segment) { return segment.param; });
    if (no_param && !filter_.account) tell({&route, route.pattern.text()});
    // A token with prefixes is for rows, not for what could be some.
    if (told.empty() && !filter_.account && principal_.prefixes.empty()) out.push_back({&route});
  }

  // The stored rows of a route, which are then not listed as rows without one.
  std::vector<const RowRecord*> take(const Route& route) {
    const auto stored = rows_.find(route.pattern.text());
    if (stored == rows_.end()) return {};
    auto out = std::move(stored->second);
    rows_.erase(stored);
    return out;
  }

  // The stored rows of patterns that were not taken before: no loaded provider has them. Gives whether there are any.
  Result<bool> list_unserved(std::vector<ListedRow>& out) {
    const auto before = out.size();
    for (const auto& [pattern, rows] : rows_) {
      for (const auto* row : rows) {
        if ((!filter_.provider.empty() && row->provider != filter_.provider) || !meant(row->provider, row->auth_id) ||
            !allows_key(principal_, row->lookup_key))
          continue;
        TENTO_TRY_ASSIGN(auto route, make_stored_route(*row));
        out.push_back(stored_row(*route, *row, RowState::no_provider));
        out.back().stored_route = std::move(route);
      }
    }
    return out.size() > before;
  }

 private:
  [[nodiscard]] ListedRow stored_row(const Route& route, const RowRecord& row, RowState state) const {
    ListedRow out{&route, row.lookup_key, row.auth_id, row.label, row.attributes_json, state};
    out.paused = row.paused;
    out.due_us = row.due_us;
    if (const auto found = ends_.find(row.id); found != ends_.end()) {
      out.ok_us = found->second->ok_us;
      out.failed_us = found->second->failed_us;
    }
    return out;
  }
  [[nodiscard]] bool meant(const std::string& provider, const std::string& auth_id) const {
    return !filter_.account || (provider == filter_.account->provider && auth_id == filter_.account->auth_id);
  }
  [[nodiscard]] bool is_connected(const RowRecord& row) const {
    return std::any_of(accounts_.begin(), accounts_.end(), [&](const AccountRecord& account) {
      return account.provider == row.provider && account.auth_id == row.auth_id;
    });
  }

  const std::vector<AccountRecord>& accounts_;
  const RowFilter& filter_;
  const Principal& principal_;
  std::map<std::string, std::vector<const RowRecord*>> rows_;  // by pattern
  std::map<Uuid, const RowEnds*> ends_;
};

}  // namespace

Result<RowListing> list_rows(const RouteTable& table, const HeldRows& held, const RowFilter& filter,
                             const Principal& principal) {
  RowListing out;
  RowLister lister(held, filter, principal);
  for (const auto* route : table.routes()) {
    const auto& id = route->provider->note().id;
    out.providers.push_back(id);
    const bool wanted =
        (filter.provider.empty() || filter.provider == id) && (filter.all_types || view(route->row->type) == "data");
    if (!wanted)
      static_cast<void>(lister.take(*route));
    else if (filter.patterns)
      out.rows.push_back({route});
    else
      lister.list(*route, out.rows);
  }
  if (filter.patterns) return out;
  TENTO_TRY_ASSIGN(out.unserved, lister.list_unserved(out.rows));
  return out;
}

std::vector<AccountRecord> visible_accounts(const RouteTable& table, std::vector<AccountRecord> accounts,
                                            const Principal& principal) {
  if (principal.prefixes.empty()) return accounts;
  std::erase_if(accounts, [&](const AccountRecord& each) {
    const auto keys = account_keys(table, each);
    return std::none_of(keys.begin(), keys.end(), [&](const std::string& key) { return allows_key(principal, key); });
  });
  return accounts;
}

}  // namespace tento::host
