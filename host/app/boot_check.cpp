// SPDX-License-Identifier: Apache-2.0
// The schema and the interfaces, again and again until what is left passes.
#include "host/app/boot_check.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "host/app/guards.hpp"
#include "host/base/log.hpp"

namespace tento::host {
namespace {

class BootCheck {
 public:
  BootCheck(const AppOptions& options, const DepsRegistry& registry, const LoadReport& loaded,
            const RunningBefore* running)
      : options_(options), registry_(registry), running_(running) {
    report_.providers = loaded.infos;
    report_.loaded = loaded.providers;
    providers_ = loaded.providers;
    if (running_ == nullptr) return;
    serving_ = running_->serving;
    std::stable_partition(providers_.begin(), providers_.end(), [this](const auto& one) { return serves(*one); });
  }

  BootReport run() {
    // Each round takes at least one away or puts one back, and nothing is put back twice.
    while (!passes()) {
    }
    const bool stops = running_ == nullptr && !options_.config.quarantine_on_missing_deps;
    report_.ok = report_.missing.empty() || !stops;
    if (!report_.missing.empty()) report_.message = describe(report_.missing);
    return std::move(report_);
  }

 private:
  bool passes() {
    auto schema = build_route_table(providers_, known_guards(options_));
    report_.table = std::move(schema.table);
    for (const auto& problem : schema.problems) refuse(problem.provider, ProviderState::rejected, problem.rejection);
    return schema.problems.empty() && has_interfaces();
  }

  bool has_interfaces() {
    const auto missing = registry_.ensure_all_registered(*report_.table);
    if (missing.empty()) return true;
    report_.missing.insert(report_.missing.end(), missing.begin(), missing.end());
    std::set<std::string, std::less<>> ids;
    for (const auto& m : missing) ids.insert(m.provider);
    const bool quarantines = options_.config.quarantine_on_missing_deps;
    for (const auto& id : ids) {
      std::vector<MissingDep> own;
      std::copy_if(missing.begin(), missing.end(), std::back_inserter(own),
                   [&](const MissingDep& m) { return m.provider == id; });
      refuse(id, quarantines ? ProviderState::quarantined : ProviderState::rejected,
             {"missing_deps", describe(own),
              "register the interface (an embedder's register_deps), use a newer host, or remove the file"});
    }
    // A start that fails for it says so itself, and of all of them.
    return running_ == nullptr && !quarantines;
  }

  void refuse(const std::string& id, ProviderState state, const Rejection& why) {
    for (auto& info : report_.providers) {
      if (info.state != ProviderState::loaded || info.id() != id) continue;
      info.state = state;
      info.rejection = why;
      const bool said_by_error = why.code == "missing_deps" && running_ == nullptr && state == ProviderState::rejected;
      if (options_.log && !said_by_error && (running_ == nullptr || !was_told(running_->told, info)))
        options_.log(state == ProviderState::rejected ? LogLevel::error : LogLevel::warn,
                     "provider " + id + " is " + std::string(to_string(state)) + " [" + why.code + "]: " + why.reason +
                         ". What to do: " + why.remedy);
    }
    std::erase_if(providers_, [&](const auto& one) { return one->note().id == id; });
    put_back(id);
  }

  // The version that served before, unless it is what was refused.
  void put_back(const std::string& id) {
    const auto found = std::find_if(serving_.begin(), serving_.end(),
                                    [&](const auto& each) { return each.provider->note().id == id; });
    if (found == serving_.end()) return;
    const ServingProvider old = std::move(*found);
    serving_.erase(found);
    if (std::find(report_.loaded.begin(), report_.loaded.end(), old.provider) != report_.loaded.end()) return;
    providers_.insert(providers_.begin(), old.provider);
    report_.loaded.push_back(old.provider);
    // What its own file was told meanwhile, that a newer one supersedes it, is not so.
    std::erase_if(report_.providers, [&](const ProviderInfo& info) {
      return info.path == old.info.path && info.sha256 == old.info.sha256;
    });
    report_.providers.push_back(old.info);
    const auto by_path = [](const ProviderInfo& a, const ProviderInfo& b) { return a.path < b.path; };
    std::stable_sort(report_.providers.begin(), report_.providers.end(), by_path);
  }

  [[nodiscard]] bool serves(const Provider& provider) const {
    return std::any_of(serving_.begin(), serving_.end(),
                       [&](const auto& each) { return each.provider.get() == &provider; });
  }

  const AppOptions& options_;
  const DepsRegistry& registry_;
  const RunningBefore* running_;
  std::vector<ServingProvider> serving_;  // that were not put back yet
  BootReport report_;
  std::vector<std::shared_ptr<Provider>> providers_;  // of which the table is made
};

const ServingProvider* find_serving(const std::vector<ServingProvider>& among, const std::string& id) {
  const auto found =
      std::find_if(among.begin(), among.end(), [&](const auto& each) { return each.provider->note().id == id; });
  return found == among.end() ? nullptr : &*found;
}

}  // namespace

BootReport check_providers(const AppOptions& options, const DepsRegistry& registry, const LoadReport& loaded,
                           const RunningBefore* running) {
  return BootCheck(options, registry, loaded, running).run();
}

std::vector<std::shared_ptr<Provider>> providers_of(const RouteTable& table) {
  std::vector<std::shared_ptr<Provider>> out;
  for (const auto* route : table.routes())
    if (std::find(out.begin(), out.end(), route->provider) == out.end()) out.push_back(route->provider);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a->note().id < b->note().id; });
  return out;
}

std::vector<ServingProvider> serving_of(const BootReport& report) {
  std::vector<ServingProvider> out;
  for (const auto& provider : providers_of(*report.table))
    for (const auto& info : report.providers)
      if (info.state == ProviderState::loaded && info.sha256 == provider->sha256() &&
          info.id() == provider->note().id) {
        out.push_back({provider, info});
        break;
      }
  return out;
}

std::vector<ProviderChange> changes_between(const RunningBefore& before, const RunningBefore& after) {
  using Kind = ProviderChange::Kind;
  std::vector<ProviderChange> out;
  for (const auto& [provider, info] : after.serving) {
    const auto* old = find_serving(before.serving, provider->note().id);
    if (old == nullptr)
      out.push_back({Kind::added, info});
    else if (old->provider != provider)
      out.push_back({Kind::replaced, info, old->provider->note().version});
  }
  for (const auto& [provider, info] : before.serving) {
    if (find_serving(after.serving, provider->note().id) != nullptr) continue;
    out.push_back({Kind::removed, info});
    out.back().info.state = ProviderState::removed;
  }
  for (const auto& info : after.told)
    if (info.rejection && !was_told(before.told, info))
      out.push_back({info.state == ProviderState::superseded ? Kind::set_aside : Kind::refused, info});
  return out;
}

}  // namespace tento::host
