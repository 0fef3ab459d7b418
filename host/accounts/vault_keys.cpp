// SPDX-License-Identifier: Apache-2.0
// Nothing seals with a key that is not on the disk.
#include "host/accounts/vault_keys.hpp"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace tento::host {

Error VaultKeys::missing() const {
  auto text = fmt::format("the vault's key file {} is not there", file_.path().string());
  text += file_.given() ? ". The service manager gives it: put it there, with a line "
                          "`<16 hex digits> <32 random bytes in base64>`"
                        : ", and credentials are sealed with a key of it. Put it back, or set vault.key_file to where "
                          "it is";
  return vault_error("vault_key_missing", std::move(text), "put the key file back").value();
}

Result<void> VaultKeys::read_locked() {
  TENTO_TRY_ASSIGN(auto content, file_.read());
  if (!content) {
    if (!ring_.empty()) return fail(missing());
    return {};
  }
  ring_ = std::move(content->ring);
  stamp_ = content->stamp;
  return {};
}

Result<void> VaultKeys::follow_locked() {
  if (stamp_ && file_.stamp() == stamp_) return {};
  return read_locked();
}

Result<void> VaultKeys::make_locked() {
  if (file_.given()) return fail(missing());
  TENTO_TRY_ASSIGN(auto key, new_vault_key());
  TENTO_TRY(file_.create({key}));
  // Also when another one came meanwhile: then that one holds.
  TENTO_TRY(read_locked());
  if (ring_.empty()) return fail(missing());
  return {};
}

Result<void> VaultKeys::follow() {
  const std::scoped_lock lock(mutex_);
  return follow_locked();
}

Result<VaultKeys::Held> VaultKeys::current() {
  const std::scoped_lock lock(mutex_);
  TENTO_TRY(follow_locked());
  if (ring_.empty()) TENTO_TRY(make_locked());
  Held held{ring_.front(), nullptr};
  const std::scoped_lock counting(holds_->mutex);
  ++holds_->counts[held.key->id];
  held.hold = std::shared_ptr<const void>(nullptr, [holds = holds_, id = held.key->id](const void*) {
    const std::scoped_lock ending(holds->mutex);
    if (--holds->counts[id] == 0) holds->counts.erase(id);
    holds->ended.notify_all();
  });
  return held;
}

Result<std::shared_ptr<const VaultKey>> VaultKeys::find(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  if (auto key = find_key(ring_, id)) return key;
  TENTO_TRY(read_locked());
  return find_key(ring_, id);
}

Result<std::string> VaultKeys::add() {
  const std::scoped_lock lock(mutex_);
  TENTO_TRY(read_locked());
  if (ring_.empty()) {
    TENTO_TRY(make_locked());
  } else if (!file_.given()) {
    TENTO_TRY_ASSIGN(auto key, new_vault_key());
    KeyRing longer{std::move(key)};
    longer.insert(longer.end(), ring_.begin(), ring_.end());
    TENTO_TRY(file_.replace(longer));
    TENTO_TRY(read_locked());
  }
  return ring_.front()->id;
}

void VaultKeys::drain(std::string_view but) {
  std::unique_lock lock(holds_->mutex);
  holds_->ended.wait(lock, [&] {
    for (const auto& [id, count] : holds_->counts)
      if (id != but) return false;
    return true;
  });
}

Result<void> VaultKeys::keep_only(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  TENTO_TRY(read_locked());
  const auto key = find_key(ring_, id);
  if (!key)
    return vault_error("vault_key_wrong",
                       fmt::format("the key {} is not in the key file {} any more: somebody else changed it. Put the "
                                   "key's line back, credentials are sealed with it",
                                   id, file_.path().string()),
                       "restore the key file");
  if (ring_.size() == 1 || file_.given()) return {};
  TENTO_TRY(file_.replace({key}));
  return read_locked();
}

KeyRing VaultKeys::ring() const {
  const std::scoped_lock lock(mutex_);
  return ring_;
}

}  // namespace tento::host
