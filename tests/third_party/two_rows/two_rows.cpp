// SPDX-License-Identifier: Apache-2.0
// A provider of two rows and a setting in one file, for what is asked of the installed SDK alone. With WRONG_KEY a
// row's lookup_key is not the key of its route.
#include <tento/sdk.hpp>

#include <string>
#include <vector>

#ifndef WRONG_KEY
#define WRONG_KEY 0
#endif

namespace two {

struct Params {
  std::string auth_id;
  static constexpr auto fields = tento::params(tento::param("authId", &Params::auth_id));
};

struct Auth {
  static constexpr std::string_view KIND = "two";
  static constexpr auto SETTINGS = tento::settings(tento::setting("name").label("Name"));
};

struct Two {
  static constexpr std::string_view ID = "Two";
  using Auth = two::Auth;
  using Deps = tento::Deps<>;
  using Params = two::Params;
  struct Client {
    std::string name;
  };
  static tento::Result<Client> client(const tento::ClientCtx<Two>& ctx) {
    TENTO_TRY_ASSIGN(const tento::Settings settings, tento::Settings::of(ctx));
    TENTO_TRY_ASSIGN(const auto name, settings.string("name"));
    return Client{name.value_or("nobody")};
  }
};

struct Names : tento::RowBase<Two> {
  static constexpr std::string_view ROW_LABEL = "two-names";
  static std::string lookup_key(const two::Params& p, const tento::NoParams&) {
    return tento::lookup_key(WRONG_KEY != 0 ? ":~two:{authId}:nams" : ":~two:{authId}:names", p);
  }
  static tento::Result<std::vector<tento::Cell>> list_cells(tento::ReadCtx<Names>& ctx) {
    std::vector<tento::Cell> out;
    out.push_back({.id = "name", .date = *tento::PartialDate::y(2026), .data = '"' + ctx.client.name + '"'});
    return out;
  }
};

struct Lengths : tento::RowBase<Two> {
  static constexpr std::string_view ROW_LABEL = "two-lengths";
  static std::string lookup_key(const two::Params& p, const tento::NoParams&) {
    return tento::lookup_key(":~two:{authId}:lengths", p);
  }
  static tento::Result<void> list_cells(tento::ReadCtx<Lengths>& ctx, tento::CellSink& out) {
    return out.add(tento::Cell{
        .id = "length", .date = *tento::PartialDate::y(2026), .data = std::to_string(ctx.client.name.size())});
  }
};

}  // namespace two

TENTO_PROVIDER("two", "1.0.0", "Two rows",
               tento::attrs(tento::integration<two::Two>)(
                   tento::resource(":~two:{authId}")(tento::resource(":names")(tento::get<two::Names>),
                                                     tento::resource(":lengths")(tento::get<two::Lengths>))));

// What was declared can be walked, and is known by its name.
static_assert(tento_provider_definition::PROVIDER_ID == "two");
