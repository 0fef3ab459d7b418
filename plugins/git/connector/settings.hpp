// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp
/// What an account of this provider is: where a repository lies, and which references count beside HEAD.
#pragma once

#include <string>
#include <tento/sdk/context.hpp>
#include <vector>

namespace tento::git {

/// One repository. Immutable once made, so shared by concurrent calls; each call opens the repository for itself.
struct Source {
  std::string path;               ///< absolute path of the working tree or git directory
  std::vector<std::string> refs;  ///< further references, see gitlog::Repository::tips
};

/// Reads the settings of the call's account: `path`, and perhaps `refs`.
[[nodiscard]] Result<Source> read_settings(const CallCtx& ctx);

}  // namespace tento::git
