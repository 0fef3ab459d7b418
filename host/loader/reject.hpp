// SPDX-License-Identifier: Apache-2.0
// How a step of the loader says why a file is not loaded.
#pragma once

#include <string>
#include <utility>

#include "host/loader/provider.hpp"

namespace tento::host {

inline tl::unexpected<Rejection> reject(std::string code, std::string reason, std::string remedy) {
  return tl::unexpected<Rejection>({std::move(code), std::move(reason), std::move(remedy)});
}

}  // namespace tento::host
