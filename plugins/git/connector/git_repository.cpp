// SPDX-License-Identifier: Apache-2.0
// Accounts: where a repository lies, and whether it can be used.
#include "git_repository.hpp"

#include "errors.hpp"
#include "gitlog/walk.hpp"

namespace tento::git {
namespace {

// A name that matches nothing is a mistake now; later it may just be a branch that was deleted.
Result<void> check_tips(const gitlog::Repository& repository, const Source& source) {
  const auto tips = repository.tips(source.refs);
  if (!tips) return fail(to_error(tips.error()));
  if (tips->commits.empty() && tips->head_unborn) return fail(to_error(*tips->head_unborn));
  if (!tips->unusable.empty()) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config,
                "In '" + source.path + "' the setting refs names " + tips->unusable.front() +
                    ". Name what git branch --all or git tag lists.",
                "git_bad_reference");
  }
  const auto boundary = repository.shallow_boundary();
  if (!boundary) return fail(to_error(boundary.error()));
  gitlog::CommitWalk walk(repository, *boundary, {});
  if (const auto pushed = walk.push(tips->commits); !pushed) return fail(to_error(pushed.error()));
  return {};
}

}  // namespace

Result<Source> GitRepository::client(const ClientCtx<GitRepository>& ctx) {
  if (!ctx.account()) {
    return fail(
        ErrorCode::auth_required, ErrorClass::config,
        "No repository is connected under this id. Run: tento account connect git --set path=/path/of/the/repository");
  }
  return read_settings(ctx);
}

Result<CheckedAccount> GitRepository::check_account(const IntegrationCtx<GitRepository>&, const Source& client) {
  const auto repository = gitlog::Repository::open(client.path);
  if (!repository) return fail(to_error(repository.error()));
  TENTO_TRY(check_tips(*repository, client));
  return CheckedAccount{repository->identity(), repository->label()};
}

}  // namespace tento::git
