// SPDX-License-Identifier: Apache-2.0
// Two integrations of one provider: a row of the one asks for the client of the other, and one has a client for writes.
#include <doctest/doctest.h>

#include <string>
#include <tento/sdk.hpp>

#include <tento/sdk/testing/fake_provider.hpp>

namespace {

struct Params {
  std::string auth_id;
  static constexpr auto fields = tento::params(tento::param("authId", &Params::auth_id));
};

struct ShelfParams {
  std::string auth_id, shelf;
  static constexpr auto fields =
      tento::params(tento::param("authId", &ShelfParams::auth_id), tento::param("shelfId", &ShelfParams::shelf));
};

struct Auth {
  static constexpr std::string_view KIND = "library";
  static constexpr auto AUTH = tento::auth_none().title("Library");
};

struct Shelf {
  static constexpr std::string_view ID = "Shelf";
  using Auth = ::Auth;
  using Deps = tento::Deps<tento::Backend>;
  struct Client {
    std::string text;
  };
  using Params = ShelfParams;
  static tento::Result<Client> client(const tento::ClientCtx<Shelf>& ctx) {
    return Client{"shelf " + ctx.params.shelf};
  }
  static tento::Result<Client> client_for_write(const tento::ClientCtx<Shelf>& ctx) {
    if (ctx.params.shelf == "locked")
      return tento::fail(tento::ErrorCode::forbidden, tento::ErrorClass::config, "the shelf is locked");
    return Client{"writes to " + ctx.params.shelf};
  }
};

struct Books {
  static constexpr std::string_view ID = "Books";
  using Auth = ::Auth;
  using Deps = tento::Deps<tento::Backend, tento::ApiContext>;
  struct Client {
    std::string text;
  };
  using Params = ::Params;
  static tento::Result<Client> client(const tento::ClientCtx<Books>&) { return Client{"books"}; }
};

struct Listed : tento::RowBase<Books> {
  static constexpr std::string_view ROW_LABEL = "library-books";
  static std::string lookup_key(const ::Params& p, const tento::NoParams&) {
    return tento::lookup_key(":~library:{authId}:books", p);
  }
  static tento::Result<void> list_cells(tento::ReadCtx<Listed>& ctx, tento::CellSink& out) {
    TENTO_TRY_ASSIGN(const Shelf::Client* const other,
                     ctx.client_for<Shelf>({.auth_id = ctx.params.auth_id, .shelf = "top"}));
    return out.add({other->text, *tento::PartialDate::y(2026), "{}"});
  }
};

struct OnShelf : tento::RowBase<Shelf> {
  static constexpr std::string_view ROW_LABEL = "library-shelf";
  static std::string lookup_key(const ShelfParams& p, const tento::NoParams&) {
    return tento::lookup_key(":~library:{authId}:shelf:{shelfId}", p);
  }
  static tento::Result<void> list_cells(tento::ReadCtx<OnShelf>& ctx, tento::CellSink& out) {
    return out.add({ctx.client.text, *tento::PartialDate::y(2026), "{}"});
  }
};

}  // namespace

TENTO_CONNECTOR("library", "1.0.0", "Library",
                tento::resource(":~library:{authId}")(
                    tento::attrs(tento::integration<Books>)(tento::resource(":books")(tento::get<Listed>)),
                    tento::attrs(tento::integration<Shelf>)(tento::resource(":shelf:{shelfId}")(tento::get<OnShelf>))));

using namespace tento::testing;

namespace {

const tento_integration& integration(std::string_view id) {
  const tento_connector_api* const api = tento_connector(nullptr);
  for (std::uint64_t i = 0; i < api->integration_count; ++i)
    if (tento::view(api->integrations[i]->id) == id) return *api->integrations[i];
  FAIL("no such integration");
  return *api->integrations[0];
}

struct Fixture {
  FakeHost host;
  FakeAccount account{.kind = "library", .auth_id = "me"};
  tento_error err{};

  // Calls `client` or `client_for_write` of the shelf.
  tento::Result<tento_client*> make(decltype(tento_integration::client) slot, const std::string& shelf) {
    CallOptions options;
    options.account = account;
    options.params = {{"authId", "me"}, {"shelfId", shelf}};
    const auto call = host.call(options, &integration("Shelf"));
    tento_integration_ctx ctx{};
    ctx.struct_size = sizeof ctx;
    ctx.call = call->get();
    ctx.integration = &integration("Shelf");
    ctx.params = call->params().data();
    ctx.param_count = call->params().size();
    tento_client* made = nullptr;
    TENTO_TRY(tento::to_result(slot(nullptr, &ctx, &made, &err), err));
    return made;
  }
};

}  // namespace

TEST_CASE("client_for: the other integration's client, as its author made it, and its error where there is none") {
  Fixture f;
  f.host.auth.put(f.account);
  auto loaded = FakeProvider::load(f.host, {&tento_plugin, &tento_connector});
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
  const auto none = (*loaded)->get(":~library:me:books");
  REQUIRE_FALSE(none);
  CHECK(none.error().message == "no client of integration `Shelf`");

  const auto made = f.make(integration("Shelf").client, "top");
  REQUIRE(made);
  f.host.clients.set("Shelf", *made);
  const auto cells = (*loaded)->get(":~library:me:books");
  REQUIRE(cells);
  REQUIRE(cells->size() == 1);
  CHECK(cells->front().id == "shelf top");
  integration("Shelf").release(nullptr, *made);
}

TEST_CASE("client_for_write: a slot where the author wrote one, and none elsewhere") {
  CHECK((integration("Books").client_for_write == nullptr));
  REQUIRE((integration("Shelf").client_for_write != nullptr));
  Fixture f;
  const auto made = f.make(integration("Shelf").client_for_write, "top");
  REQUIRE(made);
  CHECK(reinterpret_cast<const tento::detail::ClientBox<Shelf>*>(*made)->value.text == "writes to top");
  integration("Shelf").release(nullptr, *made);
  const auto locked = f.make(integration("Shelf").client_for_write, "locked");
  REQUIRE_FALSE(locked);
  CHECK(locked.error().message == "the shelf is locked");
  CHECK(locked.error().code == tento::ErrorCode::forbidden);
}
