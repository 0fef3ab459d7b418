// SPDX-License-Identifier: Apache-2.0
/// @file account.hpp
/// Who a call is for: the owner of the rows, the account at the service, the one who asked. Views, valid for the call.
#pragma once

#include <tento/base.h>

#include <cstddef>
#include <string_view>

#include "result.hpp"
#include "uuid.hpp"

namespace tento {

namespace detail {

/// Whether the field that ends at `end` exists in a struct of `size` bytes.
[[nodiscard]] constexpr bool has(std::uint32_t size, std::size_t end) noexcept {
  return size >= end;
}

}  // namespace detail

/// `field` of the appendable struct behind `pointer`, or a value-initialized one where the giver is older.
#define TENTO_FIELD_OR_EMPTY(pointer, type, field)                                                        \
  ((pointer) != nullptr &&                                                                                \
           ::tento::detail::has((pointer)->struct_size, offsetof(type, field) + sizeof((pointer)->field)) \
       ? (pointer)->field                                                                                 \
       : decltype((pointer)->field){})

/// The user whose rows they are.
class Owner {
 public:
  /// A view of `abi`, which must outlive it and is not null.
  explicit Owner(const tento_owner* abi) noexcept : abi_(abi) {}
  /// Random, stable for ever.
  [[nodiscard]] Uuid id() const noexcept { return Uuid::from_abi(abi_->id); }
  /// What people call them.
  [[nodiscard]] std::string_view name() const noexcept { return view(TENTO_FIELD_OR_EMPTY(abi_, tento_owner, name)); }
  /// IANA zone name.
  [[nodiscard]] std::string_view time_zone() const noexcept {
    return view(TENTO_FIELD_OR_EMPTY(abi_, tento_owner, time_zone));
  }

 private:
  const tento_owner* abi_;
};

/// Who asked.
class Actor {
 public:
  /// What kind of caller; an unknown kind is an `other` without rights.
  enum class Kind : tento_actor_kind {
    system = TENTO_ACTOR_SYSTEM,  ///< the host itself: schedules, refreshes, retries
    user = TENTO_ACTOR_USER,      ///< a person
    token = TENTO_ACTOR_TOKEN,    ///< a program with a token
    other = 0xffffffffu,          ///< a kind this SDK does not know
  };
  /// A view of `abi`, which must outlive it and is not null.
  explicit Actor(const tento_actor* abi) noexcept : abi_(abi) {}
  /// Which kind of caller.
  [[nodiscard]] Kind kind() const noexcept { return abi_->kind <= TENTO_ACTOR_TOKEN ? Kind{abi_->kind} : Kind::other; }
  /// The user or token; zeros for the system.
  [[nodiscard]] Uuid id() const noexcept { return Uuid::from_abi(abi_->id); }
  /// For logs.
  [[nodiscard]] std::string_view name() const noexcept { return view(TENTO_FIELD_OR_EMPTY(abi_, tento_actor, name)); }

 private:
  const tento_actor* abi_;
};

/// One connected login of an owner, without any secret.
class Account {
 public:
  /// State of its credential; an unknown one counts as needs_reauth.
  enum class State : tento_account_state {
    active = TENTO_ACCOUNT_ACTIVE,              ///< usable
    provisional = TENTO_ACCOUNT_PROVISIONAL,    ///< staged for check_account, not stored yet
    needs_reauth = TENTO_ACCOUNT_NEEDS_REAUTH,  ///< the credential is dead; data is kept
    disabled = TENTO_ACCOUNT_DISABLED,          ///< switched off by a person
  };
  /// A view of `abi`, which must outlive it and is not null.
  explicit Account(const tento_account* abi) noexcept : abi_(abi) {}
  /// State of its credential.
  [[nodiscard]] State state() const noexcept {
    return abi_->state <= TENTO_ACCOUNT_DISABLED ? State{abi_->state} : State::needs_reauth;
  }
  /// Kind of its credential, the KIND of an auth provider.
  [[nodiscard]] std::string_view kind() const noexcept { return view(TENTO_FIELD_OR_EMPTY(abi_, tento_account, kind)); }
  /// The `{authId}`: stable, not percent-encoded.
  [[nodiscard]] std::string_view auth_id() const noexcept {
    return view(TENTO_FIELD_OR_EMPTY(abi_, tento_account, auth_id));
  }
  /// What people see.
  [[nodiscard]] std::string_view label() const noexcept {
    return view(TENTO_FIELD_OR_EMPTY(abi_, tento_account, label));
  }
  /// Granted scopes, separated by single spaces.
  [[nodiscard]] std::string_view scopes() const noexcept {
    return view(TENTO_FIELD_OR_EMPTY(abi_, tento_account, scopes));
  }
  /// Whether `scope` was granted.
  [[nodiscard]] bool has_scope(std::string_view scope) const noexcept;
  /// IANA zone name; the owner's where the account has none of its own.
  [[nodiscard]] std::string_view time_zone() const noexcept {
    return view(TENTO_FIELD_OR_EMPTY(abi_, tento_account, time_zone));
  }
  /// The declared settings as a JSON object, without secrets; `settings.hpp` reads it.
  [[nodiscard]] std::string_view settings_json() const noexcept {
    return view(TENTO_FIELD_OR_EMPTY(abi_, tento_account, settings_json));
  }
  /// Grows with each change of the credential.
  [[nodiscard]] std::uint64_t generation() const noexcept {
    return TENTO_FIELD_OR_EMPTY(abi_, tento_account, generation);
  }
  /// As it came over the ABI.
  [[nodiscard]] const tento_account& abi() const noexcept { return *abi_; }

 private:
  const tento_account* abi_;
};

}  // namespace tento
