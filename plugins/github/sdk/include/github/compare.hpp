// SPDX-License-Identifier: Apache-2.0
/// @file compare.hpp
/// Which commits one commit leads to and another does not.
#pragma once

#include <functional>
#include <string_view>

#include "client.hpp"

namespace github {

/// Calls `take` with the hash of each commit that `head` leads to and `base` does not, oldest first; its error ends it.
/// `base` and `head` are hashes or names of branches; `head` need not be on any branch, as long as the service has it.
/// False, without a call of `take`, when the service does not know one of them, they have no common ancestor, or it
/// refuses to compare them. False as well, after calls of `take`, where some of the commits are not understood.
/// Errors as those of Client; `client` and `http` need not outlive the call.
tento::Result<bool> each_commit_beyond(const Client& client, tento::http::Transport& http,
                                       const RepositoryName& repository, std::string_view base, std::string_view head,
                                       const std::function<tento::Result<void>(std::string_view sha)>& take);

}  // namespace github
