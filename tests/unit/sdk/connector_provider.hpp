// SPDX-License-Identifier: Apache-2.0
// A provider written with the author API that uses every part of it, for the tests of trampolines and tables.
#pragma once

#include <stdexcept>
#include <string>
#include <tento/sdk.hpp>

namespace demo {

// A rich interface of an embedder.
struct Ledger {
  std::uint32_t struct_size;
  std::uint32_t reserved;
  std::uint64_t (*balance)(void* self, const tento_call* call) noexcept;
};
using LedgerDep = tento::Custom<Ledger, "acme.ledger/1">;

// What the provider keeps as long as it lives; a test says whether it can be made.
struct Kept {
  inline static int alive = 0;
  inline static bool fails = false;
  Kept() {
    if (fails) throw std::runtime_error("the library cannot be set up");
    ++alive;
  }
  Kept(const Kept&) = delete;
  ~Kept() { --alive; }
};

struct Auth {
  static constexpr std::string_view KIND = "demo";
  static constexpr auto unit_texts = tento::texts("metric", "imperial");
  static constexpr auto scope_texts = tento::texts("read");
  static constexpr auto AUTH =
      tento::auth_oauth2().endpoints("https://a.example/auth", "https://a.example/token").title("Demo");
  static constexpr auto SETTINGS = tento::settings(tento::setting("path").path().required().label("Folder"),
                                                   tento::setting("units").choice(unit_texts).default_value("metric"));
  static constexpr auto SCOPES = tento::scope_groups(tento::ScopeGroup("read", scope_texts, "Read everything", true));
  static constexpr auto ORIGINS = tento::origins("https://a.example");
};

struct OtherAuth {
  static constexpr std::string_view KIND = "demo";
  struct Credentials {
    explicit Credentials(const tento::AuthAccount& account) : label(account.label()) {}
    std::string label;
  };
};
struct UndeclaredAuth {
  static constexpr std::string_view KIND = "elsewhere";
};

struct Params {
  std::string auth_id;
  static constexpr auto fields = tento::params(tento::param("authId", &Params::auth_id));
};

struct Demo {
  static constexpr std::string_view ID = "Demo";
  static constexpr auto title_texts = tento::translations(tento::translation("de", "Vorführung"));
  static constexpr tento::Label TITLE{"Demo", title_texts};
  static constexpr auto LIMITS = tento::limits(tento::limit("core").per_account().requests(5000).per_hours(1));
  using Auth = demo::Auth;
  using Deps = tento::Deps<tento::Backend, tento::SyncState, tento::UserAuth, tento::Http, tento::Log, tento::HostClock,
                           tento::Progress, tento::Optional<LedgerDep>>;
  struct Client {
    std::string name;
  };
  using Params = demo::Params;
  static tento::Result<Client> client(const tento::ClientCtx<Demo>& ctx);
  static tento::Result<tento::CheckedAccount> check_account(const tento::IntegrationCtx<Demo>& ctx,
                                                            const Client& client);
  static tento::Result<void> discover(const tento::IntegrationCtx<Demo>& ctx, const Client& client,
                                      tento::RowSink& out);
};

struct Records : tento::RowBase<Demo> {
  static constexpr std::string_view ROW_LABEL = "demo-records";
  static constexpr std::string_view CELL_ENCODING = "record.v1";
  static constexpr std::uint32_t DATA_VERSION = 3;
  static constexpr auto FIELDS = tento::fields(tento::field("/v").type(tento::FieldType::integer).unit("s"));
  static std::string lookup_key(const demo::Params& p, const tento::NoParams&) {
    return tento::lookup_key(":~demo:{authId}:records", p);
  }
  static constexpr tento::SyncShape sync_shape() {
    return {.stages = {"viewport", tento::Stage("backfill").after("viewport").lock_account()}, .stale_after_s = 60};
  }
  static tento::Result<tento::Synced> sync(tento::SyncCtx<Records>& ctx);
  static tento::Result<std::string> alias_key(const tento::RowKeyCtx<Records>& ctx) {
    return "alias-" + ctx.params.auth_id;
  }
  static tento::Result<std::string> attributes(const tento::RowKeyCtx<Records>&) { return std::string(R"({"a":1})"); }
};

// Shape without sync: executed by the sync-plugin, or "errors by default".
struct Lazy : tento::RowBase<Demo> {
  static constexpr std::string_view ROW_LABEL = "demo-lazy";
  static std::string lookup_key(const demo::Params& p, const tento::NoParams&) {
    return tento::lookup_key(":~demo:{authId}:lazy", p);
  }
  static constexpr tento::SyncShape sync_shape() { return {.stages = {"viewport"}}; }
};

struct Daily : tento::RowBase<Demo> {
  static constexpr std::string_view ROW_LABEL = "demo-daily";
  static constexpr auto CARDINALITY = tento::Cardinality::single;
  static std::string lookup_key(const demo::Params& p, const tento::NoParams&) {
    return tento::lookup_key(":~demo:{authId}:records:daily", p);
  }
  static tento::Result<void> list_cells(tento::ReadCtx<Daily>& ctx, tento::CellSink& out);
};

struct NoteParams {
  std::string list;
  std::int32_t page = 0;
  static constexpr auto fields = tento::params(tento::param("listId", &NoteParams::list, tento::alias("lid")),
                                               tento::param("page", &NoteParams::page));
};
struct Notes {
  using Integration = Demo;
  using Params = NoteParams;
  static constexpr std::string_view ROW_LABEL = "demo-notes";
  static std::string lookup_key(const demo::Params& p, const NoteParams& own) {
    return tento::lookup_key(":~demo:{authId}:notes:{lid}:{page}", p, own);
  }
  static tento::Result<std::vector<tento::Cell>> list_cells(tento::ReadCtx<Notes>& ctx);
  static tento::Result<tento::WriteOutput> post(tento::WriteCtx<Notes>& ctx);
  static tento::Result<tento::WriteOutput> patch(tento::WriteCtx<Notes>& ctx);
  static tento::Result<tento::WriteOutput> remove(tento::WriteCtx<Notes>& ctx);
};

}  // namespace demo
