// SPDX-License-Identifier: Apache-2.0
// Routes made of the operations' HTTP bindings.
#include "host/server/operation_routes.hpp"

#include <algorithm>

#include "host/operations/rows.hpp"
#include "host/server/cell_reads.hpp"
#include "host/server/operation_runner.hpp"
#include "host/server/render.hpp"

namespace tento::host::server {
namespace {

Outcome run_operation(RouteCall& call) {
  return call.server.operations.run(call);
}

// An answer from what is stored, on the thread of the connection. Nothing: the operation answers.
std::optional<Answer> stored_cells(const RouteCall& call) {
  const Request& request = call.request;
  if (call.suffix || !request.header("Prefer").empty()) return std::nullopt;
  const auto accept = request.header("Accept");
  Rendering rendering;
  if (accept.empty() || accept == "*/*" || accept == "application/json") {
    rendering = json_rendering_of(request);
  } else {
    auto chosen = rendering_of(request, *call.route.operation, std::nullopt);
    if (!chosen || chosen->format.media != Media::json) return std::nullopt;
    rendering = std::move(*chosen);
  }
  // Another user's row, and what a token may not do, is for the operation to judge.
  const auto key = call.params.value("key");
  if (key.starts_with('[') || key.starts_with("%5")) return std::nullopt;
  const auto& principal = call.caller.principal;
  if (!allows(principal, Scope::read)) return std::nullopt;
  if (!principal.owner.id.nil()) return call.server.cells.read(request, key, principal.owner, call.caller, rendering);
  const auto owner = call.server.operations.configured_owner();
  if (!owner) return std::nullopt;
  return call.server.cells.read(request, key, **owner, call.caller, rendering);
}

Outcome read_cells(RouteCall& call) {
  if (auto answer = stored_cells(call)) return {.now = std::move(answer)};
  return run_operation(call);
}

BodyPolicy body_policy_of(const Operation& operation) {
  const auto is_input = [](const Param& param) { return param.type == ParamType::input; };
  if (std::any_of(operation.params.begin(), operation.params.end(), is_input)) return BodyPolicy::raw;
  return operation.http.method == Method::get ? BodyPolicy::none : BodyPolicy::object;
}

}  // namespace

std::vector<Route> operation_routes() {
  std::vector<Route> out;
  for (const auto& operation : operations()) {
    if (operation.http.path.empty()) continue;
    out.push_back({.method = operation.http.method,
                   .pattern = operation.http.path,
                   .scope = operation.scope,
                   .body = body_policy_of(operation),
                   .handler = operation.handler == host::Handler(row_get) ? read_cells : run_operation,
                   .label = operation.name(),
                   .operation = &operation});
  }
  return out;
}

}  // namespace tento::host::server
