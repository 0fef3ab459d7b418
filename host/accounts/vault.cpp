// SPDX-License-Identifier: Apache-2.0
// Opening (checks, what versions before stored in the clear), sealing, opening, rotating.
#include "host/accounts/vault.hpp"

#include <spdlog/fmt/fmt.h>

#include <map>
#include <mutex>
#include <utility>

#include "host/accounts/vault_keys.hpp"
#include "host/base/log.hpp"

namespace tento::host {

namespace {

std::string name_of(const AccountKey& account) {
  return fmt::format("the credential of account `{}` of provider `{}`", account.auth_id, account.provider);
}

SealFor of_credential(const CredentialRecord& record) {
  return {"credential", record.account.owner, record.account.provider, record.kind, record.account.auth_id};
}

tl::unexpected<Error> damaged(const std::string& what) {
  return vault_error(
      "vault_damaged",
      fmt::format("{} is not what was sealed for it: the store was changed or damaged. Connect the account "
                  "again, or restore store and key file from a backup",
                  what),
      "connect the account again");
}

}  // namespace

class Vault::Impl {
 public:
  Impl(Store& store, VaultOptions options)
      : store_(store),
        options_(std::move(options)),
        keys_(KeyFile(options_.key_file, options_.key_file_is_given, options_.on_step)) {}

  Result<void> start() {
    TENTO_TRY(keys_.follow());
    TENTO_TRY_ASSIGN(const auto credentials, store_.credentials().all());
    TENTO_TRY(check(credentials));
    TENTO_TRY(adopt(credentials));
    TENTO_TRY_ASSIGN(const bool due, store_.maintenance().wipe_due());
    if (due) wipe();
    return {};
  }

  Result<Seal> seal(const SealFor& whose, std::string_view secret) {
    TENTO_TRY_ASSIGN(auto held, keys_.current());
    TENTO_TRY_ASSIGN(auto bytes, seal_text(*held.key, whose, secret));
    return Seal({std::move(bytes), held.key->id}, std::move(held.hold));
  }

  // `what` is named when it does not open.
  Result<Secret> open(const SealFor& whose, const SealedBytes& sealed, const std::string& what) {
    if (sealed.key_id.empty() || sealing_key(sealed.bytes) != sealed.key_id) return damaged(what);
    TENTO_TRY_ASSIGN(const auto key, keys_.find(sealed.key_id));
    if (!key) return wrong_key(sealed.key_id, what);
    auto secret = open_text(*key, whose, sealed.bytes);
    if (!secret) return damaged(what);
    return std::move(*secret);
  }

  Result<Secret> open(const CredentialRecord& record) {
    if (record.sealed.key_id.empty()) return Secret(record.sealed.bytes);
    auto opened = open(of_credential(record), record.sealed, name_of(record.account));
    // Keys may have been changed since the record was read: then the same secret is under another one now.
    for (std::string wanted = record.sealed.key_id; !opened && opened.error().tag == "vault_key_wrong";) {
      TENTO_TRY_ASSIGN(const auto now, store_.credentials().find(record.account));
      if (!now || now->generation != record.generation || now->sealed.key_id == wanted) break;
      wanted = now->sealed.key_id;
      opened = open(of_credential(*now), now->sealed, name_of(now->account));
    }
    return opened;
  }

  Result<ResealCounts> rotate() {
    const std::scoped_lock one_at_a_time(rotating_);
    TENTO_TRY(keys_.follow());
    {
      TENTO_TRY_ASSIGN(const auto credentials, store_.credentials().all());
      TENTO_TRY(check(credentials));
      for (const auto& record : credentials) TENTO_TRY(open(record));
    }
    ResealCounts counts;
    TENTO_TRY_ASSIGN(counts.key, keys_.add());
    for (const auto& key : keys_.ring())
      if (key->id != counts.key) counts.unused.push_back(key->id);
    step("new key");
    // From here on everybody seals with the new key; who sealed before brings it to the store first.
    keys_.drain(counts.key);
    for (bool again = true; again;) {
      again = false;
      TENTO_TRY(reseal_credentials(counts, again));
      TENTO_TRY(reseal_flows(counts, again));
    }
    TENTO_TRY_ASSIGN(const auto credentials, store_.credentials().all());
    counts.current = credentials.size() - std::min<std::uint64_t>(counts.resealed, credentials.size());
    step("all resealed");
    TENTO_TRY(keys_.keep_only(counts.key));
    step("old keys gone");
    log(LogLevel::info,
        fmt::format("vault: key {} seals from now on; {} credentials were sealed anew", counts.key, counts.resealed));
    TENTO_TRY_ASSIGN(const bool due, store_.maintenance().wipe_due());
    if (due) wipe();
    return counts;
  }

  Result<std::vector<KeyUse>> inspect() {
    TENTO_TRY(keys_.follow());
    TENTO_TRY_ASSIGN(const auto credentials, store_.credentials().all());
    TENTO_TRY(check(credentials));
    return keys();
  }

  Result<std::vector<KeyUse>> keys() {
    TENTO_TRY(keys_.follow());
    std::vector<KeyUse> out;
    for (const auto& key : keys_.ring()) out.push_back({key->id, out.empty(), 0});
    TENTO_TRY_ASSIGN(const auto credentials, store_.credentials().all());
    for (const auto& record : credentials)
      for (auto& use : out)
        if (use.id == record.sealed.key_id) ++use.credentials;
    return out;
  }

  [[nodiscard]] std::string current_key() const {
    const auto ring = keys_.ring();
    return ring.empty() ? std::string() : ring.front()->id;
  }
  [[nodiscard]] const VaultOptions& options() const { return options_; }

 private:
  void log(LogLevel level, const std::string& text) const {
    if (options_.log) options_.log(level, text);
  }
  void step(std::string_view what) const {
    if (options_.on_step) options_.on_step(what);
  }

  [[nodiscard]] tl::unexpected<Error> wrong_key(std::string_view wanted, const std::string& what) const {
    const auto ring = keys_.ring();
    if (ring.empty())
      return vault_error(
          "vault_key_missing",
          fmt::format(
              "the vault's key file {} is not there, and {} is sealed with its key {}. Put the file back, or set "
              "vault.key_file to where it is; without that key the account has to be connected again",
              options_.key_file.string(), what, wanted),
          "put the key file back");
    return vault_error(
        "vault_key_wrong",
        fmt::format("{} is sealed with key {}, and the vault's key file {} has {} alone. Put the line of that key back "
                    "below the first one, or set vault.key_file to the file that has it; without it the account has to "
                    "be connected again",
                    what, wanted, options_.key_file.string(), ids_of(ring)),
        "restore the key file");
  }

  // That each key is there and is the one it says. A single credential that does not open is its account's matter.
  Result<void> check(const std::vector<CredentialRecord>& credentials) {
    struct Seen {
      std::size_t opened = 0;
      const CredentialRecord* failed = nullptr;
    };
    std::map<std::string_view, Seen> by_key;
    for (const auto& record : credentials) {
      if (record.sealed.key_id.empty()) continue;
      TENTO_TRY_ASSIGN(const auto key, keys_.find(record.sealed.key_id));
      if (!key) return wrong_key(record.sealed.key_id, name_of(record.account));
      auto& seen = by_key[record.sealed.key_id];
      if (open_text(*key, of_credential(record), record.sealed.bytes)) {
        ++seen.opened;
      } else {
        seen.failed = &record;
        log(LogLevel::warn, damaged(name_of(record.account)).value().message);
      }
    }
    for (const auto& [id, seen] : by_key)
      if (seen.failed != nullptr && seen.opened == 0)
        return vault_error(
            "vault_key_wrong",
            fmt::format("nothing that is sealed with key {} opens, {} among it: what the vault's key file {} has under "
                        "that id is not that key. Restore the file, or set vault.key_file to the right one",
                        id, name_of(seen.failed->account), options_.key_file.string()),
            "restore the key file");
    return {};
  }

  // Versions before the vault stored credentials in the clear.
  Result<void> adopt(const std::vector<CredentialRecord>& credentials) {
    std::size_t sealed = 0;
    for (const auto& record : credentials) {
      if (!record.sealed.key_id.empty()) continue;
      TENTO_TRY_ASSIGN(const auto after, seal(of_credential(record), record.sealed.bytes));
      TENTO_TRY_ASSIGN(const bool done, store_.credentials().reseal(record, after));
      sealed += done ? 1 : 0;
      step("adopted");
    }
    if (sealed != 0)
      log(LogLevel::info,
          fmt::format("vault: {} credentials that an earlier version stored in the clear are sealed", sealed));
    return {};
  }

  // Nothing is lost when this fails, and the next start tries again.
  void wipe() {
    log(LogLevel::info, "vault: the store is written anew, so that nothing of what it held before is left in the file");
    step("wipe");
    if (const auto done = store_.maintenance().wipe(); !done)
      log(LogLevel::warn,
          "vault: what credentials were before may be left in the store's file: " + done.error().message);
    step("wiped");
  }

  Result<void> reseal_credentials(ResealCounts& counts, bool& again) {
    TENTO_TRY_ASSIGN(const auto credentials, store_.credentials().all());
    for (const auto& record : credentials) {
      if (record.sealed.key_id == counts.key) continue;
      again = true;  // who replaced it meanwhile is looked at once more
      TENTO_TRY_ASSIGN(const auto secret, open(record));
      TENTO_TRY_ASSIGN(const auto after, seal(of_credential(record), secret.text()));
      TENTO_TRY_ASSIGN(const bool done, store_.credentials().reseal(record, after));
      counts.resealed += done ? 1 : 0;
      step("resealed");
    }
    return {};
  }

  // One that does not open is of no use to anybody: its user begins again.
  Result<void> reseal_flows(const ResealCounts& counts, bool& again) {
    TENTO_TRY_ASSIGN(const auto flows, store_.authorizations().all());
    for (const auto& flow : flows) {
      if (flow.sealed.key_id == counts.key) continue;
      again = true;
      const auto secret = open(Vault::seal_for(flow), flow.sealed, "a connection under way");
      if (!secret) {
        TENTO_TRY(store_.authorizations().take(flow.state_hash));
        continue;
      }
      TENTO_TRY_ASSIGN(const auto after, seal(Vault::seal_for(flow), secret->text()));
      TENTO_TRY(store_.authorizations().reseal(flow, after));
      step("flow resealed");
    }
    return {};
  }

  Store& store_;
  VaultOptions options_;
  VaultKeys keys_;
  std::mutex rotating_;
};

Vault::Vault(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Vault::~Vault() = default;

Result<std::unique_ptr<Vault>> Vault::open(Store& store, VaultOptions options) {
  auto impl = std::make_unique<Impl>(store, std::move(options));
  TENTO_TRY(impl->start());
  return std::unique_ptr<Vault>(new Vault(std::move(impl)));
}

Result<std::vector<KeyUse>> Vault::inspect(Store& store, VaultOptions options) {
  return Impl(store, std::move(options)).inspect();
}

Result<Seal> Vault::seal(const SealFor& whose, std::string_view secret) {
  return impl_->seal(whose, secret);
}

Result<Secret> Vault::open_sealed(const SealFor& whose, const SealedBytes& sealed) {
  return impl_->open(whose, sealed,
                     fmt::format("what is kept for a {} of provider `{}`", whose.purpose, whose.provider));
}

Result<Secret> Vault::open_credential(const CredentialRecord& record) {
  return impl_->open(record);
}

Result<Seal> Vault::seal_credential(const AccountRecord& account, std::string_view secret) {
  return impl_->seal({"credential", account.owner, account.provider, account.kind, account.auth_id}, secret);
}

SealFor Vault::seal_for(const AuthorizationRecord& flow) {
  return {"flow", flow.owner, flow.provider, flow.kind, flow.state_hash};
}

Result<ResealCounts> Vault::rotate() {
  return impl_->rotate();
}

std::string Vault::current_key() const {
  return impl_->current_key();
}

Result<std::vector<KeyUse>> Vault::keys() const {
  return impl_->keys();
}

const std::filesystem::path& Vault::key_file() const {
  return impl_->options().key_file;
}

bool Vault::key_file_is_given() const {
  return impl_->options().key_file_is_given;
}

}  // namespace tento::host
