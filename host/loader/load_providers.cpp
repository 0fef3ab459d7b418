// SPDX-License-Identifier: Apache-2.0
// Steps 1 to 8 in their order. Steps 1 to 5 only read; from step 6 on the files' code runs.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <span>
#include <system_error>

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/loader/boot_thread.hpp"
#include "host/loader/candidates.hpp"
#include "host/loader/crash_record.hpp"
#include "host/loader/held_descriptors.hpp"
#include "host/loader/image.hpp"
#include "host/loader/inspect.hpp"
#include "host/loader/instance.hpp"
#include "host/loader/open.hpp"
#include "host/loader/probe.hpp"
#include "host/loader/probe_memory.hpp"
#include "host/loader/provider.hpp"
#include "host/loader/reject.hpp"
#include "host/loader/trust.hpp"
#include "host/loader/uniqueness.hpp"

namespace tento::host {
namespace {

// A file that passed steps 1 to 4.
struct Checked {
  std::size_t info = 0;  // its place in the report
  Inspected inspected;
  Image image;
  bool probed = false;
};

constexpr std::string_view damaged_code = "closed_descriptors";

Rejection damaged(const std::string& name, const std::string& what) {
  return {std::string(damaged_code),
          fmt::format("{} closed or replaced descriptors that are not its own while it was opened ({}): what this "
                      "process writes could end up anywhere",
                      name, what),
          "take its file out of the plugin folder, start again, and tell its author"};
}

class Loading {
 public:
  explicit Loading(const LoaderOptions& options) : options_(options) {}

  LoadReport run() {
    libraries_ = options_.library_folders.empty() ? SystemLibraries() : SystemLibraries(options_.library_folders);
    Candidates candidates = find_candidates(options_.folders);
    report_.folder_problems = std::move(candidates.folder_problems);
    report_.failed = options_.before.failed;
    report_.hanging = options_.before.hanging;
    for (const Candidate& candidate : candidates.files)
      if (!options_.unsettled.contains(candidate.path)) check(candidate);
    while (open_round() || keep_round()) {
    }
    finish();
    return std::move(report_);
  }

 private:
  void check(const Candidate& candidate) {
    ProviderInfo info;
    info.path = candidate.path;
    Accepted<Checked> checked =
        candidate.rejection ? Accepted<Checked>(tl::unexpected(*candidate.rejection)) : check_guarded(info);
    if (checked) {
      checked->info = report_.infos.size();
      contenders_.push_back({info.path, info.note->id, info.note->version, info.sha256, info.note->prefixes, {}});
      checked_.push_back(std::move(*checked));
    } else {
      info.rejection = std::move(checked.error());
    }
    report_.infos.push_back(std::move(info));
  }

  Accepted<Checked> check_guarded(ProviderInfo& info) {
    try {
      return check_file(info);
    } catch (const std::exception& e) {
      return tl::unexpected<Rejection>(
          {"internal", fmt::format("it could not be checked: {}", e.what()), "free memory and start again"});
    }
  }

  // Steps 2 to 4. What is learnt on the way stays in `info`, for people to see whose file was rejected.
  Accepted<Checked> check_file(ProviderInfo& info) {
    const auto file = read_plugin(info.path);
    if (!file) return tl::unexpected(file.error());
    info.sha256 = file->sha256;
    const auto elf = ElfFile::read(file->bytes());
    if (!elf) return tl::unexpected(elf.error());
    auto note = find_note(*elf);
    if (!note) return tl::unexpected(note.error());
    info.note = *note;
    // Pins go by id, and the id stands in the note; reading it runs nothing of the file.
    if (auto ok = check_trust(*note, info.sha256, options_); !ok) return tl::unexpected(ok.error());
    auto inspected = inspect(*elf, std::move(*note), libraries_);
    if (!inspected) return tl::unexpected(inspected.error());
    if (!images_ready_) images_ready_ = prepare_images(options_.images);
    if (!*images_ready_) return tl::unexpected(images_ready_->error());
    auto image = store_image(options_.images, *file, info.path.filename().string());
    if (!image) return tl::unexpected(image.error());
    if (auto crashed = crashed_too_often(*image, unix_now_us() / 1'000'000)) return tl::unexpected(std::move(*crashed));
    return Checked{0, std::move(*inspected), std::move(*image)};
  }

  // Steps 5 to 8 for all that may be opened now. A file that fails makes room for an older version of it: false when
  // nothing was left to open.
  bool open_round() {
    std::vector<std::size_t> opening;
    const auto verdicts = decide(contenders_);
    for (std::size_t i = 0; i < contenders_.size(); ++i)
      if (contenders_[i].state == Contender::State::waiting && verdicts[i] && verdicts[i]->kind == Verdict::Kind::open)
        opening.push_back(i);
    if (opening.empty() || report_.damage) return false;
    if (open_without_running(opening)) return true;
    // What may be opened is decided anew without those that failed before anything of the rest runs in this process.
    if (!probe(opening)) return true;
    std::vector<BootJob> jobs;
    std::vector<std::string> names;
    for (const std::size_t i : opening) jobs.push_back(job(i));
    for (const BootJob& each : jobs) names.push_back(each.name);
    std::vector<BootResult> results =
        report_.hanging.empty() ? run_boot_jobs(std::move(jobs), std::chrono::milliseconds(options_.create_deadline_ms))
                                : std::vector<BootResult>(jobs.size(), tl::unexpected(open_blocked(report_.hanging)));
    for (std::size_t k = 0; k < opening.size(); ++k) {
      if (results[k]) {
        accept(opening[k], std::move(*results[k]));
        continue;
      }
      Rejection& why = results[k].error();
      if (why.code == damaged_code) report_.damage = why;
      if (why.code == open_timeout_code) report_.hanging = names[k];
      if (says_something_of_the_file(why)) report_.failed.emplace(info_of(opening[k]).sha256, why);
      refuse(opening[k], std::move(why));
    }
    return true;
  }

  static bool says_something_of_the_file(const Rejection& why) {
    return why.code != open_blocked_code && why.code != "no_thread" && why.code != "internal";
  }
  ProviderInfo& info_of(std::size_t i) { return report_.infos[checked_[i].info]; }
  void accept(std::size_t i, std::shared_ptr<Provider> provider) {
    contenders_[i].state = Contender::State::loaded;
    info_of(i).state = ProviderState::loaded;
    report_.providers.push_back(std::move(provider));
  }
  void refuse(std::size_t i, Rejection why) {
    contenders_[i].state = Contender::State::failed;
    info_of(i).rejection = std::move(why);
  }

  // What is in this process already is not opened twice, and what failed in it would fail again. False: there was
  // nothing of either.
  bool open_without_running(const std::vector<std::size_t>& opening) {
    bool any = false;
    for (const std::size_t i : opening) {
      const ProviderInfo& info = info_of(i);
      if (auto known = opened_before(info)) {
        accept(i, std::move(known));
      } else if (const auto failed = report_.failed.find(info.sha256); failed != report_.failed.end()) {
        refuse(i, failed->second);
      } else {
        continue;
      }
      any = true;
    }
    return any;
  }
  [[nodiscard]] std::shared_ptr<Provider> opened_before(const ProviderInfo& info) const {
    for (const auto& provider : options_.before.opened)
      if (provider->sha256() == info.sha256 && provider->note().id == info.note->id) return provider;
    return nullptr;
  }
  [[nodiscard]] bool is_loaded(const std::string& id) const {
    return std::any_of(report_.providers.begin(), report_.providers.end(),
                       [&](const auto& provider) { return provider->note().id == id; });
  }

  // One that serves gives way to a version that was opened, and to nothing else: a newcomer that contends with it for
  // its version or its prefix is refused. False when nothing changed.
  bool keep_round() {
    const auto verdicts = decide(contenders_);
    bool any = false;
    for (const auto& [provider, before] : options_.before.serving) {
      const std::string& id = provider->note().id;
      if (is_loaded(id)) continue;
      const auto is_its_file = [&, &served = provider](const Contender& one) {
        return one.id == id && one.sha256 == served->sha256() && one.state == Contender::State::waiting;
      };
      const auto own = std::find_if(contenders_.begin(), contenders_.end(), is_its_file);
      if (own == contenders_.end()) continue;
      for (std::size_t i = 0; i < contenders_.size(); ++i) {
        const bool clashes = verdicts[i] && verdicts[i]->rejection && verdicts[i]->rejection->code == "prefix_clash";
        if (contenders_[i].id == id && !is_its_file(contenders_[i]) && clashes) refuse(i, *verdicts[i]->rejection);
      }
      accept(static_cast<std::size_t>(own - contenders_.begin()), provider);
      any = true;
    }
    return any;
  }
  // Those that serve and whose file is not there as it was. Where nobody knows that it is gone, or where what is there
  // in its place is refused, they go on.
  void keep_without_file() {
    for (const auto& [provider, before] : options_.before.serving) {
      if (is_loaded(provider->note().id) || !goes_on(before)) continue;
      report_.providers.push_back(provider);
      report_.infos.push_back(before);
    }
  }
  [[nodiscard]] bool goes_on(const ProviderInfo& before) const {
    if (options_.unsettled.contains(before.path)) return true;
    for (const FolderProblem& problem : report_.folder_problems) {
      std::error_code ignored;
      const auto folder = std::filesystem::weakly_canonical(problem.folder, ignored);
      if (problem.rejection.code != no_folder_code && folder == before.path.parent_path()) return true;
    }
    return std::any_of(report_.infos.begin(), report_.infos.end(), [&](const ProviderInfo& info) {
      return info.state == ProviderState::rejected &&
             (info.note ? info.note->id == before.note->id : info.path == before.path);
    });
  }
  // What was known of files that are being written stays in the report.
  void keep_unsettled() {
    for (const ProviderInfo& info : options_.before.infos)
      if (options_.unsettled.contains(info.path) && info.state == ProviderState::rejected)
        report_.infos.push_back(info);
  }

  // Tries those that were not tried yet in processes of their own; false when one failed, which counts no more then.
  bool probe(const std::vector<std::size_t>& opening) {
    if (options_.probe_program.empty()) return true;
    bool all_good = true;
    std::vector<std::size_t> unknown;
    std::vector<const Image*> images;
    const auto judge = [&](std::size_t i, const Accepted<void>& verdict) {
      checked_[i].probed = true;
      if (verdict) return;
      all_good = false;
      // Each later look would wait for it again, and all that comes meanwhile with it.
      const auto& code = verdict.error().code;
      if (code == open_timeout_code || code == create_timeout_code)
        report_.failed.emplace(info_of(i).sha256, verdict.error());
      refuse(i, verdict.error());
    };
    for (const std::size_t i : opening) {
      if (checked_[i].probed) continue;
      if (const auto verdict = remembered_probe(checked_[i].image, checked_[i].inspected)) {
        judge(i, *verdict);
        continue;
      }
      unknown.push_back(i);
      images.push_back(&checked_[i].image);
    }
    const std::vector<Probed> results = probe_images(images, {options_.probe_program, options_.library_folders,
                                                              std::chrono::milliseconds(options_.create_deadline_ms)});
    for (std::size_t k = 0; k < unknown.size(); ++k) {
      const Checked& checked = checked_[unknown[k]];
      if (results[k].lasting) remember_probe(checked.image, checked.inspected, results[k].verdict);
      judge(unknown[k], results[k].verdict);
    }
    return all_good;
  }

  // Everything by value: it may outlive this object on a thread that hangs.
  BootJob job(std::size_t index) {
    const ProviderInfo& info = report_.infos[checked_[index].info];
    const std::string& id = info.note->id;
    Origin origin{info.path,
                  info.sha256,
                  nullptr,
                  checked_[index].image.lease,
                  options_.lifetime_lookup ? options_.lifetime_lookup(id) : nullptr,
                  crash_record(checked_[index].image).string()};
    return {fmt::format("{} ({})", id, info.path.string()),
            [checked = checked_[index], origin = std::move(origin), broken = broken_, id,
             watch = options_.alone ? HeldDescriptors::Watch::all
                                    : HeldDescriptors::Watch::own](const BootStep& step) -> BootResult {
              // Once one did damage, nothing else is opened.
              if (broken->load())
                return reject("open_blocked", "it was not opened, since another provider damaged this process",
                              "remove that one and restart; nothing is wrong with this file");
              const HeldDescriptors held = HeldDescriptors::now(watch);
              const auto undamaged = [&](BootResult result) -> BootResult {
                const auto what = held.lost();
                if (!what) return result;
                broken->store(true);
                return tl::unexpected(damaged(id, *what));
              };
              auto opened = open_image(checked.image, checked.inspected);
              if (!opened) return undamaged(tl::unexpected(opened.error()));
              Origin full = origin;
              full.library = opened->library;
              const tento_lookup* const lookup = full.lookup.get();
              auto made = make_instance(checked.inspected.note, opened->entries, lookup, std::move(full), step);
              if (auto ok = opened->before.check_came_in(checked.image, checked.inspected); made && !ok)
                return undamaged(tl::unexpected(ok.error()));
              return undamaged(std::move(made));
            }};
  }

  void finish() {
    const auto verdicts = decide(contenders_);
    for (std::size_t i = 0; i < contenders_.size(); ++i) {
      if (contenders_[i].state != Contender::State::waiting || !verdicts[i]) continue;
      ProviderInfo& info = report_.infos[checked_[i].info];
      info.state = verdicts[i]->kind == Verdict::Kind::superseded ? ProviderState::superseded : ProviderState::rejected;
      info.rejection = verdicts[i]->rejection;
    }
    keep_without_file();
    keep_unsettled();
    std::sort(report_.infos.begin(), report_.infos.end(),
              [](const ProviderInfo& a, const ProviderInfo& b) { return a.path < b.path; });
    std::sort(report_.providers.begin(), report_.providers.end(),
              [](const auto& a, const auto& b) { return a->note().id < b->note().id; });
    for (const FolderProblem& problem : report_.folder_problems)
      if (!folder_was_told(problem)) log(LogLevel::warn, "plugin folder skipped", problem.rejection);
    for (const ProviderInfo& info : report_.infos) {
      if (was_told(options_.before.infos, info)) continue;
      if (info.state == ProviderState::loaded)
        log(LogLevel::info, fmt::format("provider {} {} loaded from {} (SHA-256 {})", info.note->id, info.note->version,
                                        info.path.string(), info.sha256));
      else if (info.rejection)
        log(info.state == ProviderState::superseded ? LogLevel::info : LogLevel::error,
            fmt::format("provider {} is {}: plugin file {}", info.id(), to_string(info.state), info.path.string()),
            *info.rejection);
    }
    // While the leases of all that was checked are held. Without a copy of its own it has no folder to tidy.
    if (images_ready_ && *images_ready_)
      if (const auto pruned = prune_images(options_.images, options_.image_keep_s); pruned > 0)
        log(LogLevel::info, fmt::format("{} old private copies of plugins are removed", pruned));
  }

  [[nodiscard]] bool folder_was_told(const FolderProblem& problem) const {
    const auto& told = options_.before.folder_problems;
    return std::any_of(told.begin(), told.end(), [&](const FolderProblem& before) {
      return before.folder == problem.folder && before.rejection.code == problem.rejection.code;
    });
  }
  void log(LogLevel level, const std::string& text) const {
    if (options_.log) options_.log(level, text);
  }
  void log(LogLevel level, const std::string& what, const Rejection& why) const {
    log(level, fmt::format("{} [{}]: {}. What to do: {}", what, why.code, why.reason, why.remedy));
  }

  const LoaderOptions& options_;
  SystemLibraries libraries_{std::vector<std::filesystem::path>{}};
  std::optional<Accepted<void>> images_ready_;  // made when the first file gets that far
  LoadReport report_;
  std::shared_ptr<std::atomic<bool>> broken_ = std::make_shared<std::atomic<bool>>(false);
  std::vector<Checked> checked_;
  std::vector<Contender> contenders_;  // in the order of checked_
};

}  // namespace

bool was_told(std::span<const ProviderInfo> told, const ProviderInfo& info) {
  const auto code = [](const ProviderInfo& of) { return of.rejection ? of.rejection->code : std::string(); };
  return std::any_of(told.begin(), told.end(), [&](const ProviderInfo& before) {
    return before.path == info.path && before.sha256 == info.sha256 && before.state == info.state &&
           code(before) == code(info);
  });
}

LoadReport load_providers(const LoaderOptions& options) {
  try {
    return Loading(options).run();
  } catch (const std::exception& e) {
    // Memory ran out, or a log function threw: there is nothing to report about single files then.
    LoadReport report;
    report.failed = options.before.failed;
    report.hanging = options.before.hanging;
    report.gave_up = true;
    report.folder_problems.push_back(
        {options.folders.empty() ? std::filesystem::path() : options.folders.front(),
         {"internal", fmt::format("loading providers failed: {}", e.what()), "free memory and start again"}});
    return report;
  }
}

}  // namespace tento::host
