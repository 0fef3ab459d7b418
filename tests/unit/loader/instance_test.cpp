// SPDX-License-Identifier: Apache-2.0
// Negotiation, creation and every table check: a provider that is in order passes, and each defect has its own words.
#include <doctest/doctest.h>

#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

#include "good_provider.hpp"
#include "host/loader/descriptors.hpp"

namespace {

using namespace tento::host;
using tento::host::test::Good;
using tento::host::test::text;

Accepted<std::shared_ptr<Provider>> make(const Good& good) {
  return make_static_provider(good.note, good.entries);
}

// One defect: what is broken, and what the rejection has to say.
struct Defect {
  const char* name;
  std::function<void(Good&)> breaks;
  const char* code;
  const char* says;
};

std::string long_text(std::size_t size) {
  return std::string(size, 'x');
}

void expect_each(const std::vector<Defect>& defects) {
  for (const Defect& defect : defects) {
    CAPTURE(defect.name);
    Good good;
    defect.breaks(good);
    const auto provider = make(good);
    REQUIRE_FALSE(provider.has_value());
    CHECK_EQ(provider.error().code, defect.code);
    CAPTURE(provider.error().reason);
    CHECK_NE(provider.error().reason.find(defect.says), std::string::npos);
    CHECK_FALSE(provider.error().remedy.empty());
    // An instance that is not kept is ended, once.
    CHECK_EQ(good.destroyed, good.created);
  }
}

TEST_CASE("a provider in order is loaded, with its tables") {
  Good good;
  const auto provider = make(good);
  REQUIRE_MESSAGE(provider.has_value(), provider.error().reason);
  CHECK_EQ((*provider)->note().id, "mail");
  CHECK_EQ((*provider)->instance(), reinterpret_cast<tento_provider*>(&good));
  CHECK_EQ(integrations((*provider)->connector()).size(), 1);
  CHECK_EQ((*provider)->sync_api(), &good.sync);
  CHECK((*provider)->file().empty());
  (*provider)->destroy();
  (*provider)->destroy();
  CHECK_EQ(good.destroyed, 1);
}

TEST_CASE("a provider without a sync-plugin, and one with an executor in it") {
  Good without;
  without.sync_answer = nullptr;
  REQUIRE(make(without));
  CHECK_EQ((*make(without))->sync_api(), nullptr);
  without.entries.sync_plugin = nullptr;
  REQUIRE(make(without));

  Good with;
  with.inbox.sync = nullptr;
  with.sync.execute = &tento::host::test::slot_sync;
  CHECK(make(with));
}

TEST_CASE("longer structs than this host knows are fine") {
  Good good;
  good.plugin.struct_size += 64;
  good.inbox.struct_size += 64;
  good.auth.struct_size += 8;
  CHECK(make(good));
}

TEST_CASE("negotiation and creation") {
  expect_each({
      {"refuses", [](Good& g) { g.plugin_answer = nullptr; }, "refused",
       "it refused this host: the host speaks ABI 1, the provider was built for ABI 1.0"},
      {"short plugin table", [](Good& g) { g.plugin.struct_size = 56; }, "struct_too_short",
       "what tento_plugin gave has struct_size 56, and ABI 1.0 asks for at least 64"},
      {"picks another major", [](Good& g) { g.plugin.abi_picked = 2; }, "bad_negotiation",
       "it picked ABI 2, and the host offered ABI 1"},
      {"another id", [](Good& g) { g.plugin.id = text("post"); }, "note_mismatch",
       "it calls itself `post`, and its note says `mail`"},
      {"another version", [](Good& g) { g.plugin.version = text("1.2.4"); }, "note_mismatch",
       "it says it is version `1.2.4`, and its note says `1.2.3`"},
      {"no create", [](Good& g) { g.plugin.create = nullptr; }, "missing_slot", "slot `create` is null"},
      {"no destroy", [](Good& g) { g.plugin.destroy = nullptr; }, "missing_slot", "slot `destroy` is null"},
      {"create throws", [](Good& g) { g.create_throws = true; }, "threw", "create threw: no luck today"},
      {"create fails", [](Good& g) { g.create_status = TENTO_FAILED; }, "create_failed",
       "create failed: the licence file is missing"},
      {"create gives null",
       [](Good& g) {
         g.create_gives_null = true;
         g.destroyed = 1;
       },
       "create_failed", "create answered OK and gave no instance"},
      {"create stops",
       [](Good& g) {
         g.create_status = 7;
         g.destroyed = 1;
       },
       "create_failed", "create answered status 7"},
      {"no connector entry", [](Good& g) { g.entries.connector = nullptr; }, "missing_entry",
       "the entry tento_connector is missing"},
      {"null connector", [](Good& g) { g.connector_answer = nullptr; }, "no_connector", "tento_connector gave null"},
      {"short connector", [](Good& g) { g.connector.struct_size = 8; }, "struct_too_short",
       "what tento_connector gave"},
      {"short sync-plugin", [](Good& g) { g.sync.struct_size = 40; }, "struct_too_short",
       "what tento_sync_plugin gave"},
      {"bad note id", [](Good& g) { g.note.id = "Mail"; }, "bad_id", "`Mail` is not a provider id"},
  });
}

TEST_CASE("integrations") {
  expect_each({
      {"none", [](Good& g) { g.connector.integration_count = 0; }, "bad_table", "no integrations"},
      {"null table", [](Good& g) { g.connector.integrations = nullptr; }, "null_table",
       "`integrations` says 1 entries and is null"},
      {"garbage count", [](Good& g) { g.connector.integration_count = 1u << 20; }, "bad_table", "says 1048576 entries"},
      {"null entry", [](Good& g) { g.integrations[0] = nullptr; }, "null_table", "integration 0 is null"},
      {"short", [](Good& g) { g.mail.struct_size = 160; }, "struct_too_short", "has struct_size 160"},
      {"id", [](Good& g) { g.mail.id = text("my mail"); }, "bad_value", "`id` is `my mail`"},
      {"empty id", [](Good& g) { g.mail.id = text(""); }, "bad_text", "`id` is empty"},
      {"account param", [](Good& g) { g.mail.account_param = text("auth-id"); }, "bad_value",
       "`account_param` is `auth-id`"},
      {"no client", [](Good& g) { g.mail.client = nullptr; }, "missing_slot",
       "integration `Mail`: slot `client` is null"},
      {"no release", [](Good& g) { g.mail.release = nullptr; }, "missing_slot", "slot `release` is null"},
      {"no rows", [](Good& g) { g.mail.row_count = 0; }, "bad_table", "it has no rows"},
      {"need not in the note", [](Good& g) { g.note.needs.clear(); }, "note_mismatch",
       "it needs `tento.backend/1`, which the note does not list (`n=tento.backend/1`)"},
      {"optional need not in the note", [](Good& g) { g.note.optional_needs.clear(); }, "note_mismatch",
       "it can use `tento.http/1`, which the note does not list (`o=tento.http/1`)"},
      {"required need that the note calls optional",
       [](Good& g) {
         g.note.optional_needs = {"tento.backend/1", "tento.http/1"};
         g.note.needs.clear();
       },
       "note_mismatch", "it needs `tento.backend/1`"},
      {"need of the note alone", [](Good& g) { g.note.needs.emplace_back("tento.clock/1"); }, "note_mismatch",
       "the note lists `n=tento.clock/1`, which no integration needs"},
      {"optional need of the note alone", [](Good& g) { g.note.optional_needs.emplace_back("tento.clock/1"); },
       "note_mismatch", "the note lists `o=tento.clock/1`, which no integration needs"},
      {"need id", [](Good& g) { g.needs[0].id = text("backend"); }, "bad_value", "an interface id"},
      {"need twice", [](Good& g) { g.needs[1] = g.needs[0]; }, "bad_table", "it needs `tento.backend/1` twice"},
      {"need size", [](Good& g) { g.needs[0].min_size = 4; }, "bad_value", "asks for 4 bytes"},
      {"limit capacity", [](Good& g) { g.budget.capacity = 0; }, "bad_value", "`capacity` is 0"},
      {"limit window", [](Good& g) { g.budget.window_ms = 0; }, "bad_value", "`window_ms` is 0"},
      {"limit name", [](Good& g) { g.budget.name = text("Requests"); }, "bad_value", "`name` is `Requests`"},
      {"limit flags", [](Good& g) { g.budget.flags = TENTO_LIMIT_NAMED_ONLY | 6u; }, "bad_value",
       "`flags` has bits that this host does not know (0x6)"},
      {"short limit", [](Good& g) { g.budget.struct_size = 12; }, "struct_too_short", "limits[0] has struct_size 12"},
  });
}

TEST_CASE("texts") {
  static const std::string too_long = long_text(TENTO_MAX_DESCRIPTOR + 1);
  expect_each({
      {"null with a size",
       [](Good& g) {
         g.mail.title.text = {nullptr, 4};
       },
       "bad_text", "says 4 bytes and points to null"},
      {"too long", [](Good& g) { g.inbox.label.text = text(too_long.c_str()); }, "bad_text",
       "is 4097 bytes long, and the limit is 4096"},
      {"not UTF-8", [](Good& g) { g.inbox.type = text("da\xfft"); }, "bad_text", "`type` is not UTF-8: `da\\xfft`"},
      {"NUL",
       [](Good& g) {
         g.inbox.type = {"da\0ta", 5};
       },
       "bad_text", "has a NUL in it: `da\\x00ta`"},
      {"translation language", [](Good& g) { g.translations[0].language = text("d"); }, "bad_value", "a language tag"},
      {"null translations", [](Good& g) { g.title.label.translations = nullptr; }, "null_table", "label.translations"},
  });
}

TEST_CASE("rows") {
  expect_each({
      {"null", [](Good& g) { g.rows[1] = nullptr; }, "null_table", "row 1 is null"},
      {"short", [](Good& g) { g.inbox.struct_size = 64; }, "struct_too_short",
       "row 0 has struct_size 64, and ABI 1.0 asks for at least 192"},
      {"pattern of another", [](Good& g) { g.inbox.pattern = text(":~post:{authId}"); }, "note_mismatch",
       "the pattern does not begin with a prefix of the note (`:~mail`)"},
      {"pattern that only looks like it", [](Good& g) { g.inbox.pattern = text(":~mailbox:{authId}"); },
       "note_mismatch", "prefix of the note"},
      {"no pattern", [](Good& g) { g.inbox.pattern = text(""); }, "bad_text", "`pattern` is empty"},
      {"no verbs", [](Good& g) { g.counts.verbs = 0; }, "bad_value", "it has no verb"},
      {"no sync", [](Good& g) { g.inbox.sync = nullptr; }, "missing_slot",
       "row 0 `:~mail:{authId}:inbox`: slot `sync` is null"},
      {"no list_cells", [](Good& g) { g.counts.list_cells = nullptr; }, "missing_slot", "slot `list_cells` is null"},
      {"no post", [](Good& g) { g.inbox.post = nullptr; }, "missing_slot", "slot `post` is null"},
      {"no patch", [](Good& g) { g.inbox.patch = nullptr; }, "missing_slot", "slot `patch` is null"},
      {"no remove", [](Good& g) { g.inbox.remove = nullptr; }, "missing_slot", "slot `remove` is null"},
      {"shape slot that takes the shape away",
       [](Good& g) {
         g.sync.shape = [](tento_provider*, const tento_row*) noexcept -> const tento_sync_shape* { return nullptr; };
       },
       "missing_slot", "slot `list_cells` is null"},
      {"short shape from the shape slot",
       [](Good& g) {
         static const tento_sync_shape shape{8, 0, nullptr, 0, 0, 0, 0, 0};
         g.sync.shape = [](tento_provider*, const tento_row*) noexcept -> const tento_sync_shape* { return &shape; };
       },
       "struct_too_short", "sync_shape has struct_size 8"},
      {"field pointer", [](Good& g) { g.title.pointer = text("subject"); }, "bad_value", "a JSON Pointer"},
      {"field twice", [](Good& g) { g.size.pointer = g.title.pointer; }, "bad_table",
       "a second field points to `/subject`"},
      {"short field", [](Good& g) { g.title.struct_size = 0; }, "struct_too_short", "fields[0] has struct_size 0"},
      {"guard without verbs", [](Good& g) { g.guards[0].verbs = 0; }, "bad_value", "guards no verb"},
      {"guard without a name", [](Good& g) { g.guards[0].name = text(""); }, "bad_text", "`guards[0]` is empty"},
  });
}

TEST_CASE("stages") {
  expect_each({
      {"none", [](Good& g) { g.shape.stage_count = 0; }, "bad_table", "no stages"},
      {"null", [](Good& g) { g.stages[1] = nullptr; }, "null_table", "stages[1] is null"},
      {"name", [](Good& g) { g.viewport.name = text("View Port"); }, "bad_value", "`name` is `View Port`"},
      {"twice", [](Good& g) { g.backfill.name = g.viewport.name; }, "bad_table", "a second stage is called `viewport`"},
      {"lock", [](Good& g) { g.viewport.lock = text("calendar"); }, "bad_value", "`lock` is `calendar`"},
      {"unknown gate", [](Good& g) { g.after[0] = text("stage9"); }, "bad_value",
       "stage `backfill` waits for `stage9`, which is not a stage of the row"},
      {"waits for itself", [](Good& g) { g.after[0] = text("backfill"); }, "bad_value",
       "stage `backfill` waits for itself"},
      {"cycle",
       [](Good& g) {
         static const std::array<tento_str, 1> gate{text("backfill")};
         g.viewport.after = gate.data();
         g.viewport.after_count = 1;
       },
       "bad_value", "stage `viewport` waits for itself"},
      {"stale", [](Good& g) { g.shape.stale_after_s = -1; }, "bad_value", "`stale_after_s` is below 0"},
  });
}

TEST_CASE("auth and settings") {
  expect_each({
      {"short", [](Good& g) { g.auth.struct_size = 400; }, "struct_too_short", "auth has struct_size 400"},
      {"how", [](Good& g) { g.auth.how = 9; }, "bad_value", "`how` is 9"},
      {"inject", [](Good& g) { g.auth.inject = 9; }, "bad_value", "`inject` is 9"},
      {"token auth", [](Good& g) { g.auth.token_auth = 9; }, "bad_value", "`token_auth` is 9"},
      {"kind", [](Good& g) { g.auth.kind = text(""); }, "bad_text", "`kind` is empty"},
      {"no grants", [](Good& g) { g.auth.grants = 0; }, "bad_value", "names no OAuth 2.0 grant"},
      {"no token URL", [](Good& g) { g.auth.token_url = text(""); }, "bad_value", "needs `token_url` or `issuer`"},
      {"no device URL", [](Good& g) { g.auth.device_url = text(""); }, "bad_value", "needs `device_url`"},
      {"plain http", [](Good& g) { g.auth.token_url = text("http://mail.example.org/token"); }, "bad_value",
       "`token_url` is"},
      {"header without a name", [](Good& g) { g.auth.inject = TENTO_INJECT_HEADER; }, "bad_value",
       "`inject_name` is empty"},
      {"no origins", [](Good& g) { g.auth.origin_count = 0; }, "bad_value", "lists no origin"},
      {"origin with a path", [](Good& g) { g.origins[0] = text("https://mail.example.org/api"); }, "bad_value",
       "origins[0]"},
      {"origin with a user", [](Good& g) { g.origins[0] = text("https://mail.example.org@evil.example"); }, "bad_value",
       "origins[0]"},
      {"pointer", [](Good& g) { g.auth.id_pointer = text("sub"); }, "bad_value", "`id_pointer` is `sub`"},
      {"parameters", [](Good& g) { g.auth.extra_params_json = text("[1]"); }, "bad_value", "a JSON object"},
      {"tag", [](Good& g) { g.auth.expired_tag = text("Expired!"); }, "bad_value", "`expired_tag`"},
      {"colour", [](Good& g) { g.auth.colour = text("blue"); }, "bad_value", "`#rrggbb`"},
      {"group name", [](Good& g) { g.group.name = text(""); }, "bad_text", "groups[0]: `name` is empty"},
      {"empty scope", [](Good& g) { g.scopes[0] = text(""); }, "bad_text", "`scopes[0]` is empty"},
      {"setting name", [](Good& g) { g.order.name = text("Order"); }, "bad_value", "`name` is `Order`"},
      {"setting twice", [](Good& g) { g.limit.name = g.order.name; }, "bad_table",
       "a second setting is called `order`"},
      {"choice without choices",
       [](Good& g) {
         g.order.choice_count = 0;
         g.order.default_value = text("");
       },
       "bad_table", "a choice without `choices`"},
      {"default that is no choice", [](Good& g) { g.order.default_value = text("none"); }, "bad_value",
       "not one of its choices"},
      {"setting pattern", [](Good& g) { g.limit.pattern = text("[0-9"); }, "bad_value", "regular expression"},
      {"secret with a default",
       [](Good& g) {
         g.limit.type = TENTO_SETTING_SECRET;
         g.limit.default_value = text("7");
       },
       "bad_value", "a secret has a `default_value`"},
  });
}

TEST_CASE("everything that is wrong is told at once") {
  Good good;
  good.mail.client = nullptr;
  good.inbox.post = nullptr;
  good.counts.list_cells = nullptr;
  const auto provider = make(good);
  REQUIRE_FALSE(provider);
  for (const char* slot : {"`client`", "`post`", "`list_cells`"})
    CHECK_NE(provider.error().reason.find(slot), std::string::npos);
}

}  // namespace
