// SPDX-License-Identifier: Apache-2.0
// Scope, handler, audit.
#include "host/operations/perform.hpp"

#include "host/base/error.hpp"
#include "host/base/text.hpp"
#include "host/operations/problem.hpp"
#include "host/services/audit_log.hpp"
#include "host/store/store.hpp"
#include "host/store/store_files.hpp"

namespace tento::host {

namespace {

constexpr std::size_t longest_target = 512;

// What the operation is done to: its positional arguments, else the name it is given.
std::string target_of(const Operation& operation, const Args& args) {
  std::string out;
  for (const auto& param : operation.params) {
    if (!param.positional || !args.has(param.name)) continue;
    const auto number = args.integer(param.name);
    out += (out.empty() ? "" : " ") + (number ? std::to_string(*number) : args.text(param.name));
  }
  if (out.empty()) out = args.text("name");
  return plain(out, longest_target);
}

std::string outcome_of(const Result<Output>& output) {
  if (!output) return std::string(tag_or_code(output.error()));
  return output->then ? std::string(tag_or_code(*output->then)) : "ok";
}

Result<void> note(const Operation& operation, Context& ctx, const Args& args, const std::string& outcome) {
  TENTO_TRY_ASSIGN(auto* store, ctx.engine.store());
  AuditRecord record;
  // Of a user who is not there (any more) nothing is named.
  if (const auto owner = ctx.owner()) record.owner = owner->id;
  record.token = ctx.caller.principal.token;
  record.operation = operation.name();
  record.target = ctx.audit_target.value_or(target_of(operation, args));
  record.outcome = outcome;
  return write_audit(*store, ctx.caller.actor, std::move(record));
}

}  // namespace

Result<Output> perform(const Operation& operation, Context& ctx, const Args& args) {
  const auto run = [&]() -> Result<Output> {
    if (!allows(ctx.caller.principal, operation.scope))
      return fail(missing_scope(ctx.caller.principal, operation.scope, quote(operation.name())));
    return operation.handler(ctx, args);
  };
  auto output = run();
  if (operation.scope != Scope::write && operation.scope != Scope::admin) return output;
  // What has no way over HTTP works on the store's files: one that failed may have left none to note it in.
  if (operation.http.path.empty() && !output) return output;
  // Where there is no store nothing was done yet that somebody may want to look up, and looking around makes none.
  if (operation.http.method == Method::get && !store_is_there(ctx.engine.config().data_dir).value_or(true))
    return output;
  // What is done is done, and said: that the log could not be written is said beside it.
  const auto noted = note(operation, ctx, args, outcome_of(output));
  if (output && !noted) output->notes.push_back("the audit log could not be written: " + noted.error().message);
  return output;
}

Caller caller_of(const std::shared_ptr<const Principal>& principal) {
  Caller caller;
  caller.principal = *principal;
  caller.actor.kind = TENTO_ACTOR_TOKEN;
  caller.actor.id = principal->owner.id;
  caller.actor.name = principal->name;
  caller.actor.may_operate = allows(*principal, Scope::admin);
  return caller;
}

Result<void> check_host_admin(Context& ctx) {
  const auto& principal = ctx.caller.principal;
  if (principal.token.empty()) return {};
  TENTO_TRY_ASSIGN(auto* store, ctx.engine.store());
  TENTO_TRY_ASSIGN(const auto first, store->users().default_user());
  if (first.id == principal.owner.id && allows(principal, Scope::admin)) return {};
  return error(ErrorCode::forbidden, ErrorClass::config,
               "this is for who runs the host, and the token " + principal.token + " is another user's")
      .tag("host_admin")
      .remedy("use the command line");
}

}  // namespace tento::host
