// SPDX-License-Identifier: Apache-2.0
// Reading a row's sync shape and what its provider says of it.
#include "host/sync/topology.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "host/base/did_you_mean.hpp"
#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {

namespace {

// The same name of another user or provider is another key.
std::string scoped(std::string_view kind, const Target& target, std::string_view name) {
  return fmt::format("{}:{}:{}:{}", kind, target.row.owner.text(), target.row.provider, name);
}

}  // namespace

Result<Topology> Topology::of(const Target& target) {
  const auto* shape = target.match.route->sync_shape;
  if (shape == nullptr) {
    auto error = fail(ErrorCode::unsupported, ErrorClass::config,
                      fmt::format("{} is not synced: its cells are computed when they are read, or only written",
                                  target.row.lookup_key),
                      "not_synced")
                     .value();
    error.remedy = "read the row instead";
    return fail(std::move(error));
  }
  Topology out;
  for (const auto* declared : host::stages(*shape)) {
    Stage stage;
    stage.name = view(declared->name);
    stage.stage_class = std::min<std::uint32_t>(declared->stage_class, TENTO_STAGE_BACKFILL);
    for (const auto& name : after(*declared)) stage.after.emplace_back(view(name));
    stage.locks_account = view(declared->lock) == "account";
    out.stages_.push_back(std::move(stage));
  }
  return out;
}

Result<const Stage*> Topology::find(std::string_view name) const {
  std::vector<std::string> names;
  std::string all;
  for (const auto& stage : stages_) {
    if (stage.name == name) return &stage;
    names.push_back(stage.name);
    all += (all.empty() ? "" : ", ") + stage.name;
  }
  auto error =
      fail(ErrorCode::invalid_argument, ErrorClass::config,
           "there is no stage " + quote(name.substr(0, 64)) + did_you_mean(name.substr(0, 64), names), "no_such_stage")
          .value();
  error.remedy = "name one of: " + all;
  return fail(std::move(error));
}

const Stage& Topology::for_readers() const {
  const auto named = std::find_if(stages_.begin(), stages_.end(), [](const auto& s) { return s.name == "viewport"; });
  if (named != stages_.end()) return *named;
  const auto of_class =
      std::find_if(stages_.begin(), stages_.end(), [](const auto& s) { return s.stage_class == TENTO_STAGE_VIEWPORT; });
  return of_class != stages_.end() ? *of_class : stages_.front();
}

std::vector<const Stage*> Topology::with_prerequisites(const Stage& wanted) const {
  std::vector<const Stage*> needed{&wanted};
  for (std::size_t i = 0; i < needed.size(); ++i) {
    for (const auto& stage : stages_) {
      const auto& names = needed[i]->after;
      if (std::find(names.begin(), names.end(), stage.name) != names.end() &&
          std::find(needed.begin(), needed.end(), &stage) == needed.end())
        needed.push_back(&stage);
    }
  }
  std::sort(needed.begin(), needed.end());  // they live in one array: declared order
  return needed;
}

Error prerequisite_failed(std::string_view stage, std::string_view prerequisite, ErrorClass error_class) {
  Error error;
  error.code = ErrorCode::unspecified;
  error.error_class = error_class;
  error.tag = "stage_before_failed";
  error.remedy = "sync again";
  error.message = fmt::format(
      "stage `{}` did not run, since stage `{}`, which it waits for, did not end well. See that run, then sync again",
      stage, prerequisite);
  return error;
}

std::string group_key(const Target& target) {
  return "row:" + target.row.id.text();
}

std::string dedup_key(const std::string& group, std::string_view stage) {
  return group + "/" + std::string(stage);
}

Result<std::string> lock_key(RowCalls& calls, const Target& target, const Stage& stage) {
  TENTO_TRY_ASSIGN(const auto named, calls.lock_name(target, stage.name));
  if (named && !named->empty()) return scoped("lock", target, *named);
  // A sync-plugin that locks by itself and names nothing means the row.
  if (!named && stage.locks_account && !target.row.auth_id.empty())
    return scoped("account", target, target.row.auth_id);
  return "row:" + target.row.id.text();
}

Result<std::optional<std::string>> alias_key(RowCalls& calls, const Target& target) {
  TENTO_TRY_ASSIGN(const auto named, calls.alias_name(target));
  if (!named || named->empty()) return std::optional<std::string>();
  return std::optional(scoped("alias", target, *named));
}

Result<StageWindow> stage_window(RowCalls& calls, const Target& target, std::string_view stage, std::int64_t now_us,
                                 const CallOptions& options) {
  TENTO_TRY_ASSIGN(const auto zone, Zone::find(target.zone()));
  const auto today = zone.local_day(now_us);
  // Any name that the wearables' windows do not have is unbounded.
  const Span own = wearable_window_for_stage(stage, today).value_or(Span{});
  TENTO_TRY_ASSIGN(const auto dates, calls.stage_range(target, stage, today, own, options));
  return StageWindow{dates, moments_of(dates, zone)};
}

ConcurrencyLimits limits_of(const Target& target) {
  ConcurrencyLimits limits;
  const auto& route = *target.match.route;
  if (const auto* api = route.provider ? route.provider->sync_api() : nullptr) limits.provider = api->max_concurrent;
  if (route.sync_shape != nullptr) limits.integration = route.sync_shape->max_concurrent;
  return limits;
}

}  // namespace tento::host
