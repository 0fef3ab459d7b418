// SPDX-License-Identifier: Apache-2.0
/// @file auth.hpp
/// How an account is connected, as data: the card, the flow, the settings. Constants only; the host does the rest.
#pragma once

#include <tento/auth.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "label.hpp"

namespace tento {

/// One setting of an account: `setting("path").path().required().label("Folder")`.
class Setting {
 public:
  /// A string setting called `name` ([a-z][a-z0-9_]{0,63}).
  constexpr explicit Setting(std::string_view name) noexcept {
    abi_.struct_size = sizeof(tento_setting);
    abi_.name = str(name);
  }
  /// A whole number.
  [[nodiscard]] constexpr Setting integer() const noexcept { return with_type(TENTO_SETTING_INTEGER); }
  /// Any number.
  [[nodiscard]] constexpr Setting number() const noexcept { return with_type(TENTO_SETTING_NUMBER); }
  /// True or false.
  [[nodiscard]] constexpr Setting boolean() const noexcept { return with_type(TENTO_SETTING_BOOLEAN); }
  /// An absolute path; where providers are isolated it is the grant to read it.
  [[nodiscard]] constexpr Setting path() const noexcept { return with_type(TENTO_SETTING_PATH); }
  /// An absolute http or https URL.
  [[nodiscard]] constexpr Setting url() const noexcept { return with_type(TENTO_SETTING_URL); }
  /// A secret: it goes to the vault and is never among the settings a provider reads.
  [[nodiscard]] constexpr Setting secret() const noexcept { return with_type(TENTO_SETTING_SECRET); }
  /// A list of strings; people write it separated by commas.
  [[nodiscard]] constexpr Setting list() const noexcept { return with_type(TENTO_SETTING_LIST); }
  /// One of a table that has static storage: `static constexpr auto units = tento::texts("metric", "imperial");`.
  template <std::size_t N>
  [[nodiscard]] constexpr Setting choice(const std::array<tento_str, N>& choices) const noexcept {
    Setting out = with_type(TENTO_SETTING_CHOICE);
    out.abi_.choices = choices.data();
    out.abi_.choice_count = N;
    return out;
  }
  /// The account cannot be connected without it.
  [[nodiscard]] constexpr Setting required() const noexcept {
    Setting out = *this;
    out.abi_.flags |= TENTO_SETTING_REQUIRED;
    return out;
  }
  /// Of a URL: the address of the account's own server, for a service that people host themselves. The credential of
  /// the account may go to its origin, beside the auth provider's ORIGINS; that of no other account may.
  [[nodiscard]] constexpr Setting origin() const noexcept {
    Setting out = *this;
    out.abi_.flags |= TENTO_SETTING_ORIGIN;
    return out;
  }
  /// What people see.
  [[nodiscard]] constexpr Setting label(Label label) const noexcept {
    Setting out = *this;
    out.abi_.label = label.abi();
    return out;
  }
  /// One sentence more.
  [[nodiscard]] constexpr Setting help(Label help) const noexcept {
    Setting out = *this;
    out.abi_.help = help.abi();
    return out;
  }
  /// What holds when nobody says otherwise, as text.
  [[nodiscard]] constexpr Setting default_value(std::string_view text) const noexcept {
    Setting out = *this;
    out.abi_.default_value = str(text);
    return out;
  }
  /// ECMAScript regular expression that the whole value must match.
  [[nodiscard]] constexpr Setting pattern(std::string_view regex) const noexcept {
    Setting out = *this;
    out.abi_.pattern = str(regex);
    return out;
  }
  /// As it crosses the ABI.
  [[nodiscard]] constexpr const tento_setting& abi() const noexcept { return abi_; }

 private:
  [[nodiscard]] constexpr Setting with_type(tento_setting_type type) const noexcept {
    Setting out = *this;
    out.abi_.type = type;
    return out;
  }
  tento_setting abi_{};
};

/// Begins a setting.
[[nodiscard]] constexpr Setting setting(std::string_view name) noexcept {
  return Setting(name);
}

/// The settings of an account: `static constexpr auto SETTINGS = tento::settings(tento::setting("path")...)`.
template <class... S>
[[nodiscard]] constexpr std::array<Setting, sizeof...(S)> settings(const S&... entries) noexcept {
  return {entries...};
}

/// A table of texts: the choices of a setting, the scopes of a group, the origins of an auth provider.
template <class... T>
[[nodiscard]] constexpr std::array<tento_str, sizeof...(T)> texts(const T&... entries) noexcept {
  return {str(std::string_view(entries))...};
}

/// Origins (`https://host[:port]`) that may receive the credential: `static constexpr auto ORIGINS = origins(...)`.
template <class... T>
[[nodiscard]] constexpr std::array<tento_str, sizeof...(T)> origins(const T&... entries) noexcept {
  return texts(entries...);
}

/// A group of scopes that people grant or not.
class ScopeGroup {
 public:
  /// Scopes as the service spells them, in a table that has static storage.
  template <std::size_t N>
  constexpr ScopeGroup(std::string_view name, const std::array<tento_str, N>& scopes, Label help,
                       bool required = false) noexcept
      : abi_{sizeof(tento_scope_group), required ? 1u : 0u, str(name), help.abi(), scopes.data(), N} {}
  /// As it crosses the ABI.
  [[nodiscard]] constexpr const tento_scope_group& abi() const noexcept { return abi_; }

 private:
  tento_scope_group abi_;
};

/// The scope groups of an auth provider: `static constexpr auto SCOPES = tento::scope_groups(...)`.
template <class... G>
[[nodiscard]] constexpr std::array<ScopeGroup, sizeof...(G)> scope_groups(const G&... entries) noexcept {
  return {entries...};
}

/// How an account authenticates: begin with `auth_none`, `auth_token`, `auth_basic` or `auth_oauth2`.
class AuthData {
  template <class F>
  [[nodiscard]] constexpr AuthData with(F&& change) const noexcept {
    AuthData out = *this;
    change(out.abi_);
    return out;
  }
  tento_auth abi_{};

 public:
  /// Everything empty but how it authenticates and how the credential is put into a request.
  constexpr AuthData(tento_auth_how how, tento_inject inject) noexcept {
    abi_.struct_size = sizeof(tento_auth);
    abi_.how = how;
    abi_.inject = inject;
  }
  /// Title of the card that people see.
  [[nodiscard]] constexpr AuthData title(Label text) const noexcept {
    return with([&](auto& a) { a.card_title = text.abi(); });
  }
  /// Text of the card.
  [[nodiscard]] constexpr AuthData text(Label text) const noexcept {
    return with([&](auto& a) { a.card_text = text.abi(); });
  }
  /// An SVG document.
  [[nodiscard]] constexpr AuthData icon(std::string_view svg) const noexcept {
    return with([&](auto& a) { a.icon_svg = str(svg); });
  }
  /// `#rrggbb`.
  [[nodiscard]] constexpr AuthData colour(std::string_view rgb) const noexcept {
    return with([&](auto& a) { a.colour = str(rgb); });
  }
  /// Where people read how to get a credential.
  [[nodiscard]] constexpr AuthData docs(std::string_view url) const noexcept {
    return with([&](auto& a) { a.docs_url = str(url); });
  }
  /// The credential goes into header `name`, after `prefix`.
  [[nodiscard]] constexpr AuthData in_header(std::string_view name, std::string_view prefix = {}) const noexcept {
    return with([&](auto& a) {
      a.inject = TENTO_INJECT_HEADER;
      a.inject_name = str(name);
      a.inject_prefix = str(prefix);
    });
  }
  /// The credential goes into query parameter `name`.
  [[nodiscard]] constexpr AuthData in_query(std::string_view name) const noexcept {
    return with([&](auto& a) {
      a.inject = TENTO_INJECT_QUERY;
      a.inject_name = str(name);
    });
  }
  /// Where id and label of the account come from: a URL and JSON Pointers into its answer.
  [[nodiscard]] constexpr AuthData userinfo(std::string_view url, std::string_view id_pointer,
                                            std::string_view label_pointer) const noexcept {
    return with([&](auto& a) {
      a.userinfo_url = str(url);
      a.id_pointer = str(id_pointer);
      a.label_pointer = str(label_pointer);
    });
  }
  /// OAuth endpoints: authorization and token.
  [[nodiscard]] constexpr AuthData endpoints(std::string_view authorize_url,
                                             std::string_view token_url) const noexcept {
    return with([&](auto& a) {
      a.grants |= TENTO_GRANT_CODE;
      a.authorize_url = str(authorize_url);
      a.token_url = str(token_url);
    });
  }
  /// Device authorization endpoint (RFC 8628).
  [[nodiscard]] constexpr AuthData device(std::string_view url) const noexcept {
    return with([&](auto& a) {
      a.grants |= TENTO_GRANT_DEVICE;
      a.device_url = str(url);
    });
  }
  /// Revocation endpoint (RFC 7009).
  [[nodiscard]] constexpr AuthData revoke(std::string_view url) const noexcept {
    return with([&](auto& a) { a.revoke_url = str(url); });
  }
  /// Issuer, for discovery of the endpoints (RFC 8414).
  [[nodiscard]] constexpr AuthData issuer(std::string_view url) const noexcept {
    return with([&](auto& a) { a.issuer = str(url); });
  }
  /// How the client authenticates at the token endpoint: a TENTO_TOKEN_AUTH_* value.
  [[nodiscard]] constexpr AuthData token_auth(tento_token_auth how) const noexcept {
    return with([&](auto& a) { a.token_auth = how; });
  }
  /// What stands between scopes, when it is no space.
  [[nodiscard]] constexpr AuthData scope_separator(std::string_view text) const noexcept {
    return with([&](auto& a) { a.scope_separator = str(text); });
  }
  /// Further authorization parameters, a JSON object.
  [[nodiscard]] constexpr AuthData extra_params(std::string_view json) const noexcept {
    return with([&](auto& a) { a.extra_params_json = str(json); });
  }
  /// The service hands out a new refresh token at each refresh and ends the old one.
  [[nodiscard]] constexpr AuthData rotates() const noexcept {
    return with([&](auto& a) { a.flags |= TENTO_AUTH_ROTATES; });
  }
  /// A token that a person pastes does as well as one that the flow brings.
  [[nodiscard]] constexpr AuthData takes_token() const noexcept {
    return with([&](auto& a) { a.flags |= TENTO_AUTH_TAKES_TOKEN; });
  }
  /// Refresh so many seconds before the end.
  [[nodiscard]] constexpr AuthData refresh_margin(std::int64_t seconds) const noexcept {
    return with([&](auto& a) { a.refresh_margin_s = seconds; });
  }
  /// Tag of the error of a dead account (`myprovider_auth_expired`).
  [[nodiscard]] constexpr AuthData expired_tag(std::string_view tag) const noexcept {
    return with([&](auto& a) { a.expired_tag = str(tag); });
  }
  /// As it crosses the ABI, without kind, settings, groups and origins, which the auth provider has.
  [[nodiscard]] constexpr const tento_auth& abi() const noexcept { return abi_; }
};

/// Nothing to present: local files, open data.
[[nodiscard]] constexpr AuthData auth_none() noexcept {
  return {TENTO_AUTH_NONE, TENTO_INJECT_NONE};
}
/// A token that a person pastes, sent as a bearer token unless `in_header` or `in_query` says otherwise.
[[nodiscard]] constexpr AuthData auth_token() noexcept {
  return {TENTO_AUTH_TOKEN, TENTO_INJECT_BEARER};
}
/// User name and password (RFC 7617).
[[nodiscard]] constexpr AuthData auth_basic() noexcept {
  return {TENTO_AUTH_BASIC, TENTO_INJECT_BASIC};
}
/// OAuth 2.0 with PKCE, sent as a bearer token.
[[nodiscard]] constexpr AuthData auth_oauth2() noexcept {
  return {TENTO_AUTH_OAUTH2, TENTO_INJECT_BEARER};
}

/// A marker that wires `ctx.auth<P>(id)` to a kind of credential. Needs `KIND`; may have `AUTH` (AuthData; none =
/// auth_none), `SETTINGS`, `SCOPES`, `ORIGINS`, and `Credentials`, a type made from an AuthAccount.
template <class P>
concept AuthProvider = requires {
  { P::KIND } -> std::convertible_to<std::string_view>;
};

}  // namespace tento
