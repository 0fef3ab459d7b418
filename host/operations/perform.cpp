// SPDX-License-Identifier: Apache-2.0
// Scope, handler, audit.
#include "host/operations/perform.hpp"

#include "host/base/text.hpp"
#include "host/operations/problem.hpp"
#include "host/services/store_care.hpp"

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

Result<void> note(const Operation& operation, const Context& context, const Args& args, const std::string& outcome,
                  bool was_refused) {
  TENTO_TRY_ASSIGN(const auto ctx, with_store(context));
  AuditRecord record;
  // Of a user who is not there (any more) nothing is named.
  if (const auto owner = ctx.owner()) record.owner = owner->id;
  record.token = ctx.caller.principal.token;
  record.operation = operation.name();
  record.target = ctx.audit_target.value_or(target_of(operation, args));
  record.outcome = outcome;
  if (was_refused) return ctx.admin.write_refusal(ctx.caller.actor, std::move(record));
  return ctx.admin.write_audit(ctx.caller.actor, std::move(record));
}

// Whether the caller has the scope, and is who runs the host where that is needed.
Result<void> check_may(const Operation& operation, const Context& context) {
  const auto& principal = context.caller.principal;
  if (!allows(principal, operation.scope))
    return fail(missing_scope(principal, operation.scope, quote(operation.name())));
  if (operation.authority == Authority::user) return {};
  return check_runs_host(context);
}

// Opens what the handler takes, and calls it.
class Run {
 public:
  Run(Context& context, const Args& args) : context_(context), args_(args) {}
  Result<Output> operator()(Result<Output> (*handler)(Context&, const Args&)) const { return handler(context_, args_); }
  Result<Output> operator()(Result<Output> (*handler)(StoreContext&, const Args&)) const {
    return with(with_store(context_), handler);
  }
  Result<Output> operator()(Result<Output> (*handler)(HostContext&, const Args&)) const {
    return with(with_host(context_), handler);
  }

 private:
  template <class Opened>
  Result<Output> with(Result<Opened> opened, Result<Output> (*handler)(Opened&, const Args&)) const {
    if (!opened) return fail(std::move(opened).error());
    auto output = handler(*opened, args_);
    context_.audit_target = std::move(opened->audit_target);
    return output;
  }

  Context& context_;
  const Args& args_;
};

Result<Output> written_down(const Operation& operation, const Context& context, const Args& args,
                            Result<Output> output) {
  const Parts& parts = context.parts;
  if (operation.scope != Scope::write && operation.scope != Scope::admin) return output;
  // What has no way over HTTP works on the store's files: one that failed may have left none to note it in.
  if (operation.http.path.empty() && !output) return output;
  // Where there is no store nothing was done yet that somebody may want to look up, and looking around makes none.
  if (operation.http.method == Method::get && !store_is_there(parts.config().data_dir).value_or(true)) return output;
  // What is done is done, and said: that the log could not be written is said beside it.
  const bool refused = !output && output.error().code == ErrorCode::forbidden;
  const auto noted = note(operation, context, args, outcome_of(output), refused);
  if (output && !noted) output->notes.push_back("the audit log could not be written: " + noted.error().message);
  return output;
}

}  // namespace

Result<Output> begin(const Operation& operation, Parts& parts, Caller& caller, const Args& args) {
  Context context{parts, caller};
  const auto may = check_may(operation, context);
  auto output = may ? std::visit(Run(context, args), operation.handler) : fail(may.error());
  if (!output || !output->pending) return written_down(operation, context, args, std::move(output));
  output->pending = std::make_shared<MappedPending<Output, Output>>(
      std::move(output->pending), [&operation, context, &args](Result<Output> ended) {
        return written_down(operation, context, args, std::move(ended));
      });
  return output;
}

Result<Output> perform(const Operation& operation, Parts& parts, Caller& caller, const Args& args) {
  auto output = begin(operation, parts, caller, args);
  if (!output || !output->pending) return output;
  const auto pending = std::move(output->pending);
  if (caller.on_interrupt) caller.on_interrupt([pending] { pending->cancel(); });
  auto ended = await(*pending);
  if (caller.on_interrupt) caller.on_interrupt(nullptr);
  return ended;
}

Caller caller_of(const std::shared_ptr<const Principal>& principal) {
  Caller caller;
  caller.principal = *principal;
  caller.actor.kind = TENTO_ACTOR_TOKEN;
  caller.actor.id = principal->owner.id;
  caller.actor.name = principal->name;
  caller.actor.scopes = principal->scopes;
  return caller;
}

}  // namespace tento::host
