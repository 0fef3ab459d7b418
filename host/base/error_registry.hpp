// SPDX-License-Identifier: Apache-2.0
// What every error tag means, for every face: the HTTP status, the exit code of the program, and the page about it.
#pragma once

#include <span>
#include <string_view>

#include <tento/sdk/result.hpp>

namespace tento::host {

struct ErrorKind {
  std::string_view tag;    // `no_such_row`; also the names of the error codes, for errors without a tag
  ErrorClass error_class;  // who has to act, as a rule; an error itself may know better
  unsigned http_status;
  int exit_code;             // of the program
  std::string_view meaning;  // one sentence
  std::string_view remedy;   // in general, in the words of no face; an error may have a better one
};

// Sorted by tag.
[[nodiscard]] std::span<const ErrorKind> error_registry();
// Null for tags that are not the host's own: providers choose theirs.
[[nodiscard]] const ErrorKind* find_error_kind(std::string_view tag);

// Of an error with a tag of the registry, what that says. A provider's own tag has none: its code and class decide.
[[nodiscard]] unsigned http_status_of(const Error& error);
[[nodiscard]] int exit_code_of(const Error& error);

// `not_found`, `rate_limit`: the names that programs are told.
[[nodiscard]] std::string_view code_name(ErrorCode code);
[[nodiscard]] std::string_view class_name(ErrorClass error_class);
// The tag, else the name of the code.
[[nodiscard]] std::string_view tag_or_code(const Error& error);

}  // namespace tento::host
