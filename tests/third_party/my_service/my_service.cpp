// SPDX-License-Identifier: Apache-2.0
// MyService: a provider whose accounts are connected by OAuth 2.0, in one file. All that the host needs to know of it
// to connect, refresh, revoke and connect again stands in AUTH, SCOPES and ORIGINS.
#include <simdjson.h>

#include <string>
#include <tento/sdk.hpp>
#include <tento/sdk/clock.hpp>
#include <tento/sdk/http_status.hpp>

namespace myservice {

using tento::Result;
namespace http = tento::http;

struct Params {
  std::string auth_id;
  static constexpr auto fields = tento::params(tento::param("authId", &Params::auth_id));
};

struct Auth {
  static constexpr std::string_view KIND = "myservice";
  static constexpr auto AUTH =
      tento::auth_oauth2()
          .title("MyService")
          .text("Things that MyService keeps for you.")
          .colour("#336699")
          .endpoints("https://login.myservice.example/auth", "https://login.myservice.example/token")
          .device("https://login.myservice.example/device/auth")
          .revoke("https://login.myservice.example/token/revocation")
          .userinfo("https://login.myservice.example/me", "/sub", "/email")
          .extra_params(R"({"prompt":"consent"})")
          .takes_token()
          .rotates()
          .expired_tag("myservice_auth_expired");
  static constexpr auto READ = tento::texts("openid", "email", "offline_access");
  static constexpr auto THINGS = tento::texts("things");
  static constexpr auto SCOPES = tento::scope_groups(tento::ScopeGroup("identity", READ, "Who you are", true),
                                                     tento::ScopeGroup("read-things", THINGS, "Read what is yours"));
  static constexpr auto ORIGINS = tento::origins("https://api.myservice.example");
  static constexpr auto SETTINGS =
      tento::settings(tento::setting("colour").pattern("[a-z]+").label("Colour").help("Of your things."));
};

struct Client {
  std::string base = "https://api.myservice.example";
};

struct MyService {
  static constexpr std::string_view ID = "MyService";
  using Auth = myservice::Auth;
  using Deps = tento::Deps<tento::Backend, tento::UserAuth, tento::Http, tento::Log>;
  using Client = myservice::Client;
  using Params = myservice::Params;
  static Result<Client> client(const tento::ClientCtx<MyService>&) { return Client{}; }
  static Result<tento::CheckedAccount> check_account(const tento::IntegrationCtx<MyService>& ctx, const Client& client);
};

Result<std::string> get(const Client& client, const MyService::Deps& deps, const std::string& path) {
  TENTO_TRY_ASSIGN(auto transport, deps.transport());
  TENTO_TRY_ASSIGN(http::Response answer, transport.send({.url = client.base + path}));
  if (answer.status != 200) {
    http::StatusRules rules;
    rules.expired_tag = "myservice_auth_expired";
    return tento::fail(http::status_error(answer, path, "", tento::SystemClock().now(), rules));
  }
  return http::read_all(answer);
}

Result<tento::CheckedAccount> MyService::check_account(const tento::IntegrationCtx<MyService>& ctx,
                                                       const Client& client) {
  TENTO_TRY_ASSIGN(const std::string body, get(client, ctx.deps, "/things"));
  return tento::CheckedAccount{};
}

struct Things {
  using Integration = MyService;
  using Params = tento::NoParams;
  static constexpr std::string_view ROW_LABEL = "myservice-things";
  static std::string lookup_key(const myservice::Params& account, const tento::NoParams&) {
    return tento::lookup_key(":~myservice:{authId}:things", account);
  }
  static constexpr tento::SyncShape sync_shape() { return {.stages = {"viewport"}}; }
  static Result<std::size_t> sync(tento::SyncCtx<Things>& ctx) {
    TENTO_TRY_ASSIGN(const std::string body, get(ctx.client, ctx.deps, "/things"));
    simdjson::dom::parser parser;
    simdjson::dom::array things;
    if (parser.parse(body).get(things) != simdjson::SUCCESS)
      return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider, "/things is not a JSON array");
    std::vector<tento::Cell> cells;
    for (const auto thing : things) {
      std::string_view id, date;
      if (thing["id"].get(id) != simdjson::SUCCESS || thing["date"].get(date) != simdjson::SUCCESS) continue;
      TENTO_TRY_ASSIGN(const auto when, tento::SemanticTime::parse(date));
      cells.push_back({.id = std::string(id),
                       .date = when,
                       .end_date = {},
                       .data = simdjson::minify(thing),
                       .version = {},
                       .raw = {}});
    }
    if (!cells.empty()) TENTO_TRY(ctx.deps.persist_cells(ctx.row_id, cells));
    return cells.size();
  }
};

}  // namespace myservice

TENTO_PROVIDER("myservice", "0.1.0", "MyService",
               tento::attrs(tento::integration<myservice::MyService>)(
                   tento::resource(":~myservice:{authId}:things")(tento::get<myservice::Things>)));
