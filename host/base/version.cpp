// SPDX-License-Identifier: Apache-2.0
// The version that the build passes to this file.
#include "host/base/version.hpp"

namespace tento::host {

std::string_view host_version() {
  return TENTO_VERSION;
}

}  // namespace tento::host
