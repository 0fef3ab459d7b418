// SPDX-License-Identifier: Apache-2.0
// Routes made of the operations' HTTP bindings.
#include "host/server/operation_routes.hpp"

#include <algorithm>

#include "host/server/operation_runner.hpp"

namespace tento::host::server {
namespace {

Outcome run_operation(RouteCall& call) {
  return call.server.operations.run(call);
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
                   .handler = run_operation,
                   .label = operation.name(),
                   .operation = &operation});
  }
  return out;
}

}  // namespace tento::host::server
