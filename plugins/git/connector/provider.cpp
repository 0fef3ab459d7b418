// SPDX-License-Identifier: Apache-2.0
// The provider itself: its id, its routes, and the library that it sets up once.
#include <tento/sdk/plugin.hpp>

#include "commits.hpp"
#include "commits_daily.hpp"
#include "gitlog/repository.hpp"

TENTO_CONNECTOR("git", TENTO_GIT_VERSION, "Git repositories", tento::reads("/etc/gitconfig"),
                tento::reads("~/.gitconfig"), tento::reads("~/.config/git"), tento::keeps<gitlog::Library>,
                tento::attrs(tento::integration<tento::git::GitRepository>)(tento::resource(":~git:{authId}:commits")(
                    tento::get<tento::git::Commits>, tento::resource(":daily")(tento::get<tento::git::CommitsDaily>),
                    tento::resource(":logs")(tento::get<tento::Logs<tento::git::Commits>>))));
