// SPDX-License-Identifier: Apache-2.0
// Whose rows are meant, and contexts with more of the host.
#include "host/operations/context.hpp"

#include "host/base/did_you_mean.hpp"
#include "host/base/error.hpp"
#include "host/base/text.hpp"

namespace tento::host {

Result<UserRecord> owner_of(const Caller& caller, const Config& config, Store& store) {
  if (!caller.principal.owner.id.nil()) return caller.principal.owner;
  if (!config.owner.empty()) return user_named(store, config.owner);
  return store.users().default_user();
}

Result<UserRecord> user_named(Store& store, std::string_view name) {
  TENTO_TRY_ASSIGN(auto found, store.users().find_by_name(name));
  if (found) return std::move(*found);
  TENTO_TRY_ASSIGN(const auto owners, store.users().all());
  std::vector<std::string> names;
  for (const auto& owner : owners) names.push_back(owner.name);
  return error(ErrorCode::not_found, ErrorClass::config, "there is no user " + quote(name) + did_you_mean(name, names))
      .tag("no_such_user")
      .remedy("{op:user list} shows those there are");
}

Result<StoreContext> with_store(const Context& context) {
  TENTO_TRY_ASSIGN(const auto opened, context.parts.open_store());
  return StoreContext(context, opened);
}

Result<HostContext> with_host(const Context& context) {
  TENTO_TRY_ASSIGN(const auto opened, context.parts.open_host());
  return HostContext(context, opened);
}

}  // namespace tento::host
