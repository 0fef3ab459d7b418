// SPDX-License-Identifier: Apache-2.0
// Errors of a store, put together.
#include "host/store/failure.hpp"

#include <utility>

namespace tento::host {

Error store_error(ErrorCode code, ErrorClass error_class, std::string message, std::string tag, std::string remedy) {
  Error error;
  error.code = code;
  error.error_class = error_class;
  error.message = std::move(message);
  error.tag = std::move(tag);
  error.remedy = std::move(remedy);
  return error;
}

}  // namespace tento::host
