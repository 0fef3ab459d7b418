// SPDX-License-Identifier: Apache-2.0
// Secrets at rest: AES-256-GCM under keys of a key file, bound to whose they are. What is sealed says which key it
// wants.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/accounts/sealing.hpp"
#include "host/base/log.hpp"
#include "host/base/secret.hpp"
#include "host/loader/provider.hpp"
#include "host/store/store.hpp"

namespace tento::host {

struct VaultOptions {
  std::filesystem::path key_file;  // made, readable by this user alone, when something is to be sealed and nothing was
  bool key_file_is_given = false;  // by a service manager: never made, never written
  Log log;
  // Called at every step of what changes files or the store; for tests that end the process there. Empty = nothing.
  std::function<void(std::string_view step)> on_step;
};

// What is to be stored. A rotation takes no key away while a seal of it is alive: it ends when the store has the bytes.
class Seal {
 public:
  Seal() = default;
  Seal(SealedBytes sealed, std::shared_ptr<const void> hold) : sealed_(std::move(sealed)), hold_(std::move(hold)) {}
  [[nodiscard]] const SealedBytes& sealed() const { return sealed_; }
  operator const SealedBytes&() const { return sealed_; }  // NOLINT: it is what is stored

 private:
  SealedBytes sealed_;
  std::shared_ptr<const void> hold_;
};

struct ResealCounts {
  std::uint64_t resealed = 0;  // that were under another key, or none
  std::uint64_t current = 0;
  std::string key;                  // id of the key that all of it is under
  std::vector<std::string> unused;  // ids of the others: gone from the file, or for the operator to take out of it
};

struct KeyUse {
  std::string id;
  bool current = false;
  std::uint64_t credentials = 0;  // that are sealed with it
};

// Any thread.
class Vault {
 public:
  // Reads the key file if it is there. What is stored in the clear is sealed now and wiped from the disk. Errors, class
  // config: `vault_key_missing` (something is sealed and the file is not there), `vault_key_wrong` (a key that is
  // wanted is not in it), `vault_key_unsafe` (others may read it), `vault_key_invalid`, `vault_key_unreadable`: each
  // names file and remedy. The store outlives it.
  static Result<std::unique_ptr<Vault>> open(Store& store, VaultOptions options);
  // Looks alone: which keys there are, what is sealed with each. Changes nothing; the store may be open for reading
  // only. The errors are those of open(), but a key file that is not there is none while nothing is sealed.
  static Result<std::vector<KeyUse>> inspect(Store& store, VaultOptions options);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  // Makes the key file when there is none and nothing is sealed. The file is looked at each time: what is sealed with a
  // key that is not on the disk any more would be lost.
  [[nodiscard]] Result<Seal> seal(const SealFor& whose, std::string_view secret);
  // `vault_key_wrong`, or `vault_damaged` when the bytes are not what was sealed for them.
  [[nodiscard]] Result<Secret> open_sealed(const SealFor& whose, const SealedBytes& sealed);
  // A credential that was stored; for the account it is stored with. One in the clear as it is. Keys may be changed
  // between the reading of the record and this.
  [[nodiscard]] Result<Secret> open_credential(const CredentialRecord& record);
  [[nodiscard]] Result<Seal> seal_credential(const AccountRecord& account, std::string_view secret);
  // Purpose and whose of a connection under way.
  [[nodiscard]] static SealFor seal_for(const AuthorizationRecord& flow);

  // A new key, everything under it, the old keys gone, also what was sealed with them: online, and whole again after a
  // kill at any point. With a key file that is given, everything goes under its first key, and the result says which
  // ones the operator may take out. The store is written anew at the end, which keeps writers waiting. Errors:
  // `vault_damaged` names the account whose credential does not open, before anything changed.
  [[nodiscard]] Result<ResealCounts> rotate();

  // Id of the key that seals now; empty before there is one.
  [[nodiscard]] std::string current_key() const;
  // In the order of the file.
  [[nodiscard]] Result<std::vector<KeyUse>> keys() const;
  [[nodiscard]] const std::filesystem::path& key_file() const;
  [[nodiscard]] bool key_file_is_given() const;

 private:
  class Impl;
  explicit Vault(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::host
