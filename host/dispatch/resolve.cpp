// SPDX-License-Identifier: Apache-2.0
// `:~a:b:c`, `[user@host]:~a:b:c`, `r_<32 hex>`, and a key without its account.
#include "host/dispatch/resolve.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/access/key_prefix.hpp"
#include "host/base/error.hpp"
#include "host/base/mark.hpp"
#include "host/base/text.hpp"
#include "host/dispatch/stored_route.hpp"
#include "host/model/row_id.hpp"
#include "host/store/store.hpp"

namespace tento::host {
namespace {

tl::unexpected<Error> no_row(std::string_view key) {
  return fail(ErrorCode::not_found, ErrorClass::config, "no row is called " + quote(key), "no_route");
}

// Where the account stands among the segments of the route's pattern.
std::size_t account_segment(const Route& route) {
  int params = 0;
  const auto& segments = route.pattern.segments();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].param && params++ == route.account_param) return i;
  }
  return segments.size();
}

std::string with_segment(std::string_view key, std::size_t at, std::string_view encoded) {
  std::string out;
  std::size_t index = 0;
  for (const std::string_view segment : KeySegments(key)) {
    if (index++ == at) (out += ':') += encoded;
    (out += ':') += segment;
  }
  if (index == at) (out += ':') += encoded;
  return out;
}

std::string_view kind_of(const Route& route) {
  const tento_auth* auth = route.integration->auth;
  return auth == nullptr || auth->kind.size == 0 ? std::string_view(route.provider->note().id) : view(auth->kind);
}

// The accounts that could stand in the route's account param.
Result<std::vector<AccountRecord>> candidates(Store& store, const UserRecord& owner, const Route& route) {
  TENTO_TRY_ASSIGN(auto all, store.accounts().of_user(owner.id, route.provider->note().id));
  std::erase_if(all, [&](const AccountRecord& a) { return !a.kind.empty() && a.kind != kind_of(route); });
  return all;
}

// A key that no route has may be one that leaves its account out.
Result<RouteMatch> match_without_account(Store& store, const RouteTable& table, const UserRecord& owner,
                                         std::string_view key, std::uint32_t verb, const Error& miss) {
  const std::size_t segments = static_cast<std::size_t>(std::count(key.begin(), key.end(), ':'));
  for (std::size_t at = 1; at <= segments; ++at) {
    // A digit is no camelCase word, so it takes the place of a param and of nothing else.
    const std::string probe = with_segment(key, at, "0");
    RawSegments raw;
    const RawMatch found = table.match_raw(probe, verb, raw);
    if (found.kind == RawMatch::Kind::wrong_verb) return table.match(probe, verb);
    if (found.route == nullptr || found.route->account_param < 0 || account_segment(*found.route) != at) continue;
    TENTO_TRY_ASSIGN(const auto accounts, candidates(store, owner, *found.route));
    const std::string& provider = found.route->provider->note().id;
    if (accounts.empty()) {
      return fail(ErrorCode::not_found, ErrorClass::config,
                  quote(key) + " leaves out the account of " + provider +
                      ", and none is connected: connect one first (tento "
                      "account connect " +
                      provider + ")",
                  "no_account");
    }
    if (accounts.size() > 1) {
      const std::string names = join(accounts, ", ", [&](const AccountRecord& account) {
        return with_segment(key, at, percent_encode_param(account.auth_id));
      });
      return fail(
          ErrorCode::conflict, ErrorClass::config,
          quote(key) + " leaves out the account of " + provider + ", and there are several: name one of " + names,
          "ambiguous_account");
    }
    return table.match(with_segment(key, at, percent_encode_param(accounts.front().auth_id)), verb);
  }
  return fail(miss);
}

// The key with its escaped colons as colons; empty when it has none.
std::string with_plain_colons(std::string_view key) {
  std::string out;
  bool any = false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool colon =
        key[i] == '%' && i + 2 < key.size() && key[i + 1] == '3' && (key[i + 2] == 'A' || key[i + 2] == 'a');
    out += colon ? ':' : key[i];
    if (colon) i += 2;
    any = any || colon;
  }
  return any ? out : std::string();
}

Result<RouteMatch> match_key(Store& store, const RouteTable& table, const UserRecord& owner, std::string_view key,
                             std::uint32_t verb) {
  auto match = table.match(key, verb);
  if (match || match.error().code != ErrorCode::not_found) return match;
  // An escaped colon is part of a name where a route has such a key; else somebody on the way escaped a separator.
  if (const auto plain = with_plain_colons(key); !plain.empty()) {
    auto again = table.match(plain, verb);
    if (again || again.error().code != ErrorCode::not_found) return again;
  }
  return match_without_account(store, table, owner, key, verb, match.error());
}

// The row behind `r_<32 hex>`, whosever it is.
Result<std::optional<RowRecord>> row_of_id(Store& store, std::string_view key) {
  const std::string_view hex = key.substr(2);
  const auto id = hex.size() == 32 ? Uuid::parse(hex) : std::nullopt;
  if (!id) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config,
                quote(key) + " is not a row id: `r_` and 32 hex digits", "invalid_key");
  }
  return store.rows().find(*id);
}

// Another owner's row, for whoever was let in; for anybody else it is as if it did not exist, down to the questions
// asked of the store: an unknown owner's grants are looked up, too.
Result<Target> resolve_foreign(Store& store, std::shared_ptr<const RouteTable> table, const UserRecord& reader,
                               const std::optional<UserRecord>& owner, std::string_view key, std::string_view asked,
                               std::uint32_t verb) {
  const std::uint32_t wanted = verb == 0 ? std::uint32_t{TENTO_VERB_GET} : verb;
  TENTO_TRY_ASSIGN(const auto canonical, canonical_prefix(key));
  TENTO_TRY_ASSIGN(const auto grants, store.grants().list_to(reader.id, owner ? owner->id : Uuid{}));
  const auto granted = [&](std::string_view to) {
    return std::any_of(grants.begin(), grants.end(), [&](const GrantRecord& grant) {
      return (grant.verbs & wanted) == wanted && covers(grant.prefix, to);
    });
  };
  if (!owner || !granted(canonical)) return no_row(asked);
  TENTO_TRY_ASSIGN(auto target, resolve_key(store, std::move(table), *owner, canonical, verb));
  // A key that left its account out may have led elsewhere.
  if (!granted(target.row.lookup_key)) return no_row(asked);
  return target;
}

// A stored row that no loaded provider serves, by its key.
Result<std::optional<Target>> resolve_without_provider(Store& store, const UserRecord& owner, std::string_view key) {
  TENTO_TRY_ASSIGN(const auto canonical, canonical_prefix(key));
  TENTO_TRY_ASSIGN(auto row, store.rows().find(row_id(owner.id, canonical)));
  if (!row) return std::nullopt;
  Target out;
  out.owner = owner;
  out.state = RowState::no_provider;
  TENTO_TRY_ASSIGN(out.stored_route, make_stored_route(*row));
  out.match.route = out.stored_route.get();
  // The account may be there still: its zone is what the cells' days are counted in.
  if (!row->auth_id.empty()) {
    TENTO_TRY_ASSIGN(out.account, store.accounts().find(owner.id, row->provider, row->auth_id));
  }
  out.row = std::move(*row);
  return out;
}

// Whether the store has what a row without its account can be read from: its cells, or the runs of the row it logs.
Result<bool> has_kept_data(Store& store, const Route& route, const RowRecord& row) {
  if (route.sync_shape == nullptr && route.logs_of == nullptr) return false;
  const std::string_view key = row.lookup_key;
  const Uuid of = route.logs_of == nullptr ? row.id : row_id(row.owner, key.substr(0, key.rfind(':')));
  TENTO_TRY_ASSIGN(const auto stored, store.rows().find(of));
  return stored.has_value();
}

}  // namespace

Result<Target> resolve_key(Store& store, std::shared_ptr<const RouteTable> table, const UserRecord& owner,
                           std::string_view key, std::uint32_t verb) {
  const std::string_view asked = key;
  if (key.size() > TENTO_MAX_KEY + 512) return fail(key_error(KeyDefect::too_long, key));
  if (key.starts_with('[')) {
    const std::size_t end = key.find("]:");
    if (end == std::string_view::npos) {
      return fail(ErrorCode::invalid_argument, ErrorClass::config,
                  quote(key) + " names an owner but not where the name ends: [user@host]:~provider:...", "invalid_key");
    }
    const auto name = key.substr(1, end - 1);
    key = key.substr(end + 1);
    if (name != owner.name) {
      TENTO_TRY_ASSIGN(const auto other, store.users().find_by_name(name));
      return resolve_foreign(store, std::move(table), owner, other, key, asked, verb);
    }
  }
  std::string of_id;
  if (key.starts_with("r_")) {
    TENTO_TRY_ASSIGN(auto row, row_of_id(store, key));
    if (!row || row->owner != owner.id) {
      TENTO_TRY_ASSIGN(const auto other, store.users().find(row ? row->owner : Uuid{}));
      return resolve_foreign(store, std::move(table), owner, other, row ? std::string_view(row->lookup_key) : ":~none",
                             asked, verb);
    }
    of_id = std::move(row->lookup_key);
    key = of_id;
  }

  Target out;
  out.owner = owner;
  auto match = match_key(store, *table, owner, key, verb);
  if (!match) {
    if (match.error().code == ErrorCode::not_found && verb == TENTO_VERB_GET) {
      TENTO_TRY_ASSIGN(auto kept, resolve_without_provider(store, owner, key));
      if (kept) return std::move(*kept);
    }
    return fail(std::move(match).error());
  }
  out.match = std::move(*match);
  const Route& route = *out.match.route;
  out.row.owner = owner.id;
  out.row.provider = route.provider->note().id;
  out.row.integration = view(route.integration->id);
  out.row.pattern = route.pattern.text();
  TENTO_TRY_ASSIGN(out.row.lookup_key, route.pattern.key(out.match.params));
  out.row.id = row_id(owner.id, out.row.lookup_key);
  if (route.account_param >= 0) {
    out.row.auth_id = out.match.params[static_cast<std::size_t>(route.account_param)].value;
    const auto account = store.accounts().find(owner.id, out.row.provider, out.row.auth_id);
    if (!account) return fail(account.error());
    if (*account && ((**account).kind.empty() || (**account).kind == kind_of(route))) {
      out.account = **account;
    } else {
      TENTO_TRY_ASSIGN(const bool kept, has_kept_data(store, route, out.row));
      const bool reads = verb == TENTO_VERB_GET || verb == 0;
      if (kept && verb == TENTO_VERB_GET)
        out.state = RowState::disconnected;
      else if (reads || route.integration->client_for_write == nullptr)  // else it is written without an account
        return error(ErrorCode::not_found, ErrorClass::config,
                     "no account " + quote(out.row.auth_id) + " of " + out.row.provider + " is connected")
            .tag("no_account")
            .remedy("connect it with {op:account connect provider=" + mark_value(out.row.provider) + "}");
    }
  }
  out.row.label = view(route.row->label.text);
  const auto known = store.rows().find(out.row.id);
  if (!known) return fail(known.error());
  if (*known) out.row = **known;
  out.table = std::move(table);
  return out;
}

}  // namespace tento::host
