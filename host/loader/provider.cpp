// SPDX-License-Identifier: Apache-2.0
// Names of what the loader found, for people and JSON.
#include "host/loader/provider.hpp"

namespace tento::host {

std::string_view to_string(ProviderState state) {
  switch (state) {
    case ProviderState::loaded:
      return "loaded";
    case ProviderState::rejected:
      return "rejected";
    case ProviderState::superseded:
      return "superseded";
    case ProviderState::quarantined:
      return "quarantined";
    case ProviderState::removed:
      return "removed";
  }
  return "rejected";
}

std::string ProviderInfo::id() const {
  if (note) return note->id;
  std::string name = path.filename().string();
  constexpr std::string_view suffix = ".so";
  if (name.size() > suffix.size() && name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  constexpr std::string_view prefix = "tento-";
  if (name.size() > prefix.size() && name.starts_with(prefix)) name.erase(0, prefix.size());
  return name;
}

}  // namespace tento::host
