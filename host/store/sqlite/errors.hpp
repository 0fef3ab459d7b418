// SPDX-License-Identifier: Apache-2.0
// What SQLite or the disk refused, as an Error that says what, where and what to do. Thrown only inside this folder.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tento/sdk/result.hpp>

struct sqlite3;

namespace tento::host::sqlite {

// Carries an Error from a statement to the store's public method, which turns it into a Result.
class StoreFailure : public std::exception {
 public:
  explicit StoreFailure(Error error) : error_(std::move(error)) {}
  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

// The Error for a result code of SQLite. `db` may be null; `file` is named in the text.
[[nodiscard]] Error sqlite_error(sqlite3* db, int code, std::string_view doing, std::string_view file);
// The Error for an errno of a file operation of the store.
[[nodiscard]] Error file_error(int error_number, std::string_view doing, std::string_view file);
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

}  // namespace tento::host::sqlite
