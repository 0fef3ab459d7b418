// SPDX-License-Identifier: Apache-2.0
// A provider that hands a struct of its own to every interface that takes one: sinks for texts and cells, a place for a
// credential, for an answer, for a report, batches, requests. Its rows tell what it was given.
#include <string>
#include <tento/sdk.hpp>
#include <tento/sdk/sync_state.hpp>

namespace everydep {

using tento::Result;

struct Params {
  std::string auth_id;
  static constexpr auto fields = tento::params(tento::param("authId", &Params::auth_id));
};

struct Auth {
  static constexpr std::string_view KIND = "everydep";
  static constexpr auto AUTH = tento::auth_token().title("Every dep").expired_tag("everydep_auth_expired");
  static constexpr auto ORIGINS = tento::origins("https://everydep.example");
  static constexpr auto SETTINGS = tento::settings(tento::setting("word").label("Word"));
};

struct Client {};

struct EveryDep {
  static constexpr std::string_view ID = "EveryDep";
  using Auth = everydep::Auth;
  using Deps =
      tento::Deps<tento::Backend, tento::SyncState, tento::UserAuth, tento::HostClock, tento::Progress, tento::Log>;
  using Client = everydep::Client;
  using Params = everydep::Params;
  static constexpr auto LIMITS = tento::limits(tento::limit("core").requests(60).per_seconds(60));
  static Result<Client> client(const tento::ClientCtx<EveryDep>&) { return Client{}; }
  static Result<tento::CheckedAccount> check_account(const tento::IntegrationCtx<EveryDep>&, const Client&) {
    return tento::CheckedAccount{"me", "Me"};
  }
};

struct Words : tento::RowBase<EveryDep> {
  static constexpr std::string_view ROW_LABEL = "everydep-words";
  static constexpr auto FIELDS = tento::fields(tento::field("/length").label("Length"));
  static std::string lookup_key(const everydep::Params& account, const tento::NoParams&) {
    return tento::lookup_key(":~everydep:{authId}:words", account);
  }
  static constexpr tento::SyncShape sync_shape() { return {.stages = {"viewport"}}; }

  static Result<std::string> attributes(const tento::RowKeyCtx<Words>&) { return std::string("{\"every\":true}"); }

  static Result<std::size_t> sync(tento::SyncCtx<Words>& ctx) {
    TENTO_TRY_ASSIGN(const auto account, ctx.require_auth<everydep::Auth>(ctx.params.auth_id));
    TENTO_TRY_ASSIGN(const tento::Credential credential, account.acquire_handle());
    TENTO_TRY_ASSIGN(const tento::Instant now, ctx.deps.now());
    TENTO_TRY_ASSIGN(const auto before, ctx.deps.load_cursor(ctx.row_id, "runs"));
    const std::string runs = std::to_string(before ? std::stoi(*before) + 1 : 1);
    TENTO_TRY(ctx.deps.report_progress(1, 2, "words"));
    TENTO_TRY_ASSIGN(tento::Transaction out, ctx.deps.begin(ctx.row_id, ctx.window, tento::SyncState::Mode::merge));
    const tento::SemanticTime when = tento::PartialDate::ymd(std::chrono::floor<std::chrono::days>(now));
    const std::string data = "{\"length\":" + std::to_string(credential.secret.size()) + "}";
    for (int i = 0; i < 3; ++i) {
      const std::string id = "word" + std::to_string(i);
      TENTO_TRY(out.add(tento::CellView(id, when, data)));
    }
    TENTO_TRY(out.commit({}, {{{"runs", runs}}}));
    return 3;
  }
};

struct Counts : tento::RowBase<EveryDep> {
  static constexpr std::string_view ROW_LABEL = "everydep-counts";
  static constexpr tento::Cardinality CARDINALITY = tento::Cardinality::single;
  static std::string lookup_key(const everydep::Params& account, const tento::NoParams& own) {
    return Words::lookup_key(account, own) + ":counts";
  }
  static Result<std::vector<tento::Cell>> list_cells(tento::ReadCtx<Counts>& ctx) {
    std::size_t words = 0;
    std::optional<tento::SemanticTime> day;
    TENTO_TRY(ctx.deps.read_cells(ctx.key_of<Words>(), ctx.window, [&](const tento::CellView& cell) -> Result<void> {
      TENTO_TRY_ASSIGN(day, tento::SemanticTime::from_abi(cell.date));
      ++words;
      return {};
    }));
    std::vector<tento::Cell> cells;
    if (day) cells.push_back({.date = *day, .data = "{\"words\":" + std::to_string(words) + "}"});
    return cells;
  }
};

}  // namespace everydep

TENTO_PROVIDER("everydep", "0.1.0", "Every dep", tento::raw_credentials,
               tento::attrs(tento::integration<everydep::EveryDep>)(tento::resource(":~everydep:{authId}:words")(
                   tento::get<everydep::Words>, tento::resource(":counts")(tento::get<everydep::Counts>))));
