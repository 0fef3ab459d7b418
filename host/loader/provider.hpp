// SPDX-License-Identifier: Apache-2.0
// What the loader makes of a file: a loaded Provider, or a rejection with a reason and a remedy.
#pragma once

#include <tento/connector.h>
#include <tento/sync_plugin.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/base/log.hpp"

namespace tento::host {

// Why a file is not loaded: a stable code, plain words, and what to do. host/docs/loader.md lists the codes.
struct Rejection {
  std::string code;  // `not_elf`, `abi_major`, `world_writable` ...
  std::string reason;
  std::string remedy;
};

// What a step of the loader gives: the thing, or why the file is not loaded.
template <class T>
using Accepted = tl::expected<T, Rejection>;

// The note as values, read before any code of the file runs.
struct NoteData {
  std::string id;
  std::string version;
  std::string title;
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
  std::uint32_t flags = 0;
  std::vector<std::string> prefixes;  // `~myprovider`
  std::vector<std::string> features;
  std::vector<std::string> needs;
  std::vector<std::string> optional_needs;
  std::vector<std::string> provides;
  std::vector<std::string> reads;  // paths beside its accounts' path settings: absolute, or below `~/`
};

// `removed` is told of a provider whose file went while the host ran, and of no file that is there.
enum class ProviderState { loaded, rejected, superseded, quarantined, removed };
[[nodiscard]] std::string_view to_string(ProviderState state);

// One candidate file, loaded or not: what `provider list` shows.
struct ProviderInfo {
  std::filesystem::path path;  // as found
  std::string sha256;          // empty when it could not be read
  std::optional<NoteData> note;
  ProviderState state = ProviderState::rejected;
  std::optional<Rejection> rejection;  // set unless loaded
  // The id for people and JSON: the note's, else the file name without `tento-` and `.so`.
  [[nodiscard]] std::string id() const;
};

// A provider in this process. Its library is never closed; `destroy` is called once, at shutdown.
class Provider {
 public:
  virtual ~Provider() = default;
  [[nodiscard]] virtual const NoteData& note() const = 0;
  [[nodiscard]] virtual tento_provider* instance() const = 0;
  [[nodiscard]] virtual const tento_connector_api& connector() const = 0;
  [[nodiscard]] virtual const tento_sync_api* sync_api() const = 0;  // null = it has none
  // Tables reachable from these were checked against their 1.0 sizes; what was appended later is read by
  // loader/descriptors.hpp.

  // The file it came from, as found; empty for one that was linked in.
  [[nodiscard]] virtual std::filesystem::path file() const { return {}; }
  // Hex SHA-256 of that file's bytes; empty for one that was linked in.
  [[nodiscard]] virtual std::string sha256() const { return {}; }
  // Where its crashes are noted (crash_record.hpp); null for one that was linked in. Lives as long as the provider.
  [[nodiscard]] virtual const char* crash_record() const { return nullptr; }
  // Ends the instance (tento_plugin_api.destroy). Only when no call is in it.
  virtual void destroy() = 0;
};

// A configured folder that could not be searched, or must not be.
struct FolderProblem {
  std::filesystem::path folder;
  Rejection rejection;
};

// A provider whose routes are served, and the file that it was found as.
struct ServingProvider {
  std::shared_ptr<Provider> provider;
  ProviderInfo info;
};

// What loading in this process before this time left.
struct LoadedBefore {
  std::vector<std::shared_ptr<Provider>> opened;  // ever: none of them is unmapped, and the same bytes are one of them
  std::vector<ServingProvider> serving;           // of these, and nobody but a successor takes their place
  std::map<std::string, Rejection> failed;        // by digest: what failed once code of it ran here
  std::string hanging;                            // in whose opening the dynamic linker is stuck; empty = none
  std::vector<ProviderInfo> infos;                // what was told the last time is not logged again
  std::vector<FolderProblem> folder_problems;
};

struct LoaderOptions {
  std::vector<std::filesystem::path> folders;             // searched in order
  std::filesystem::path images;                           // <data>/images, or plugins.image_dir
  std::vector<std::pair<std::string, std::string>> pins;  // provider id -> sha256 (hex) it must have
  std::vector<std::string> allowed_features;              // `<id>:raw-credentials`
  bool require_pins = false;                              // reject what has no pin
  std::int64_t create_deadline_ms = 5000;                 // for opening and creating one provider
  std::filesystem::path probe_program = {};               // tento-probe; empty = files are not tried before
  // While they load, nobody else in this process closes descriptors: then every one that was open is watched.
  bool alone = false;
  std::vector<std::filesystem::path> library_folders;  // where needed libraries are looked for; empty = the system's
  std::int64_t image_keep_s = 24 * 3600;               // how long a private copy that nobody uses is kept
  // tento.log/1 and tento.clock/1 of the provider with this id, kept until it is destroyed; empty = none.
  std::function<std::shared_ptr<const tento_lookup>(const std::string& provider)> lifetime_lookup;
  Log log;
  LoadedBefore before = {};
  std::set<std::filesystem::path> unsettled = {};  // files that somebody writes: not looked at, what they gave stays
};

struct LoadReport {
  // Loaded, sorted by id: newly opened ones, and those that serve already and have no successor. One whose file is
  // gone is not among them; one whose new version is refused is.
  std::vector<std::shared_ptr<Provider>> providers;
  std::vector<ProviderInfo> infos;             // every candidate, sorted by path
  std::vector<FolderProblem> folder_problems;  // folders without any candidate to tell it
  // A provider closed or replaced descriptors of this process: whoever uses them writes into the wrong place, so that
  // the process has to end at once and without closing anything in order.
  std::optional<Rejection> damage;
  bool gave_up = false;  // it could not be done; what was there before is as it was
  // As in LoadedBefore, with what this time added.
  std::map<std::string, Rejection> failed;
  std::string hanging;
};

// Steps 1 to 8 of a plugin's life (candidates to negotiated instance); never throws, never stops at the first bad file.
LoadReport load_providers(const LoaderOptions& options);
// Whether these say the same of the file: its bytes, its state, the code.
[[nodiscard]] bool was_told(std::span<const ProviderInfo> told, const ProviderInfo& info);

}  // namespace tento::host
