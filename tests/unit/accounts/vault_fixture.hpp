// SPDX-License-Identifier: Apache-2.0
// A store with accounts, and a vault over it that can be closed and opened again.
#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/accounts/vault.hpp"
#include "host/base/log.hpp"
#include "tests/unit/store/fixture.hpp"

namespace tento::host::testing {

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_private(const std::filesystem::path& file, std::string_view text, mode_t mode = 0600) {
  std::filesystem::remove(file);
  std::ofstream(file, std::ios::binary) << text;
  REQUIRE(::chmod(file.c_str(), mode) == 0);
}

struct VaultFixture : StoreFixture {
  std::filesystem::path key_file = folder.path() / "data" / "vault.key";
  bool given = false;
  std::vector<std::string> said;
  std::function<void(std::string_view)> on_step;
  std::unique_ptr<Vault> vault;

  [[nodiscard]] VaultOptions vault_options() {
    return {key_file, given, [this](LogLevel, const std::string& text) { said.push_back(text); }, on_step};
  }
  Result<void> try_open() {
    vault.reset();
    TENTO_TRY_ASSIGN(vault, Vault::open(*store, vault_options()));
    return {};
  }
  void reopen() {
    vault.reset();
    StoreFixture::open();
    must(try_open());
  }
  Store& creds() { return *store; }
  [[nodiscard]] AccountRecord account(const std::string& id) const {
    AccountRecord a;
    a.owner = owner.id;
    a.provider = "x";
    a.integration = "X";
    a.kind = "x_kind";
    a.auth_id = id;
    return a;
  }
  void put(const std::string& id, const std::string& secret) {
    const auto a = account(id);
    must(store->credentials().put(a, must(vault->seal_credential(a, secret))));
  }
  CredentialRecord record(const std::string& id) {
    return must(store->credentials().find({owner.id, "x", id})).value();
  }
  std::string secret_of(const std::string& id) { return must(vault->open_credential(record(id))).text(); }
  AuthorizationRecord put_flow(const std::string& state, const std::string& secret) {
    AuthorizationRecord flow;
    flow.state_hash = state;
    flow.owner = owner.id;
    flow.provider = "x";
    flow.integration = "X";
    flow.kind = "code";
    flow.created_us = now;
    flow.sealed = must(vault->seal(Vault::seal_for(flow), secret)).sealed();
    must(store->authorizations().add(flow));
    return flow;
  }
  // All that is in the data folder, but the key file.
  std::string files() {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(options().folder))
      if (entry.path() != key_file) all += text_of(entry.path());
    return all;
  }
};

}  // namespace tento::host::testing
