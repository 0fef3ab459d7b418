// SPDX-License-Identifier: Apache-2.0
// Secrets at rest: AES-256-GCM under keys of a key file, bound to whose they are. What is sealed says which key it wants.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/deps/http_credential.hpp"
#include "host/loader/provider.hpp"
#include "host/store/account_store.hpp"

namespace tento::host {

struct VaultOptions {
  std::filesystem::path key_file;  // made, readable by this user alone, when something is to be sealed and nothing was
  bool key_file_is_given = false;  // by a service manager: never made, never written
  std::function<void(LogLevel, const std::string&)> log;
  // Called at every step of what changes files or the store; for tests that end the process there. Empty = nothing.
  std::function<void(std::string_view step)> on_step;
};

// What a secret belongs to; a seal does not open for anything else.
struct SealFor {
  std::string_view purpose;  // `credential`, `flow`
  Uuid owner;
  std::string_view provider;
  std::string_view kind;
  std::string_view account;  // of a flow: its hash
};

struct ResealCounts {
  std::uint64_t resealed = 0;  // that were under another key, or none
  std::uint64_t current = 0;
};

// Any thread.
class Vault {
 public:
  // Reads the key file if it is there. What is stored in the clear is sealed now and wiped from the disk. Errors, class
  // config: `vault_key_missing` (something is sealed and the file is not there), `vault_key_wrong` (a key that is wanted
  // is not in it), `vault_key_unsafe` (others may read it), `vault_key_invalid`: each names file and remedy.
  static Result<std::unique_ptr<Vault>> open(CellStore& store, VaultOptions options);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  [[nodiscard]] Result<SealedBytes> seal(const SealFor& whose, std::string_view secret);
  // `vault_key_wrong`, or `vault_damaged` when the bytes are not what was sealed for them.
  [[nodiscard]] Result<Secret> open_sealed(const SealFor& whose, const SealedBytes& sealed);
  // A credential that was stored; for the account it is stored with.
  [[nodiscard]] Result<Secret> open_credential(const CredentialRecord& record);
  [[nodiscard]] Result<SealedBytes> seal_credential(const AccountRecord& account, std::string_view secret);

  // A new key, everything under it, the old keys gone: online, and whole again after a kill at any point. With a key
  // file that is given, everything goes under its first key, and what the operator may remove is said in the result.
  [[nodiscard]] Result<ResealCounts> rotate();
  // Id of the key that seals now; empty before there is one.
  [[nodiscard]] std::string current_key() const;

 private:
  class Impl;
  explicit Vault(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::host
