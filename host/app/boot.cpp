// SPDX-License-Identifier: Apache-2.0
// Loading and the boot check, collecting everything before anything fails.
#include "host/app/boot.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "host/app/boot_check.hpp"
#include "host/app/guards.hpp"
#include "host/base/clock.hpp"
#include "host/base/error.hpp"
#include "host/base/log.hpp"
#include "host/capability/ambient.hpp"

namespace tento::host {

Result<void> make_private_folder(const std::filesystem::path& folder) {
  std::error_code ec;
  if (std::filesystem::is_directory(folder, ec)) return {};
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    std::filesystem::create_directories(folder.parent_path(), ec);
  }
  if (!ec && (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) && std::filesystem::is_directory(folder, ec))
    return {};
  const bool read_only = ec ? ec == std::errc::read_only_file_system : errno == EROFS;
  const auto why = read_only ? "its file system is mounted read-only"
                   : ec      ? ec.message()
                             : std::generic_category().message(errno);
  return error(ErrorCode::io, ErrorClass::config, "folder " + folder.string() + " cannot be made: " + why)
      .tag("config")
      .remedy("choose another folder (data_dir), or let this user write there");
}

namespace {

std::filesystem::path find_probe() {
  if (const char* named = std::getenv("TENTO_PROBE_PROGRAM"))  // NOLINT(concurrency-mt-unsafe): nothing sets it
    return named;
  std::error_code ec;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", ec).parent_path();
  if (!ec)
    for (const char* where : {"tento-probe", "../libexec/tento/tento-probe"})
      if (auto program = here / where; std::filesystem::exists(program, ec)) return program;
  return TENTO_PROBE_PROGRAM;
}

// Whoever writes to a descriptor that was taken away writes into a file of somebody else, a store that is closed in
// order as well: like a crash, this ends the process where it stands, and what was committed is kept.
[[noreturn]] void end_damaged(const Log& log, const Rejection& why) {
  const std::string text = why.reason + ". What to do: " + why.remedy;
  if (log) log(LogLevel::error, text);
  (void)std::fprintf(stderr, "tento: %s\n", text.c_str());
  constexpr int config_status = 78;
  ::_exit(config_status);
}

// What the steps themselves do not log.
void tell(const Log& log, const std::vector<ProviderChange>& changes) {
  for (const auto& [kind, info, version_before] : changes) {
    if (kind == ProviderChange::Kind::replaced)
      log(LogLevel::info, "provider " + info.id() + " " + info.note->version + " serves in place of " + version_before +
                              "; calls under way end on that one");
    if (kind == ProviderChange::Kind::removed)
      log(LogLevel::warn, "provider " + info.id() + " is removed with its file " + info.path.string() +
                              ": what is stored of its rows can be read, and nothing is fetched");
  }
}

LoaderOptions loader_options(const AppOptions& options) {
  const Config& config = options.config;
  LoaderOptions out;
  out.folders = config.plugin_dirs;
  // A folder that nobody named and nobody made is not worth a warning; `doctor` shows it all the same.
  const bool by_default = std::any_of(config.entries.begin(), config.entries.end(), [](const ConfigEntry& entry) {
    return entry.key == "plugin_dirs" && entry.source == "default";
  });
  if (by_default)
    std::erase_if(out.folders, [](const auto& folder) {
      std::error_code ignored;
      return !std::filesystem::exists(folder, ignored);
    });
  out.images = config.image_dir.empty() ? config.data_dir / "images" : config.image_dir;
  out.pins = config.pins;
  out.require_pins = config.require_pins;
  out.allowed_features = config.allow;
  out.log = options.log;
  out.probe_program = options.probe_program ? *options.probe_program : find_probe();
  out.alone = options.alone;
  // Constructors and `create` are stepped through, too.
  if (!debugged_provider(config).empty()) out.create_deadline_ms = std::int64_t{24} * 3600 * 1000;
  return out;
}

}  // namespace

struct Boot::Impl {
  const std::int64_t began_us = unix_now_us();
  DepsRegistry registry;
  std::mutex reloading;                // guards what follows up to `lock`
  LoadedBefore before;                 // for the next load
  RunningBefore running;               // for the next check
  std::set<const Provider*> in_table;  // ever
  bool destroyed = false;
  // Quarantine is told from worker threads while others read the report.
  mutable std::mutex lock;
  BootReport report;
  std::map<std::string, Rejection> quarantined;  // since the start, by digest

  LoadReport load(LoaderOptions options) {
    const LifetimeDeps lifetime(options.log, nullptr);
    options.lifetime_lookup = [&lifetime](const std::string& provider) { return lifetime.lookup_for(provider); };
    options.before = before;
    options.before.serving = running.serving;
    auto loaded = load_providers(options);
    if (loaded.damage) end_damaged(options.log, *loaded.damage);
    return loaded;
  }
  // What the next time is told.
  void remember(const LoadReport& loaded, const BootReport& checked) {
    for (const auto& provider : checked.loaded)
      if (std::find(before.opened.begin(), before.opened.end(), provider) == before.opened.end())
        before.opened.push_back(provider);
    before.failed = loaded.failed;
    before.hanging = loaded.hanging;
    before.infos = loaded.infos;
    before.folder_problems = loaded.folder_problems;
    running = {serving_of(checked), checked.providers};
    for (const auto& provider : providers_of(*checked.table)) in_table.insert(provider.get());
  }
  void mark_quarantined(BootReport& in) const {
    for (auto& info : in.providers) {
      const auto found = quarantined.find(info.sha256);
      if (info.state != ProviderState::loaded || found == quarantined.end()) continue;
      info.state = ProviderState::quarantined;
      info.rejection = found->second;
    }
  }
};

Boot::Boot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Boot::~Boot() = default;

BootReport Boot::report() const {
  const std::scoped_lock hold(impl_->lock);
  return impl_->report;
}

std::int64_t Boot::began_us() const {
  return impl_->began_us;
}

DepsRegistry& Boot::registry() {
  return impl_->registry;
}

void Boot::quarantine(const Provider& provider, const Rejection& why) {
  const std::scoped_lock hold(impl_->lock);
  impl_->quarantined.emplace(provider.sha256(), why);
  impl_->mark_quarantined(impl_->report);
}

Result<std::unique_ptr<Boot>> Boot::run(const AppOptions& options) {
  TENTO_TRY(make_private_folder(options.config.data_dir));
  auto impl = std::make_unique<Impl>();
  TENTO_TRY(register_standard_deps(impl->registry));
  if (options.register_deps) TENTO_TRY(options.register_deps(impl->registry));
  const auto loader = loader_options(options);
  const auto loaded = impl->load(loader);
  impl->report = check_providers(options, impl->registry, loaded, nullptr);
  impl->report.probe_program = loader.probe_program;
  impl->remember(loaded, impl->report);
  return std::unique_ptr<Boot>(new Boot(std::move(impl)));
}

std::vector<ProviderChange> Boot::reload(const AppOptions& options, const std::set<std::filesystem::path>& unsettled,
                                         const std::function<void(std::shared_ptr<const RouteTable>)>& publish) {
  Impl& self = *impl_;
  const std::scoped_lock one_at_a_time(self.reloading);
  if (self.destroyed) return {};
  auto loader = loader_options(options);
  loader.unsettled = unsettled;
  loader.alone = false;
  const auto loaded = self.load(loader);
  if (loaded.gave_up) {
    for (const auto& problem : loaded.folder_problems)
      if (options.log)
        options.log(LogLevel::error, problem.rejection.reason + ". What to do: " + problem.rejection.remedy);
    return {};
  }
  auto report = check_providers(options, self.registry, loaded, &self.running);
  report.probe_program = loader.probe_program;
  const auto before = std::exchange(self.running, {});
  self.remember(loaded, report);
  const auto changes = changes_between(before, self.running);
  const bool same =
      std::equal(before.serving.begin(), before.serving.end(), self.running.serving.begin(), self.running.serving.end(),
                 [](const auto& a, const auto& b) { return a.provider == b.provider; });
  if (same) report.table = self.report.table;
  {
    // Whoever is told of the table is told of the files that it is made of.
    const std::scoped_lock hold(self.lock);
    if (!same) publish(report.table);
    self.mark_quarantined(report);
    self.report = std::move(report);
  }
  if (options.log) tell(options.log, changes);
  return changes;
}

void Boot::destroy(bool published) {
  const std::scoped_lock one_at_a_time(impl_->reloading);
  if (impl_->destroyed) return;
  impl_->destroyed = true;
  for (const auto& p : impl_->before.opened)
    if (!published || !impl_->in_table.contains(p.get())) p->destroy();
}

}  // namespace tento::host
