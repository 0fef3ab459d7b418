// SPDX-License-Identifier: Apache-2.0
// Reading a row's sync shape, and the keys made of it.
#include "host/sync/plan.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "host/loader/descriptors.hpp"

namespace tento::host {

Result<std::vector<StagePlan>> plan_stages(const Target& target) {
  const auto* shape = target.match.route->sync_shape;
  if (shape == nullptr) {
    return fail(
        ErrorCode::unsupported, ErrorClass::config,
        fmt::format("{} is not synced: its cells are computed or written only. Read it instead", target.row.lookup_key),
        "not_synced");
  }
  std::vector<StagePlan> out;
  for (const auto* stage : stages(*shape)) {
    StagePlan plan;
    plan.name = view(stage->name);
    plan.stage_class = std::min<std::uint32_t>(stage->stage_class, TENTO_STAGE_BACKFILL);
    for (const auto& name : after(*stage)) plan.after.emplace_back(view(name));
    plan.lock_account = view(stage->lock) == "account";
    out.push_back(std::move(plan));
  }
  return out;
}

Result<const StagePlan*> find_stage(const std::vector<StagePlan>& stages, std::string_view name) {
  for (const auto& stage : stages)
    if (stage.name == name) return &stage;
  std::string known;
  for (const auto& stage : stages) known += (known.empty() ? "" : ", ") + stage.name;
  return fail(ErrorCode::invalid_argument, ErrorClass::config,
              fmt::format("there is no stage `{}`. Name one of: {}", name.substr(0, 64), known), "no_such_stage");
}

const StagePlan& stage_for_readers(const std::vector<StagePlan>& stages) {
  const auto named = std::find_if(stages.begin(), stages.end(), [](const auto& s) { return s.name == "viewport"; });
  if (named != stages.end()) return *named;
  const auto of_class =
      std::find_if(stages.begin(), stages.end(), [](const auto& s) { return s.stage_class == TENTO_STAGE_VIEWPORT; });
  return of_class != stages.end() ? *of_class : stages.front();
}

std::vector<const StagePlan*> with_prerequisites(const std::vector<StagePlan>& stages, const StagePlan& wanted) {
  std::vector<const StagePlan*> needed{&wanted};
  for (std::size_t i = 0; i < needed.size(); ++i) {
    for (const auto& stage : stages) {
      const auto& names = needed[i]->after;
      if (std::find(names.begin(), names.end(), stage.name) != names.end() &&
          std::find(needed.begin(), needed.end(), &stage) == needed.end())
        needed.push_back(&stage);
    }
  }
  std::sort(needed.begin(), needed.end());  // they live in one array: declared order
  return needed;
}

std::string group_key(const Target& target) {
  return "row:" + target.row.id.text();
}

Result<std::string> lock_key(Dispatcher& dispatcher, const Target& target, const StagePlan& stage) {
  TENTO_TRY_ASSIGN(const auto own, dispatcher.lock_key(target, stage.name));
  // What a provider calls a lock means something within that provider and owner only.
  const auto scoped = [&target](std::string_view kind, std::string_view name) {
    return fmt::format("{}:{}:{}:{}", kind, target.row.owner.text(), target.row.provider, name);
  };
  if (!own.empty()) return scoped("own", own);
  if (stage.lock_account && !target.row.auth_id.empty()) return scoped("account", target.row.auth_id);
  return "row:" + target.row.id.text();
}

Limits limits_of(const Target& target) {
  Limits limits;
  const auto& route = *target.match.route;
  if (const auto* api = route.provider ? route.provider->sync_api() : nullptr) limits.provider = api->max_concurrent;
  if (route.sync_shape != nullptr) limits.integration = route.sync_shape->max_concurrent;
  return limits;
}

}  // namespace tento::host
