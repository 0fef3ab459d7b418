// SPDX-License-Identifier: Apache-2.0
// Errors, built in one expression: `return error(ErrorCode::conflict, ErrorClass::config, "…").tag("x").remedy("…");`
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <tento/sdk/result.hpp>

namespace tento::host {

// Becomes any Result; value() gives the Error itself.
class [[nodiscard]] ErrorBuilder : public tl::unexpected<Error> {
 public:
  explicit ErrorBuilder(Error error) : tl::unexpected<Error>(std::move(error)) {}
  // The name that programs know it by; it has an entry in the registry of errors.
  ErrorBuilder&& tag(std::string name) && {
    value().tag = std::move(name);
    return std::move(*this);
  }
  // What the reader can do about it.
  ErrorBuilder&& remedy(std::string text) && {
    value().remedy = std::move(text);
    return std::move(*this);
  }
  // Milliseconds until it is worth another try.
  ErrorBuilder&& retry_after(std::int64_t ms) && {
    value().retry_after_ms = ms;
    return std::move(*this);
  }
};

// `message` says what went wrong, where and why, in whole sentences without a final stop, and never holds a secret.
inline ErrorBuilder error(ErrorCode code, ErrorClass error_class, std::string message) {
  Error out;
  out.code = code;
  out.error_class = error_class;
  out.message = std::move(message);
  return ErrorBuilder(std::move(out));
}

}  // namespace tento::host
