// SPDX-License-Identifier: Apache-2.0
// Texts of scopes, and what is said when one is missing.
#include "google/scope.hpp"

namespace google {

std::optional<GoogleScope> GoogleScope::parse(std::string_view text) noexcept {
  if (text == "https://www.googleapis.com/auth/userinfo.email") return GoogleScope(Name::email);
  for (std::size_t i = 0; i < count; ++i) {
    const GoogleScope scope(static_cast<Name>(i));
    if (scope.text() == text) return scope;
  }
  return std::nullopt;
}

GoogleScopes GoogleScopes::parse(std::string_view granted) noexcept {
  GoogleScopes out;
  while (!granted.empty()) {
    const std::string_view one = granted.substr(0, granted.find(' '));
    granted.remove_prefix(one.size() < granted.size() ? one.size() + 1 : granted.size());
    if (const auto scope = GoogleScope::parse(one)) out.bits_ |= bit(*scope);
  }
  return out;
}

std::string GoogleScopes::text() const {
  std::string out;
  for (std::size_t i = 0; i < GoogleScope::count; ++i) {
    const GoogleScope scope(static_cast<GoogleScope::Name>(i));
    if (!has(scope)) continue;
    if (!out.empty()) out += ' ';
    out += scope.text();
  }
  return out;
}

tento::Result<void> GoogleScopes::assert_one_of(const ScopeGroup& group) const {
  if (has_one_of(group.any)) return {};
  tento::Error error;
  error.code = tento::ErrorCode::auth_required;
  error.error_class = tento::ErrorClass::auth;
  error.tag = "google_scope_missing";
  error.remedy = "reconnect";
  error.message = "the account does not allow " + std::string(group.allows) + " (" + std::string(group.name) +
                  "): connect it again, and leave that box ticked when you are asked";
  return tento::fail(std::move(error));
}

}  // namespace google
