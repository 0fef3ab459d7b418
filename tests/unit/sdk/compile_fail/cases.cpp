// SPDX-License-Identifier: Apache-2.0
// One provider, broken in one way per case: -DCASE=n picks it, `// CASE n: text` says what the compiler has to print.
// Case 0 is whole and has to compile.
#include <tento/sdk.hpp>

#ifndef CASE
#define CASE 0
#endif

namespace broken {

struct Params {
  std::string auth_id;
#if CASE == 7  // CASE 7: a_field_of_a_params_struct_is_not_in_the_pattern
  std::string region;
  static constexpr auto fields =
      tento::params(tento::param("authId", &Params::auth_id), tento::param("region", &Params::region));
#else
  static constexpr auto fields = tento::params(tento::param("authId", &Params::auth_id));
#endif
};

struct Service {
#if CASE != 12  // CASE 12: an integration needs `static constexpr std::string_view ID
  static constexpr std::string_view ID = "Service";
#endif
#if CASE != 13  // CASE 13: an integration needs `using Deps = tento::Deps<...>;`
  using Deps = tento::Deps<tento::Backend>;
#endif
#if CASE == 20  // CASE 20: the_pattern_lacks_the_param_that_names_the_account
  static constexpr std::string_view ACCOUNT_PARAM = "accountId";
#endif
  struct Client {};
  using Params = broken::Params;
#if CASE == 14  // CASE 14: an integration needs `static Result<Client> client(const ClientCtx<I>& ctx);`
  static Client client(const tento::ClientCtx<Service>&) {
    return {};
  }
#else
  static tento::Result<Client> client(const tento::ClientCtx<Service>&) {
    return Client{};
  }
#endif
#if CASE == 28  // CASE 28: the member `check_acount` looks like a misspelt `check_account`
  static tento::Result<tento::CheckedAccount> check_acount(const tento::IntegrationCtx<Service>&, const Client&);
#elif CASE == 29  // CASE 29: the member `discovr` looks like a misspelt `discover`
  template <class Sink>
  static tento::Result<void> discovr(const Sink&);
#elif CASE == 30  // CASE 30: the member `LIMIT` looks like a misspelt `LIMITS`
  static constexpr auto LIMIT = tento::limits(tento::limit("core"));
#elif CASE == 31  // CASE 31: the member `ORIGIN` looks like a misspelt `ORIGINS`
  struct Auth {
    static constexpr std::string_view KIND = "broken";
    static constexpr auto ORIGIN = tento::origins("https://broken.example");
  };
#else
  // Words of its own, however near: the members that they are near to are there, or nothing is.
  static constexpr int retries = 3;
  static constexpr std::string_view base_url = "https://broken.example";
#endif
};
struct Other : Service {
  static constexpr std::string_view ID = "Other";
  static tento::Result<Client> client(const tento::ClientCtx<Other>&) { return Client{}; }
};

struct Sleep : tento::RowBase<Service> {
#if CASE != 15  // CASE 15: a row needs `static constexpr std::string_view ROW_LABEL
  static constexpr std::string_view ROW_LABEL = "broken-sleep";
#endif
#if CASE != 16  // CASE 16: a row needs `static std::string lookup_key
  static std::string lookup_key(const broken::Params& p, const tento::NoParams&) {
    return p.auth_id;
  }
#endif
#if CASE != 17 && CASE != 18  // CASE 17: get needs a row with sync_shape, or one with list_cells
  static constexpr tento::SyncShape sync_shape() {
    return {.stages = { "viewport" }};
  }
#endif
#if CASE == 18  // CASE 18: a row with `sync` needs `static constexpr SyncShape sync_shape();`
  static tento::Result<std::size_t> sync(tento::SyncCtx<Sleep>&) {
    return 0;
  }
#elif CASE == 19  // CASE 19: sync is `static Result<Synced> sync(SyncCtx<R>& ctx);`
  static int sync(int) {
    return 0;
  }
#elif CASE == 21  // CASE 21: this wrapper is not in the integration's Deps; add it there
  static tento::Result<std::size_t> sync(tento::SyncCtx<Sleep>& ctx) {
    ctx.log(tento::LogLevel::info, "x");
    return 0;
  }
#elif CASE != 17
  static tento::Result<std::size_t> sync(tento::SyncCtx<Sleep>&) {
    return 0;
  }
#endif
#if CASE == 32  // CASE 32: the member `pach` looks like a misspelt `patch`
  static tento::Result<tento::WriteOutput> pach(tento::WriteCtx<Sleep>&);
#elif CASE == 33  // CASE 33: the member `FIELD` looks like a misspelt `FIELDS`
  static constexpr auto FIELD = tento::fields(tento::field("/a"));
#elif CASE == 34  // CASE 34: the member `listCells` looks like a misspelt `list_cells`
  static tento::Result<std::vector<tento::Cell> > listCells(tento::ReadCtx<Sleep>&);
#elif CASE == 35  // CASE 35: `check_account` is a member of an integration, and does nothing here
  static void check_account();
#else
  static constexpr auto FIELDS = tento::fields(tento::field("/a"));
  static constexpr int FIELD = 1;  // FIELDS is there, so this is something else
#endif
};
struct Stress : Sleep {
  static constexpr std::string_view ROW_LABEL = "broken-stress";
  static tento::Result<std::size_t> sync(tento::SyncCtx<Stress>&) { return 0; }
};

// Views whose bytes are gone at the end of the statement.
inline std::string made() {
  return "{}";
}
inline void views(const tento::SemanticTime& date, tento::CellWriter& out) {
  const std::string lasting = made();
  tento::CellView view("id", date, lasting);
  view.version = lasting;
  (void)out.add(tento::Cell{.id = "id", .date = date});
#if CASE == 36  // CASE 36: deleted function
  view = tento::CellView("id", date, made());
#elif CASE == 37  // CASE 37: deleted function
  view = tento::CellView::tombstone(made());
#elif CASE == 38  // CASE 38: deleted function
  view.raw = made();
#elif CASE == 39  // CASE 39: deleted function
  view = tento::CellView(tento::Cell{.id = "id", .date = date});
#endif
}

}  // namespace broken

using namespace tento;
using broken::Other;
using broken::Service;
using broken::Sleep;
using broken::Stress;

#if CASE == 1  // CASE 1: a_literal_segment_is_not_camelCase
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}:deep_sleep")(get<Sleep>)));
#elif CASE == 2   // CASE 2: a resource is outside of an integration block
TENTO_PROVIDER("broken", "1.0.0", "Broken", resource(":~broken:{authId}:sleep")(get<Sleep>));
#elif CASE == 3   // CASE 3: the_same_pattern_and_verb_stand_twice
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}")(resource(":sleep")(get<Sleep>),
                                                                         resource(":sleep")(get<Sleep>))));
#elif CASE == 4   // CASE 4: a_param_of_the_pattern_has_no_field_in_the_params_structs
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}:{calId}:sleep")(get<Sleep>)));
#elif CASE == 5   // CASE 5: a_pattern_has_an_empty_segment
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}::sleep")(get<Sleep>)));
#elif CASE == 6   // CASE 6: a_path_has_to_begin_with_a_colon
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}")(resource("sleep")(get<Sleep>))));
#elif CASE == 8   // CASE 8: a_param_stands_twice_in_a_pattern
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}:{authId}")(get<Sleep>)));
#elif CASE == 9   // CASE 9: a_brace_does_not_enclose_a_whole_segment
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId:sleep")(get<Sleep>)));
#elif CASE == 10  // CASE 10: a_pattern_does_not_begin_with_colon_tilde_and_the_providers_id
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~other:{authId}:sleep")(get<Sleep>)));
#elif CASE == 11  // CASE 11: an_id_is_lower_case_letters_digits_and_hyphens
TENTO_PROVIDER("Broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}:sleep")(get<Sleep>)));
#elif CASE == 22  // CASE 22: two_rows_have_the_same_pattern
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}:sleep")(get<Sleep>, post<Stress>)));
#elif CASE == 23  // CASE 23: post needs `static Result<WriteOutput> post
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}:sleep")(get<Sleep>, post<Sleep>)));
#elif CASE == 24  // CASE 24: a row stands in the block of another integration
TENTO_PROVIDER("broken", "1.0.0", "Broken", attrs(integration<Other>)(resource(":~broken:{authId}:sleep")(get<Sleep>)));
#elif CASE == 25  // CASE 25: a_logs_row_has_to_stand_at_its_parents_pattern_and_colon_logs
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}:sleep")(get<Sleep>,
                                                                               resource(":runs")(get<Logs<Sleep> >))));
#elif CASE == 26  // CASE 26: a_param_name_is_not_camelCase
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{auth_id}:sleep")(get<Sleep>)));
#elif CASE == 27  // CASE 27: one_row_has_two_patterns
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}")(resource(":sleep")(get<Sleep>),
                                                                         resource(":rest")(get<Sleep>))));
#elif CASE == 40  // CASE 40: a_path_that_is_read_is_absolute_or_below_the_home_folder
TENTO_PROVIDER("broken", "1.0.0", "Broken", reads("/etc/../root"),
               attrs(integration<Service>)(resource(":~broken:{authId}")(resource(":sleep")(get<Sleep>))));
#elif CASE == 60  // CASE 60: a_version_is_by_semantic_versioning
TENTO_PROVIDER("broken", "v1", "Broken", attrs(integration<Service>)(resource(":~broken:{authId}:sleep")(get<Sleep>)));
#else
TENTO_PROVIDER("broken", "1.0.0", "Broken",
               attrs(integration<Service>)(resource(":~broken:{authId}")(resource(":sleep")(get<Sleep>),
                                                                         resource(":stress")(get<Stress>))));
#endif
