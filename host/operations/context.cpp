// SPDX-License-Identifier: Apache-2.0
// Whose rows are meant, and contexts with more of the host.
#include "host/operations/context.hpp"

namespace tento::host {

Result<UserRecord> owner_of(const Caller& caller, const Config& config, const Directory& directory) {
  if (!caller.principal.owner.id.nil()) return caller.principal.owner;
  if (!config.owner.empty()) return directory.user_named(config.owner);
  return directory.default_user();
}

Result<StoreContext> with_store(const Context& context) {
  TENTO_TRY_ASSIGN(const auto opened, context.parts.open_store());
  return StoreContext(context, opened);
}

Result<HostContext> with_host(const Context& context) {
  TENTO_TRY_ASSIGN(const auto opened, context.parts.open_host());
  return HostContext(context, opened);
}

Result<void> check_runs_host(const Context& context) {
  if (context.caller.principal.token.empty()) return {};
  TENTO_TRY_ASSIGN(const auto ctx, with_store(context));
  return ctx.admin.check_runs_host(context.caller.principal);
}

}  // namespace tento::host
