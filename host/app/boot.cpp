// SPDX-License-Identifier: Apache-2.0
// Loading and the boot check, collecting everything before anything fails.
#include "host/app/boot.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>

#include "host/app/guards.hpp"
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
  const AppOptions* options = nullptr;  // during run()
  DepsRegistry registry;
  // Quarantine is told from worker threads while others read the report.
  mutable std::mutex lock;
  BootReport report;
  std::set<const Provider*> in_table;
  bool destroyed = false;

  void log(LogLevel level, const std::string& text) const {
    if (options->log) options->log(level, text);
  }

  void mark(std::string_view provider, ProviderState state, const Rejection& why) {
    const std::scoped_lock hold(lock);
    for (auto& info : report.providers)
      if (info.state == ProviderState::loaded && info.id() == provider) {
        info.state = state;
        info.rejection = why;
      }
  }

  // Tells each provider's share of what is missing.
  void mark_missing(const std::vector<MissingDep>& missing, const std::set<std::string, std::less<>>& ids,
                    ProviderState state) {
    for (const auto& id : ids) {
      std::vector<MissingDep> own;
      std::copy_if(missing.begin(), missing.end(), std::back_inserter(own),
                   [&](const MissingDep& m) { return m.provider == id; });
      mark(id, state,
           {"missing_deps", describe(own),
            "register the interface (an embedder's register_deps), use a newer host, or remove the file"});
    }
  }

  // Steps 9 and 10, repeated until what is left has neither clashes nor missing interfaces.
  void check() {
    auto providers = report.loaded;
    for (;;) {
      auto schema = build_route_table(providers, known_guards(*options));
      report.table = std::move(schema.table);
      std::set<std::string, std::less<>> bad;
      for (const auto& problem : schema.problems) {
        mark(problem.provider, ProviderState::rejected, problem.rejection);
        log(LogLevel::error, "provider " + problem.provider + " rejected (" + problem.rejection.code +
                                 "): " + problem.rejection.reason + " - " + problem.rejection.remedy);
        bad.insert(problem.provider);
      }
      if (bad.empty()) {
        const auto missing = registry.ensure_all_registered(*report.table);
        if (missing.empty()) break;
        report.missing.insert(report.missing.end(), missing.begin(), missing.end());
        for (const auto& m : missing) bad.insert(m.provider);
        const bool stop = !options->config.quarantine_on_missing_deps;
        mark_missing(missing, bad, stop ? ProviderState::rejected : ProviderState::quarantined);
        if (stop) break;
        log(LogLevel::warn, describe(missing));
      }
      std::erase_if(providers, [&](const auto& p) { return bad.contains(p->note().id); });
    }
    report.ok = report.missing.empty() || options->config.quarantine_on_missing_deps;
    if (!report.missing.empty()) report.message = describe(report.missing);
    for (const auto* route : report.table->routes()) in_table.insert(route->provider.get());
  }
};

Boot::Boot(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Boot::~Boot() = default;

BootReport Boot::report() const {
  const std::scoped_lock hold(impl_->lock);
  return impl_->report;
}

DepsRegistry& Boot::registry() {
  return impl_->registry;
}

void Boot::mark(std::string_view provider, ProviderState state, const Rejection& why) {
  impl_->mark(provider, state, why);
}

Result<std::unique_ptr<Boot>> Boot::run(const AppOptions& options) {
  TENTO_TRY(make_private_folder(options.config.data_dir));
  auto impl = std::make_unique<Impl>();
  TENTO_TRY(register_standard_deps(impl->registry));
  if (options.register_deps) TENTO_TRY(options.register_deps(impl->registry));

  const LifetimeDeps lifetime(options.log, nullptr);
  auto loader = loader_options(options);
  loader.lifetime_lookup = [&lifetime](const std::string& provider) { return lifetime.lookup_for(provider); };
  impl->report.probe_program = loader.probe_program;
  auto loaded = load_providers(loader);
  if (loaded.damage) end_damaged(options.log, *loaded.damage);
  impl->report.providers = std::move(loaded.infos);
  impl->report.loaded = std::move(loaded.providers);
  impl->options = &options;
  impl->check();
  impl->options = nullptr;
  return std::unique_ptr<Boot>(new Boot(std::move(impl)));
}

void Boot::destroy(bool published) {
  if (impl_->destroyed) return;
  impl_->destroyed = true;
  for (const auto& p : impl_->report.loaded)
    if (!published || !impl_->in_table.contains(p.get())) p->destroy();
}

}  // namespace tento::host
