// SPDX-License-Identifier: Apache-2.0
// Guards: no way to what a row holds goes around them.
#include "tests/unit/support/scripted.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

constexpr std::uint32_t every_verb = TENTO_VERB_GET | TENTO_VERB_POST;
const tento_guard operator_guard{TENTO_STR("operator"), every_verb, 0};
const tento_guard posts_guard{TENTO_STR("operator"), TENTO_VERB_POST, 0};

// Three guarded rows beside the open ones of the demo provider: synced (and with it a log), computed, and one whose
// guard is on writes alone.
struct GuardedHost : HostOfOne {
  std::shared_ptr<FakeProvider> vault = std::make_shared<FakeProvider>("vault");

  GuardedHost() {
    vault->state = &slots;
    vault->sync = &sync_api;
    FakeIntegration& main = vault->add("Vault");
    main.abi.client = as_slot(&client_slot);
    main.abi.release = as_slot(&release_slot);
    main.needs = {TENTO_NEED(tento_backend, persist_cells)};
    add(main, ":~vault:synced", operator_guard).sync_shape = &three_stages;
    add(main, ":~vault:computed", operator_guard).list_cells = as_slot(&list_slot);
    add(main, ":~vault:posted", posts_guard).sync_shape = &three_stages;
    vault->seal(vault);
    const std::shared_ptr<Provider> all[] = {provider, vault};
    auto built = build_route_table(all, {});
    REQUIRE(built.problems.empty());
    table = built.table;
    dispatcher->publish(table);
    slots.sync = [](auto...) { return slot_ok; };
    slots.list_cells = [](auto...) { return slot_ok; };
    slots.write = [](auto...) { return slot_ok; };
  }
  static tento_row& add(FakeIntegration& to, const std::string& pattern, const tento_guard& guard) {
    tento_row& row = to.add_row(pattern, every_verb);
    row.guards = &guard;
    row.guard_count = 1;
    row.sync = as_slot(&sync_slot);
    row.post = as_slot(&write_slot);
    return row;
  }
  Result<void> read(const std::string& key, const CallOptions& options) {
    return dispatcher->list_cells(target(key), {}, 0, options, [this](const CellView&) { return ++shown > 0; });
  }
  int shown = 0;
};

CallOptions by(tento_actor_kind kind, const std::string& name) {
  CallOptions options;
  options.actor.kind = kind;
  options.actor.name = name;
  return options;
}

}  // namespace

TEST_CASE(
    "stored cells, computed cells and the log of a guarded row are refused alike to whom the guard does not hold") {
  GuardedHost host;
  const CallOptions token = by(TENTO_ACTOR_TOKEN, "a token");
  const std::vector<tento_cell> cells = {cell("a", day(1))};
  host.slots.sync = [&](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
    const auto store = backend(ctx->at->call);
    const auto batch = batch_of(cells);
    return store->persist_cells(store.self, ctx->at->call, ctx->at->row_id, &batch, err);
  };
  REQUIRE(host.dispatcher->sync(host.target(":~vault:synced"), "viewport", {}, by(TENTO_ACTOR_SYSTEM, "sync")));
  for (const std::string key : {":~vault:synced", ":~vault:synced:logs", ":~vault:computed"}) {
    CAPTURE(key);
    const auto refused = host.read(key, token);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::forbidden);
    CHECK(refused.error().tag == "guard_failed");
    CHECK(refused.error().message == "`" + key + "` is guarded by `operator`, which does not hold for a token");
    CHECK(host.dispatcher->check_guards(host.target(key), TENTO_VERB_GET, token.actor).error().tag == "guard_failed");
    CHECK(host.read(key, by(TENTO_ACTOR_USER, "me")));
  }
  CHECK(host.shown == 1);
  CHECK(host.dispatcher->sync(host.target(":~vault:synced"), "viewport", {}, token).error().tag == "guard_failed");
}

TEST_CASE("a guard is on the verbs it names") {
  GuardedHost host;
  const CallOptions token = by(TENTO_ACTOR_TOKEN, "a token");
  CHECK(host.read(":~vault:posted", token));
  WriteRequest post;
  post.verb = TENTO_VERB_POST;
  post.body = "{}";
  CHECK(host.dispatcher->write(host.target(":~vault:posted"), post, token).error().tag == "guard_failed");
  CHECK(host.dispatcher->write(host.target(":~vault:posted"), post, by(TENTO_ACTOR_USER, "me")));
}

TEST_CASE("an embedder's own guard is asked with the owner and the actor, for the log as well") {
  GuardedHost host;
  std::vector<std::string> asked;
  DispatcherOptions options;
  options.guard = [&](std::string_view guard, const UserRecord& owner, const ActorInfo& actor) {
    asked.push_back(std::string(guard) + " " + owner.name + " " + actor.name);
    return false;
  };
  host.restart(std::move(options));
  CHECK_FALSE(host.read(":~vault:synced", by(TENTO_ACTOR_USER, "me")));
  CHECK_FALSE(host.read(":~vault:synced:logs", by(TENTO_ACTOR_USER, "me")));
  CHECK(asked == std::vector<std::string>(2, "operator " + host.owner.name + " me"));
  CHECK(host.read(":~demo:me:items", by(TENTO_ACTOR_USER, "me")));
}
