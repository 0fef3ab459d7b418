// SPDX-License-Identifier: Apache-2.0
// One check after the other, each with what to do about what it finds.
#include "host/services/checkup.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "host/accounts/vault.hpp"
#include "host/base/log.hpp"
#include "host/base/version.hpp"
#include "host/egress/origins.hpp"
#include "host/loader/descriptors.hpp"
#include "host/loader/image.hpp"
#include "host/store/store.hpp"
#include "host/store/store_files.hpp"

namespace tento::host {
namespace fs = std::filesystem;
namespace {

class FindingList {
 public:
  void add(std::string_view check, FindingStatus status, std::string text, std::string remedy = {}) {
    all_.push_back({std::string(check), status, std::move(text), std::move(remedy)});
  }
  [[nodiscard]] std::vector<Finding> take() && { return std::move(all_); }

 private:
  std::vector<Finding> all_;
};

std::optional<mode_t> mode_of(const fs::path& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return std::nullopt;
  return st.st_mode & 07777;
}

void check_config(FindingList& f, const Config& config) {
  if (config.file.empty())
    return f.add("config", FindingStatus::ok, "no configuration file; defaults, environment and flags only");
  bool secret = false;
  for (const auto& e : config.entries) secret = secret || e.secret;
  if (secret && (mode_of(config.file).value_or(0) & 077) != 0)
    return f.add("config", FindingStatus::warn, config.file.string() + " holds a secret and is readable by others",
                 "chmod 600 " + config.file.string());
  f.add("config", FindingStatus::ok, config.file.string());
}

void check_data_folder(FindingList& f, const fs::path& folder) {
  std::error_code ec;
  if (!fs::exists(folder, ec))
    return f.add("data folder", FindingStatus::ok, folder.string() + " is not there yet; it is made when it is needed");
  if (!fs::is_directory(folder, ec))
    return f.add("data folder", FindingStatus::fail, folder.string() + " is not a folder",
                 "choose another with --data-dir");
  const int denied = ::access(folder.c_str(), R_OK | W_OK | X_OK) == 0 ? 0 : errno;
  if (denied == EROFS)
    return f.add(
        "data folder", FindingStatus::fail, folder.string() + " is on a file system that is mounted read-only",
        "mount it for writing (a disk with errors is mounted so by the kernel: see its log), or choose another "
        "with --data-dir");
  if (denied != 0)
    return f.add("data folder", FindingStatus::fail, folder.string() + " cannot be written by this user",
                 "chown it to this user, or choose another with --data-dir");
  if ((mode_of(folder).value_or(0) & 022) != 0)
    return f.add("data folder", FindingStatus::fail,
                 folder.string() + " can be written by others, who could replace what is stored",
                 "chmod go-w " + folder.string());
  if ((mode_of(folder).value_or(0) & 055) != 0)
    return f.add("data folder", FindingStatus::warn, folder.string() + " can be read by others",
                 "chmod 700 " + folder.string());
  f.add("data folder", FindingStatus::ok, folder.string());
}

// Before anything is loaded: whether it could be.
void check_images(FindingList& f, const fs::path& folder) {
  if (const auto ok = check_image_folder(folder); !ok)
    return f.add("image folder", FindingStatus::fail, ok.error().reason, ok.error().remedy);
  f.add("image folder", FindingStatus::ok, folder.string());
}

void check_plugin_folders(FindingList& f, const Config& config) {
  std::error_code ec;
  std::string source;
  for (const auto& e : config.entries)
    if (e.key == "plugin_dirs") source = e.source;
  for (const auto& folder : config.plugin_dirs) {
    if (!fs::is_directory(folder, ec)) {
      // The default folders need not be there; one that somebody named should.
      f.add("plugin folder", source == "default" ? FindingStatus::ok : FindingStatus::warn,
            folder.string() + " is not there",
            source == "default" ? "" : "make it or correct plugin_dirs (" + source + ")");
    } else if ((mode_of(folder).value_or(0) & 022) != 0) {
      f.add("plugin folder", FindingStatus::fail,
            folder.string() + " can be written by others; nothing in it is loaded", "chmod go-w " + folder.string());
    } else if (::access(folder.c_str(), R_OK | X_OK) != 0) {
      f.add("plugin folder", FindingStatus::fail, folder.string() + " cannot be read by this user",
            "chmod a+rx " + folder.string());
    } else {
      f.add("plugin folder", FindingStatus::ok, folder.string());
    }
  }
}

// A larger one is checked when that is asked for: all of it is read.
constexpr std::uintmax_t most_bytes_checked = std::uintmax_t{2} << 30;

void check_stored(FindingList& f, const Config& config, bool deep) {
  const auto folder = config.data_dir;
  const auto file = folder / "store.sqlite";
  const auto there = store_is_there(folder);
  const auto failed = [&f](const Error& error) { f.add("store", FindingStatus::fail, error.message, error.remedy); };
  if (!there) return failed(there.error());
  if (!*there) return f.add("store", FindingStatus::ok, "none yet; it is made when it is needed");
  StoreConfig options;
  options.folder = folder.string();
  options.read_only = true;
  auto store = open_store(options);
  if (!store) return failed(store.error());
  const auto owners = (*store)->users().all();
  if (!owners) return failed(owners.error());
  std::size_t accounts = 0, rows = 0;
  for (const auto& owner : *owners) {
    if (auto a = (*store)->accounts().of_user(owner.id)) accounts += a->size();
    if (auto r = (*store)->rows().of_user(owner.id)) rows += r->size();
  }
  f.add("store", FindingStatus::ok,
        file.string() + ": " + std::to_string(accounts) + " accounts, " + std::to_string(rows) + " rows");
  const auto mode = mode_of(file).value_or(0);
  if ((mode & 077) != 0)
    f.add("store", FindingStatus::warn, "store.sqlite can be read by others; it holds secrets",
          "chmod 600 " + file.string());

  std::error_code ignored;
  if (const auto bytes = fs::file_size(file, ignored); !deep && !ignored && bytes > most_bytes_checked) {
    f.add("store check", FindingStatus::ok, "left out, since the file has " + std::to_string(bytes >> 30) + " GiB",
          "`tento doctor --deep` reads all of it");
    return;
  }
  const auto problems = check_store(folder, deep ? CheckDepth::deep : CheckDepth::quick);
  if (!problems) return failed(problems.error());
  for (const auto& problem : *problems)
    f.add("store check", FindingStatus::fail, file.string() + " is damaged: " + problem,
          "keep a copy of the folder, then restore a backup with `tento store restore FILE`");
  if (problems->empty())
    f.add("store check", FindingStatus::ok,
          deep ? "every page, index and reference is as it should be" : "its pages are as they should be");
}

// Looks alone: neither a key is made nor anything sealed.
void check_vault(FindingList& f, const Config& config) {
  const auto file = config.vault_key_file.string();
  std::unique_ptr<Store> store;
  if (store_is_there(config.data_dir).value_or(true)) {
    StoreConfig options;
    options.folder = config.data_dir.string();
    options.read_only = true;
    auto opened = open_store(options);
    if (!opened) return;  // said already
    store = std::move(*opened);
  }
  std::uint64_t clear = 0;
  std::vector<KeyUse> keys;
  if (store) {
    VaultOptions options;
    options.key_file = config.vault_key_file;
    options.key_file_is_given = config.vault_key_file_is_given;
    options.log = [&f](LogLevel, const std::string& text) {
      f.add("vault", FindingStatus::warn, text, "connect the account again");
    };
    auto found = Vault::inspect(*store, std::move(options));
    if (!found) return f.add("vault", FindingStatus::fail, found.error().message, found.error().remedy);
    keys = std::move(*found);
    if (const auto all = store->credentials().all())
      for (const auto& record : *all) clear += record.sealed.key_id.empty() ? 1 : 0;
  }
  if (keys.empty() && config.vault_key_file_is_given)
    f.add("vault", FindingStatus::fail, file + " is not there, though the service manager should give it",
          "correct LoadCredential= of the unit");
  else if (keys.empty())
    f.add("vault", FindingStatus::ok, file + " is made when the first credential is stored");
  for (const auto& key : keys) {
    const auto what = file + ": key " + key.id + (key.current ? " seals, " : " is an old one, ") +
                      std::to_string(key.credentials) + " credentials are sealed with it";
    if (key.current)
      f.add("vault", FindingStatus::ok, what);
    else
      f.add("vault", FindingStatus::ok, what, "`tento key rotate` brings everything under one key");
  }
  if (clear != 0)
    f.add("vault", FindingStatus::warn,
          std::to_string(clear) + " credentials are stored in the clear, by an earlier version",
          "`tento key list` seals them");
}

void check_reach(FindingList& f, const std::string& id, const tento_integration& integration,
                 const EndpointSettings& settings) {
  const auto listed = integration.auth == nullptr ? std::span<const tento_str>() : origins(*integration.auth);
  const std::string who = "provider " + id + ", " + std::string(view(integration.id)) + ": ";
  const auto reach = Reach::of(listed, settings);
  if (!reach) return f.add("endpoint", FindingStatus::fail, who + reach.error().message, reach.error().remedy);
  for (const tento_str origin : listed) {
    const auto place = reach->place(view(origin));
    const auto to = place ? split_url(place->url) : Result<UrlParts>(UrlParts{});
    if (!to || place->url == view(origin)) continue;
    const std::string what = who + place->url + " stands in the place of " + std::string(view(origin));
    if (reach->safe(to->origin))
      f.add("endpoint", FindingStatus::ok, what);
    else
      f.add("endpoint", FindingStatus::warn, what + "; no credential is sent there over plain http",
            "use https, or set allow_insecure = true in [providers." + id + "]");
  }
}

// What stands in the place of a provider's services, and whether it can.
void check_endpoints(FindingList& f, const Config& config, const BootReport* report) {
  if (!config.http_ca_file.empty() && ::access(config.http_ca_file.c_str(), R_OK) != 0)
    f.add("http.ca_file", FindingStatus::fail, config.http_ca_file.string() + " cannot be read",
          "correct http.ca_file or remove it");
  for (const auto& [id, said] : config.endpoints) {
    const EndpointSettings settings{said.endpoint, said.endpoints, said.allow_insecure};
    bool known = false;
    if (report != nullptr)
      for (const auto& provider : report->loaded) {
        if (provider->note().id != id) continue;
        known = true;
        for (const auto* integration : integrations(provider->connector())) check_reach(f, id, *integration, settings);
      }
    if (!known)
      f.add("endpoint", FindingStatus::warn, "providers." + id + ": no provider of that id is loaded",
            "correct the id or remove it");
  }
}

void check_providers(FindingList& f, const BootReport& report) {
  for (const auto& info : report.providers) {
    const std::string what = info.id() + " (" + info.path.string() + "): ";
    if (info.state == ProviderState::loaded)
      f.add("provider", FindingStatus::ok, what + "loaded");
    else
      f.add("provider", info.state == ProviderState::rejected ? FindingStatus::fail : FindingStatus::warn,
            what + std::string(to_string(info.state)) + (info.rejection ? ": " + info.rejection->reason : ""),
            info.rejection ? info.rejection->remedy : "");
  }
  if (const auto& probe = report.probe_program; !probe.empty()) {
    if (::access(probe.c_str(), X_OK) == 0)
      f.add("tento-probe", FindingStatus::ok, probe.string());
    else
      f.add("tento-probe", FindingStatus::fail,
            probe.string() +
                ", in which files are tried before they are opened, cannot be run: a file that was not "
                "tried before is refused",
            "install it with the program, as libexec/tento/tento-probe beside it");
  }
  if (report.providers.empty())
    f.add("providers", FindingStatus::warn, "no provider file in any plugin folder",
          "put a provider's .so into one of the plugin folders");
  if (report.ok && report.missing.empty())
    f.add("boot check", FindingStatus::ok, "every interface that a provider needs is registered");
  else
    f.add("boot check", report.ok ? FindingStatus::warn : FindingStatus::fail, report.message,
          boot_error(report).remedy);
}

}  // namespace

Versions versions() {
  return {std::string(host_version()), std::to_string(TENTO_ABI_MAJOR) + "." + std::to_string(TENTO_ABI_MINOR),
          store_backend()};
}

std::string_view to_string(FindingStatus status) {
  switch (status) {
    case FindingStatus::ok:
      return "ok";
    case FindingStatus::warn:
      return "warn";
    case FindingStatus::fail:
      break;
  }
  return "fail";
}

std::vector<Finding> check_installation(const Config& config, const Result<BootReport>& report, bool deep) {
  FindingList f;
  const auto made_of = versions();
  f.add("versions", FindingStatus::ok, "tento " + made_of.tento + ", ABI " + made_of.abi + ", " + made_of.store);
  check_config(f, config);
  check_data_folder(f, config.data_dir);
  check_images(f, config.image_dir);
  check_plugin_folders(f, config);
  if (report)
    check_providers(f, *report);
  else
    f.add("providers", FindingStatus::fail, report.error().message, report.error().remedy);
  check_endpoints(f, config, report ? &*report : nullptr);
  check_stored(f, config, deep);
  check_vault(f, config);
  return std::move(f).take();
}

}  // namespace tento::host
