// SPDX-License-Identifier: Apache-2.0
// Registering interfaces, and the boot check over every route.
#include "host/capability/deps_registry.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::uint32_t smallest_vtable_bytes = 16;  // struct_size, reserved, one slot

// `<name>/<revision>`.
bool is_interface_id(std::string_view id) {
  const std::size_t slash = id.find('/');
  if (slash == 0 || slash == std::string_view::npos || id.size() > 128) return false;
  const std::string_view name = id.substr(0, slash), revision = id.substr(slash + 1);
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return lower(name.front()) && !revision.empty() && revision.front() != '0' && revision.size() <= 9 &&
         std::all_of(name.begin(), name.end(), [&](char c) { return lower(c) || digit(c) || c == '.' || c == '-'; }) &&
         std::all_of(revision.begin(), revision.end(), digit);
}

std::uint32_t size_of(const void* vtable) {
  std::uint32_t size = 0;
  std::memcpy(&size, vtable, sizeof size);
  return size;
}

bool listed(const NoteData& note, std::string_view id) {
  const auto in = [id](const std::vector<std::string>& ids) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  return in(note.needs) || in(note.optional_needs);
}

}  // namespace

Result<void> DepsRegistry::register_deps(std::string_view id, const void* vtable, void* self) {
  const auto wrong = [id](ErrorCode code, const std::string& why) {
    return fail(code, ErrorClass::config, "the interface " + quote(id) + " cannot be registered: " + why,
                "bad_interface");
  };
  if (!is_interface_id(id)) {
    return wrong(ErrorCode::invalid_argument, "an id is a name and a revision, as in `acme.ledger/1`");
  }
  if (vtable == nullptr) return wrong(ErrorCode::invalid_argument, "its vtable is null");
  if (size_of(vtable) < smallest_vtable_bytes) {
    return wrong(ErrorCode::invalid_argument, "its vtable's struct_size is " + std::to_string(size_of(vtable)) +
                                                  "; the smallest has " + std::to_string(smallest_vtable_bytes) +
                                                  " bytes");
  }
  if (!ifaces_.emplace(std::string(id), tento_iface{vtable, self}).second) {
    return wrong(ErrorCode::conflict, "it is registered already");
  }
  return {};
}

Result<tento_iface> DepsRegistry::expect(std::string_view id, std::uint32_t min_size) const {
  const auto found = ifaces_.find(id);
  if (found == ifaces_.end()) {
    return fail(ErrorCode::not_found, ErrorClass::config, "the interface " + quote(id) + " is not registered",
                "missing_interface");
  }
  const std::uint32_t size = size_of(found->second.vtable);
  if (size < min_size) {
    return fail(ErrorCode::not_found, ErrorClass::config,
                "this host's " + quote(id) + " has " + std::to_string(size) + " bytes, " + std::to_string(min_size) +
                    " are wanted: the host is older than the provider",
                "short_interface");
  }
  return found->second;
}

std::vector<std::string> DepsRegistry::ids() const {
  std::vector<std::string> out;
  for (const auto& [id, iface] : ifaces_) out.push_back(id);
  return out;
}

std::vector<MissingDep> DepsRegistry::ensure_all_registered(const RouteTable& table) const {
  std::vector<MissingDep> out;
  for (const Route* route : table.routes()) {
    if (route->made_by_host) continue;
    for (const tento_need& need : needs(*route->integration)) {
      if ((need.flags & TENTO_NEED_OPTIONAL) != 0) continue;
      const auto found = ifaces_.find(view(need.id));
      const std::uint32_t offered = found == ifaces_.end() ? 0 : size_of(found->second.vtable);
      if (offered != 0 && offered >= need.min_size) continue;
      MissingDep missing;
      missing.interface_id = view(need.id);
      missing.provider = route->provider->note().id;
      missing.integration = view(route->integration->id);
      missing.pattern = route->pattern.text();
      missing.file = route->provider->file().string();
      missing.wanted = need.min_size;
      missing.offered = offered;
      missing.in_descriptor_only = !listed(route->provider->note(), missing.interface_id);
      out.push_back(std::move(missing));
    }
  }
  return out;
}

std::string describe(const std::vector<MissingDep>& missing) {
  if (missing.empty()) return "every interface that a provider needs is registered";
  auto sorted = missing;
  std::sort(sorted.begin(), sorted.end(), [](const MissingDep& a, const MissingDep& b) {
    return std::tie(a.provider, a.interface_id, a.integration, a.pattern) <
           std::tie(b.provider, b.interface_id, b.integration, b.pattern);
  });
  std::string out = "the boot check failed; these interfaces are missing:";
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const MissingDep& dep = sorted[i];
    const bool same = i > 0 && sorted[i - 1].provider == dep.provider &&
                      sorted[i - 1].interface_id == dep.interface_id && sorted[i - 1].integration == dep.integration;
    if (!same) {
      out += "\n  " + plain(dep.interface_id) + ", needed by integration " + plain(dep.integration) + " of " +
             dep.provider;
      if (!dep.file.empty()) out += " (" + dep.file + ")";
      if (dep.offered != 0) {
        out += ": this host's " + plain(dep.interface_id) + " ends at " + std::to_string(dep.offered) +
               " bytes, before what the provider uses of it (" + std::to_string(dep.wanted) +
               "): the host is older than the provider";
      } else {
        out += ": not registered";
      }
      if (dep.in_descriptor_only) out += "; its note does not list it";
      out += "; routes:";
    }
    out += (same ? ", " : " ") + dep.pattern;
  }
  out +=
      "\nRegister what is not registered (DepsRegistry::register_deps) before the host starts, update the host where "
      "it is "
      "older, or take the provider's file out of the plugin folder; on_missing_deps = \"quarantine\" starts without "
      "it.";
  return out;
}

}  // namespace tento::host
