// SPDX-License-Identifier: Apache-2.0
// The provider itself: its note, its instances, and its one integration.
#include <tento/connector.h>

#include <array>
#include <memory>
#include <tento/sdk/auth.hpp>
#include <tento/sdk/deps.hpp>
#include <tento/sdk/sync_state.hpp>

#include "errors.hpp"
#include "gitlog/walk.hpp"
#include "rows.hpp"
#include "slots.hpp"

TENTO_NOTE("git", TENTO_GIT_VERSION, "Git repositories", TENTO_NOTE_OWN_IO,
           "p=~git\0n=tento.backend/1\0n=tento.sync-state/1\0n=tento.clock/1\0n=tento.log/1\0n=tento.progress/1\0");

namespace tento::git {
namespace {

constexpr std::array settings_table = {
    setting("path")
        .path()
        .required()
        .label("Path")
        .help("The folder of the repository: a working tree, or a bare repository.")
        .abi(),
    setting("refs")
        .list()
        .label("Further references")
        .help("Branches, tags or patterns (feature/*, refs/tags/*) whose commits count beside those of HEAD.")
        .abi()};
constexpr std::array<const tento_setting*, settings_table.size()> settings_pointers = {&settings_table[0],
                                                                                       &settings_table[1]};

constexpr tento_auth auth = [] {
  tento_auth data = auth_none()
                        .title("Git repository")
                        .text(
                            "The commits of a repository on this computer: who changed how much, and when. It is only "
                            "read, never changed.")
                        .colour("#f05033")
                        .abi();
  data.kind = str("git");
  data.settings = settings_pointers.data();
  data.setting_count = settings_pointers.size();
  return data;
}();

constexpr std::array<const tento_row*, 3> rows = {&commits_row, &commits_daily_row, &commits_logs_row};
constexpr std::array<tento_need, 5> needs = {Backend::need, SyncState::need, HostClock::need, Log::need,
                                             Progress::need};

Result<Source> source_of(const tento_integration_ctx& ctx) {
  const tento_account* account = ctx.call->account;
  if (account == nullptr) {
    return fail(
        ErrorCode::auth_required, ErrorClass::config,
        "No repository is connected under this id. Run: tento account connect git --set path=/path/of/the/repository");
  }
  return read_settings(view(account->settings_json));
}

tento_status make_client(tento_provider*, const tento_integration_ctx* ctx, tento_client** out,
                         tento_error* err) noexcept {
  return slot(err, [&]() -> Result<void> {
    TENTO_TRY_ASSIGN(Source source, source_of(*ctx));
    *out =
        std::make_unique<tento_client>(tento_client{std::move(source)}).release();  // the host's until release_client
    return {};
  });
}

void release_client(tento_provider*, tento_client* client) noexcept {
  const std::unique_ptr<tento_client> owner(client);
}

// A name that matches nothing is a mistake now; later it may just be a branch that was deleted.
Result<void> check_tips(const gitlog::Repository& repository, const Source& source) {
  const auto tips = repository.tips(source.refs);
  if (!tips) return fail(to_error(tips.error()));
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

tento_status check_account(tento_provider*, tento_client* client, const tento_integration_ctx*,
                           const tento_text_sink* auth_id, const tento_text_sink* label, tento_error* err) noexcept {
  return slot(err, [&]() -> Result<void> {
    const auto repository = gitlog::Repository::open(client->source.path);
    if (!repository) return fail(to_error(repository.error()));
    TENTO_TRY(check_tips(*repository, client->source));
    const std::string id = repository->identity();
    const std::string name = repository->label();
    if (auth_id->put(auth_id, str(id)) != TENTO_OK || label->put(label, str(name)) != TENTO_OK) {
      return fail(ErrorCode::invalid_argument, ErrorClass::internal,
                  "The host took neither id nor label of the account.");
    }
    return {};
  });
}

constexpr tento_integration integration = [] {
  tento_integration out{};
  out.struct_size = sizeof(tento_integration);
  out.id = str("GitRepository");
  out.title = Label("Git repository").abi();
  out.account_param = str("authId");
  out.auth = &auth;
  out.rows = rows.data();
  out.row_count = rows.size();
  out.needs = needs.data();
  out.need_count = needs.size();
  out.client = make_client;
  out.release = release_client;
  out.check_account = check_account;
  return out;
}();
constexpr std::array<const tento_integration*, 1> integrations = {&integration};
constexpr tento_connector_api connector{sizeof(tento_connector_api), 0, integrations.data(), integrations.size()};

tento_status create(const tento_lookup*, tento_provider** out, tento_error* err) noexcept {
  return slot(err, [&]() -> Result<void> {
    *out = std::make_unique<tento_provider>().release();  // the host's until destroy
    return {};
  });
}

void destroy(tento_provider* self) noexcept {
  const std::unique_ptr<tento_provider> owner(self);
}

constexpr tento_plugin_api plugin{
    sizeof(tento_plugin_api), TENTO_ABI_MAJOR, str("git"), str(TENTO_GIT_VERSION), create, destroy, nullptr};

}  // namespace
}  // namespace tento::git

const tento_plugin_api* tento_plugin(std::uint32_t abi_min, std::uint32_t abi_max) noexcept {
  return abi_min <= TENTO_ABI_MAJOR && TENTO_ABI_MAJOR <= abi_max ? &tento::git::plugin : nullptr;
}

const tento_connector_api* tento_connector(tento_provider*) noexcept {
  return &tento::git::connector;
}
