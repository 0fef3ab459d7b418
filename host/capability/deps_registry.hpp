// SPDX-License-Identifier: Apache-2.0
// Which interfaces this host offers: registering them, finding them, and the check at boot that none is missing.
#pragma once

#include <tento/deps.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/schema/route_table.hpp"

namespace tento::host {

// One interface a route needs and does not get.
struct MissingDep {
  std::string interface_id;
  std::string provider;
  std::string integration;
  std::string pattern;
  std::string file;
  std::uint32_t wanted = 0;         // bytes of the vtable
  std::uint32_t offered = 0;        // 0 = not registered at all
  bool in_descriptor_only = false;  // needed by the integration but not listed in the note
};

class DepsRegistry {
 public:
  // Registers an interface under an id: the vtable (first word: its struct_size) and its self. Both outlive the
  // registry. An id that is taken, malformed or a vtable shorter than 16 bytes is an error.
  Result<void> register_deps(std::string_view id, const void* vtable, void* self);
  // The interface of an id, at least `min_size` bytes long; not_found otherwise.
  [[nodiscard]] Result<tento_iface> expect(std::string_view id, std::uint32_t min_size) const;
  [[nodiscard]] std::vector<std::string> ids() const;
  // Walks every route of every provider (step 10); all that is missing, not just the first.
  [[nodiscard]] std::vector<MissingDep> ensure_all_registered(const RouteTable& table) const;

 private:
  std::map<std::string, tento_iface, std::less<>> ifaces_;
};

// One message that names every missing interface with integration, route and file, and says what to do.
[[nodiscard]] std::string describe(const std::vector<MissingDep>& missing);

// Registers the host's own interfaces (backend, sync-state, user-auth, api-context, http, log, clock, progress), so
// that the boot check sees them and calls find them.
Result<void> register_standard_deps(DepsRegistry& registry);

}  // namespace tento::host
