// SPDX-License-Identifier: Apache-2.0
// Steps 1 to 8 in their order. Steps 1 to 5 only read; from step 6 on the files' code runs.
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>

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
    for (const Candidate& candidate : candidates.files) check(candidate);
    while (open_round()) {
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
    // What may be opened is decided anew without those that failed before anything of the rest runs in this process.
    if (!probe(opening)) return true;
    std::vector<BootJob> jobs;
    std::vector<std::string> names;
    for (const std::size_t i : opening) jobs.push_back(job(i));
    for (const BootJob& each : jobs) names.push_back(each.name);
    std::vector<BootResult> results =
        hanging_.empty() ? run_boot_jobs(std::move(jobs), std::chrono::milliseconds(options_.create_deadline_ms))
                         : std::vector<BootResult>(jobs.size(), tl::unexpected(open_blocked(hanging_)));
    for (std::size_t k = 0; k < opening.size(); ++k) {
      ProviderInfo& info = report_.infos[checked_[opening[k]].info];
      if (results[k]) {
        contenders_[opening[k]].state = Contender::State::loaded;
        info.state = ProviderState::loaded;
        report_.providers.push_back(std::move(*results[k]));
      } else {
        contenders_[opening[k]].state = Contender::State::failed;
        if (results[k].error().code == damaged_code) report_.damage = results[k].error();
        if (results[k].error().code == open_timeout_code) hanging_ = names[k];
        info.rejection = std::move(results[k].error());
      }
    }
    return true;
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
      contenders_[i].state = Contender::State::failed;
      report_.infos[checked_[i].info].rejection = verdict.error();
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
    std::sort(report_.infos.begin(), report_.infos.end(),
              [](const ProviderInfo& a, const ProviderInfo& b) { return a.path < b.path; });
    std::sort(report_.providers.begin(), report_.providers.end(),
              [](const auto& a, const auto& b) { return a->note().id < b->note().id; });
    for (const FolderProblem& problem : report_.folder_problems)
      log(LogLevel::warn, "plugin folder skipped", problem.rejection);
    for (const ProviderInfo& info : report_.infos) {
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
  std::string hanging_;  // the plugin in whose opening the dynamic linker is stuck
  std::vector<Checked> checked_;
  std::vector<Contender> contenders_;  // in the order of checked_
};

}  // namespace

LoadReport load_providers(const LoaderOptions& options) {
  try {
    return Loading(options).run();
  } catch (const std::exception& e) {
    // Memory ran out, or a log function threw: there is nothing to report about single files then.
    LoadReport report;
    report.folder_problems.push_back(
        {options.folders.empty() ? std::filesystem::path() : options.folders.front(),
         {"internal", fmt::format("loading providers failed: {}", e.what()), "free memory and start again"}});
    return report;
  }
}

}  // namespace tento::host
