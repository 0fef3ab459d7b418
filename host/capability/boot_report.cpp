// SPDX-License-Identifier: Apache-2.0
// A failed boot check as an error.
#include "host/capability/boot_report.hpp"

#include "host/base/error.hpp"

namespace tento::host {

std::string_view to_string(ProviderChange::Kind kind) {
  switch (kind) {
    case ProviderChange::Kind::added:
      return "added";
    case ProviderChange::Kind::replaced:
      return "replaced";
    case ProviderChange::Kind::removed:
      return "removed";
    case ProviderChange::Kind::refused:
      return "refused";
    case ProviderChange::Kind::set_aside:
      return "set_aside";
  }
  return "refused";
}

Error boot_error(const BootReport& report) {
  return error(ErrorCode::not_found, ErrorClass::config, report.message)
      .tag(std::string(boot_tag))
      .remedy("remove the files named, or set on_missing_deps = \"quarantine\" to start without them")
      .value();
}

}  // namespace tento::host
