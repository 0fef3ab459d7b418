// SPDX-License-Identifier: Apache-2.0
// Scopes as words.
#include "host/model/scope.hpp"

namespace tento::host {

std::string_view to_string(Scope scope) {
  switch (scope) {
    case Scope::read:
      return "read";
    case Scope::write:
      return "write";
    case Scope::sync:
      return "sync";
    case Scope::admin:
      return "admin";
  }
  return "admin";
}

std::optional<Scope> parse_scope(std::string_view word) {
  for (const auto scope : all_scopes)
    if (to_string(scope) == word) return scope;
  return std::nullopt;
}

}  // namespace tento::host
