// SPDX-License-Identifier: Apache-2.0
// The account: its client, who it belongs to, which repositories it can see.
#include "github.hpp"

#include <tento/sdk/clock.hpp>

#include "commits.hpp"
#include "github/list.hpp"
#include "issues.hpp"
#include "list_sync.hpp"

namespace github::rows {

using tento::Result;

namespace {

// Whether a host refuses what it was given for what is in it, and would take the next.
bool is_about_content(const tento::Error& error) {
  return !error.stopped && (error.code == tento::ErrorCode::invalid_argument ||
                            error.code == tento::ErrorCode::invalid_data || error.code == tento::ErrorCode::too_large);
}

}  // namespace

Client for_call(const Client& client, const GitHub::Deps& deps) {
  return client.with([&deps] { return deps.now().value_or(tento::SystemClock().now()); },
                     [&deps](std::string_view text) { deps.log(tento::LogLevel::warn, text); });
}

Result<Client> GitHub::client(const tento::ClientCtx<GitHub>& ctx) {
  TENTO_TRY(ctx.require_auth<GitHubAuth>(ctx.params.auth_id));
  return Client();
}

Result<tento::CheckedAccount> GitHub::check_account(const tento::IntegrationCtx<GitHub>& ctx, const Client& client) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  TENTO_TRY_ASSIGN(const User user, for_call(client, ctx.deps).user(http));
  return tento::CheckedAccount{std::to_string(user.id), user.login};
}

Result<void> GitHub::discover(const tento::IntegrationCtx<GitHub>& ctx, const Client& client, tento::RowSink& sink) {
  TENTO_TRY_ASSIGN(auto http, ctx.deps.transport());
  const Client mine = for_call(client, ctx.deps);
  List list(mine, http,
            {.url = mine.url("/user/repos?per_page=100&sort=full_name"),
             .what = "the repositories",
             .kind = Kind::repository});
  tento::SkippedRecords skipped;
  const auto take = [&](const Record& record) -> Result<void> {
    const std::size_t slash = record.home.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == record.home.size()) {
      skipped.skip("repository " + std::string(record.id), "`full_name` is not an owner and a name", record.id);
      return {};
    }
    const RepoParams repo{std::string(record.home.substr(0, slash)), std::string(record.home.substr(slash + 1))};
    auto added = sink.add<Issues>(ctx.params, repo, repo.text() + " issues");
    if (added) added = sink.add<Commits>(ctx.params, repo, repo.text() + " commits");
    if (added || !is_about_content(added.error())) return added;
    skipped.skip("repository " + std::string(record.id), added.error().message, record.id);
    return {};
  };
  while (list.more()) {
    TENTO_TRY(ctx.proceed());
    TENTO_TRY(list.fetch());
    TENTO_TRY(list.each(take, into(skipped)));
  }
  if (skipped.count() > 0) ctx.deps.log(tento::LogLevel::warn, skipped.sentence("the repositories"));
  return {};
}

std::string account_key(const GitHubParams& params) {
  return ":~github:" + tento::percent_encode_param(params.auth_id);
}

std::string repo_key(const GitHubParams& params, const RepoParams& own) {
  return account_key(params) + ":repo:" + tento::percent_encode_param(own.owner) + ":" +
         tento::percent_encode_param(own.repo);
}

}  // namespace github::rows
