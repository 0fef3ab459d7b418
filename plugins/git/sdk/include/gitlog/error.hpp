// SPDX-License-Identifier: Apache-2.0
/// @file error.hpp
/// What can go wrong with a repository, as a value with a remedy.
#pragma once

#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace gitlog {

/// Why something was not done; who can mend it follows from it.
enum class Cause {
  no_repository,   ///< the path is not there, or holds no repository
  not_owned,       ///< the repository belongs to another user
  unsupported,     ///< a format that libgit2 cannot read (SHA-256 names, unknown extensions)
  permission,      ///< this user may not read it
  missing_object,  ///< an object is absent or damaged
  left_out,        ///< an object is absent because the clone is partial
  bad_object,      ///< an object is here and whole, and makes no sense; the message is a part of a sentence
  bad_reference,   ///< a reference cannot be resolved, or there are too many
  stopped,         ///< the caller's Pulse said stop
  io,              ///< reading failed otherwise
};

/// A failure. Both texts are complete sentences in plain words.
struct Error {
  Cause cause = Cause::io;  ///< for programs
  std::string message;      ///< what and where
  std::string remedy;       ///< what to do about it; may be empty
};

/// A value or an Error.
template <class T>
using Result = tl::expected<T, Error>;

/// Asked at least once a second by everything that takes long; false = stop, which comes back as Cause::stopped.
using Pulse = std::function<bool()>;

/// An Error to return from a function that gives a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(Cause cause, std::string message, std::string remedy = {}) {
  return tl::unexpected<Error>(Error{cause, std::move(message), std::move(remedy)});
}

/// An Error handed on.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace gitlog
