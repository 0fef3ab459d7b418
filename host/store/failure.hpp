// SPDX-License-Identifier: Apache-2.0
// How a store's own code hands an Error up: thrown inside a backend, a Result at its interface.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <tento/sdk/result.hpp>

namespace tento::host {

// Carries an Error from a statement to the store's public method, which turns it into a Result.
class StoreFailure : public std::exception {
 public:
  explicit StoreFailure(Error error) : error_(std::move(error)) {}
  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

[[nodiscard]] Error store_error(ErrorCode code, ErrorClass error_class, std::string message, std::string tag,
                                std::string remedy);

// Runs `body`, which throws StoreFailure, and gives a Result.
template <class Body>
auto guarded(Body&& body) -> Result<std::invoke_result_t<Body>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
      std::forward<Body>(body)();
      return {};
    } else {
      return std::forward<Body>(body)();
    }
  } catch (const StoreFailure& failure) {
    return fail(failure.error());
  } catch (const std::runtime_error& failure) {  // OpenSSL without random bytes or a digest
    return fail(store_error(ErrorCode::unspecified, ErrorClass::internal, failure.what(), "no_openssl",
                            "repair the installation of OpenSSL 3"));
  }
}

}  // namespace tento::host
