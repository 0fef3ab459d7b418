// SPDX-License-Identifier: Apache-2.0
/// @file slots.hpp
/// What every slot of this provider does around its work: no exception crosses, and results become statuses.
#pragma once

#include <tento/connector.h>

#include <exception>
#include <string>
#include <tento/sdk/result.hpp>

#include "gitlog/repository.hpp"
#include "settings.hpp"

/// An instance of the provider: libgit2 stays initialised as long as it lives.
struct tento_provider {
  gitlog::Library library;
};

/// The client of an account: where its repository is. Immutable.
struct tento_client {
  tento::git::Source source;
};

namespace tento::git {

/// Runs `work`, which gives a Result<void>, as the body of a slot.
template <class Work>
tento_status slot(tento_error* err, Work&& work) noexcept {
  const auto thrown = [&](std::string_view what) {
    Error error;
    error.code = ErrorCode::exception;
    error.message = "The provider failed: ";
    error.message += what;
    return to_status(error, err);
  };
  try {
    const Result<void> done = work();
    return done ? tento_status{TENTO_OK} : to_status(done.error(), err);
  } catch (const std::exception& problem) {
    return thrown(problem.what());
  } catch (...) {
    return thrown("unknown exception");
  }
}

}  // namespace tento::git
