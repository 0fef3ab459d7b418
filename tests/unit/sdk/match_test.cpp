// SPDX-License-Identifier: Apache-2.0
// match_key over a schema: precedence, verbs, parameters, and what is said when nothing fits.
#include <doctest/doctest.h>

#include <tento/sdk.hpp>

namespace {

using tento::ErrorCode;
using tento::match_key;
using tento::Verb;

struct ShopAccount {
  std::string auth_id;
  static constexpr auto fields = tento::params(tento::param("authId", &ShopAccount::auth_id));
};
struct Shop {
  static constexpr std::string_view ID = "Shop";
  using Deps = tento::Deps<>;
  struct Client {};
  using Params = ShopAccount;
  static tento::Result<Client> client(const tento::ClientCtx<Shop>&) { return Client{}; }
};

struct Place {
  std::string shelf;
  std::optional<std::int32_t> page;
  static constexpr auto fields =
      tento::params(tento::param("shelfId", &Place::shelf), tento::param("page", &Place::page));
};
template <class P, int>
struct Row : tento::RowBase<Shop> {
  using Params = P;
  static constexpr std::string_view ROW_LABEL = "row";
  static std::string lookup_key(const ShopAccount&, const P&) { return {}; }
  static tento::Result<std::vector<tento::Cell>> list_cells(tento::ReadCtx<Row>&) { return std::vector<tento::Cell>(); }
  static tento::Result<tento::WriteOutput> post(tento::WriteCtx<Row>&) { return tento::WriteOutput::accepted(); }
  static tento::Result<tento::WriteOutput> remove(tento::WriteCtx<Row>&) { return tento::WriteOutput::accepted(); }
};
using Stock = Row<tento::NoParams, 0>;
using Shelf = Row<Place, 1>;
using Top = Row<tento::NoParams, 2>;
using Page = Row<Place, 3>;
using Books = Row<Place, 4>;

constexpr auto routes = tento::schema(tento::attrs(
    tento::integration<Shop>)(tento::resource(":~shop:{authId}")(tento::resource(":stock")(
    tento::get<Stock>,
    tento::resource(":{shelfId}")(tento::get<Shelf>, tento::remove<Shelf>, tento::resource(":{page}")(tento::get<Page>),
                                  tento::resource(":books")(tento::get<Books>)),
    tento::attrs(tento::guard("operator"))(
        tento::resource(":top")(tento::attrs(tento::guard("writer"))(tento::post<Top>)))))));

tento::Error miss(std::string_view key, Verb verb = Verb::get) {
  const auto match = match_key(routes, key, verb);
  REQUIRE_FALSE(match);
  return match.error();
}

}  // namespace

TEST_CASE("match_key: finds the row and its parameters, decoded once") {
  const auto match = match_key(routes, ":~shop:a%3Ab:stock:left%252F:12", Verb::get);
  REQUIRE(match);
  CHECK(match->entry.is<Page>());
  CHECK_FALSE(match->entry.is<Shelf>());
  CHECK(match->entry.pattern() == ":~shop:{authId}:stock:{shelfId}:{page}");
  CHECK(match->entry.verb() == Verb::get);
  CHECK(match->entry.guards().empty());
  CHECK(match->params.list() == std::vector<tento::Param>{{"authId", "a:b"}, {"shelfId", "left%2F"}, {"page", "12"}});
  const auto account = match->params.as<ShopAccount>();
  REQUIRE(account);
  CHECK(account->auth_id == "a:b");
  const auto place = match->params.as<Place>();
  REQUIRE(place);
  CHECK(place->shelf == "left%2F");
  CHECK(place->page == 12);

  const auto shelf = match_key(routes, ":~shop:a:stock:left", Verb::remove);
  REQUIRE(shelf);
  CHECK(shelf->entry.is<Shelf>());
  CHECK(shelf->entry.verb() == Verb::remove);
  CHECK_FALSE(shelf->params.as<Place>()->page);
}

TEST_CASE("match_key: a literal beats a parameter, from the left; a pattern with the verb beats one without") {
  CHECK(match_key(routes, ":~shop:a:stock:left:books", Verb::get)->entry.is<Books>());
  CHECK(match_key(routes, ":~shop:a:stock:left:book", Verb::get)->entry.is<Page>());
  CHECK(match_key(routes, ":~shop:a:stock:top", Verb::post)->entry.is<Top>());
  CHECK(match_key(routes, ":~shop:a:stock:top", Verb::get)->entry.is<Shelf>());
  // Literals compare undecoded: this one is a parameter's value.
  CHECK(match_key(routes, ":~shop:a:stock:left:b%6Foks", Verb::get)->entry.is<Page>());
}

TEST_CASE("match_key: guards add up") {
  const auto match = match_key(routes, ":~shop:a:stock:top", Verb::post);
  REQUIRE(match);
  REQUIRE(match->entry.guards().size() == 2);
  CHECK(match->entry.guards()[0] == "operator");
  CHECK(match->entry.guards()[1] == "writer");
}

TEST_CASE("match_key: a parameter that does not fit its member is an error of the parameters") {
  const auto match = match_key(routes, ":~shop:a:stock:left:twelve", Verb::get);
  REQUIRE(match);
  const auto place = match->params.as<Place>();
  REQUIRE_FALSE(place);
  CHECK(place.error().code == ErrorCode::invalid_argument);
  CHECK(place.error().message.find("'page' is not a whole number") != std::string::npos);
}

TEST_CASE("match_key: what does not fit is said") {
  const auto verb = miss(":~shop:a:stock:left", Verb::patch);
  CHECK(verb.code == ErrorCode::unsupported);
  CHECK(verb.tag == "verb_unsupported");
  CHECK(verb.message == "the row ':~shop:a:stock:left' has no patch; it has get, delete");
  const auto both = miss(":~shop:a:stock:top", Verb::patch);
  CHECK(both.message == "the row ':~shop:a:stock:top' has no patch; it has get, post, delete");

  const auto name = miss(":~shop:a:stoc");
  CHECK(name.code == ErrorCode::not_found);
  CHECK(name.tag == "no_route");
  CHECK(name.message.starts_with("no row is called ':~shop:a:stoc'; nearest: :~shop:{authId}:stock, "));
  const auto longer = miss(":~shop:a:stock:left:books:more");
  CHECK(longer.message.ends_with(
      "; nearest: :~shop:{authId}:stock:{shelfId}:{page}, :~shop:{authId}:stock:{shelfId}:books"));
  CHECK(miss(":~shop:a").code == ErrorCode::not_found);
  CHECK(miss(":~shops:a:stock").code == ErrorCode::not_found);
  CHECK(miss(":stock").code == ErrorCode::not_found);
}

TEST_CASE("match_key: what is no key is refused as split_key refuses it") {
  using namespace std::string_view_literals;
  for (const std::string_view bad : {"", "~shop:a:stock", ":~shop::stock", ":~shop:a:stock:", ":~shop:a%:stock",
                                     ":~shop:..:stock", ":~shop:%2E:stock", ":~shop:%FF:stock", ":~shop:%00:stock"}) {
    CAPTURE(bad);
    const auto error = miss(bad);
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message == tento::split_key(bad).error().message);
  }
  CHECK(miss(":~shop:a\0b:stock"sv).code == ErrorCode::invalid_argument);
  CHECK(miss(":~shop:" + std::string(1'000'000, 'a') + ":stock").code == ErrorCode::too_large);
}

TEST_CASE("entries: a walk over a schema, a row and verb at a time, in the order of declaration") {
  std::string seen;
  for (const tento::SchemaEntry entry : tento::entries(routes)) {
    CHECK(entry.prefix() == "~shop");
    seen += std::string(entry.pattern().substr(entry.prefix().size() + 1)) + ' ' +
            std::to_string(static_cast<unsigned>(entry.verb())) + ' ' + std::to_string(entry.guards().size()) + '\n';
  }
  CHECK(seen ==
        ":{authId}:stock 1 0\n:{authId}:stock:{shelfId} 1 0\n:{authId}:stock:{shelfId} 8 0\n"
        ":{authId}:stock:{shelfId}:{page} 1 0\n:{authId}:stock:{shelfId}:books 1 0\n:{authId}:stock:top 2 2\n");
  CHECK(tento::entries(routes).size() == 6);
  CHECK(tento::entries(routes)[1].is<Shelf>());
  // A program without a provider has no id.
  CHECK(tento::provider_id().empty());
}
