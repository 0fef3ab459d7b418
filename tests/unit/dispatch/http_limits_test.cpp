// SPDX-License-Identifier: Apache-2.0
// The request budgets of an integration: who shares them, who waits, who is refused, and what answers correct.
#include "tests/unit/support/fake_sender.hpp"
#include "tests/unit/support/stored_run.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

TEST_CASE("a request waits for its budget, and beyond max_wait_ms it is refused at once") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 2, 20'000)});
  for (int i = 0; i < 2; ++i) CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CHECK(h.time.waits.empty());
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CHECK(h.time.waits == std::vector<std::int64_t>{10'000});
  Ask hasty(item_url);
  hasty.abi.max_wait_ms = 9999;
  const Got got = h.once(hasty);
  CHECK(got.status == TENTO_FAILED);
  CHECK(got.error.code == ErrorCode::rate_limited);
  CHECK(got.error.error_class == ErrorClass::rate_limit);
  CHECK(got.error.retry_after_ms == 10'000);
  CHECK(h.sender->wire.size() == 3);
  CHECK(h.time.waits.size() == 1);
}

TEST_CASE("who counts is told of each answer and each wait") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 2, 20'000)});
  std::vector<std::string> told;
  h.settings.on_answer = [&](std::string_view provider, unsigned code) {
    told.push_back(std::string(provider) + " " + std::to_string(code));
  };
  h.settings.on_wait = [&](double seconds) { told.push_back("waited " + std::to_string(seconds)); };
  h.restart();
  Answer broken;
  broken.error = fail(ErrorCode::io, ErrorClass::transient, "reset").value();
  h.sender->answers = {of_status(404, {}), broken, {}};
  for (int i = 0; i < 3; ++i) static_cast<void>(h.once(Ask(item_url)));
  CHECK(told == std::vector<std::string>{"demo 404", "demo 0", "waited 10.000000", "demo 200"});
}

TEST_CASE("the longest wait is 30 s unless the request says otherwise") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 1, 60'000)});
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CHECK(h.once(Ask(item_url)).error.retry_after_ms == 60'000);
  Ask patient(item_url);
  patient.abi.max_wait_ms = INT64_MAX;
  CallOptions forever;
  forever.deadline_ms = 0;
  REQUIRE(h.in_call([&](const tento_call* call) { CHECK(get(call, patient).status == TENTO_OK); }, forever));
  CHECK(h.time.waits == std::vector<std::int64_t>{60'000});
}

TEST_CASE("a wait that the call does not live through is refused instead of begun") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 1, 20'000)});
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CallOptions brief;
  brief.deadline_ms = 10'000;
  Got got;
  REQUIRE(h.in_call([&](const tento_call* call) { got = get(call, Ask(item_url)); }, brief));
  CHECK(got.error.error_class == ErrorClass::rate_limit);
  CHECK(got.error.retry_after_ms == 20'000);
}

TEST_CASE("a stop ends the wait, and the units go back") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 1, 20'000)});
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CallOptions options;
  options.control = std::make_shared<CallControl>();
  h.time.meanwhile = [&] { options.control->cancel(); };
  tento_status ended = TENTO_OK;
  const auto done = h.in_call([&](const tento_call* call) { ended = get(call, Ask(item_url)).status; }, options);
  CHECK(ended == TENTO_STOPPED);
  CHECK(h.sender->wire.size() == 1);
  h.time.meanwhile = nullptr;
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CHECK(h.time.waits.back() == 20'000);
}

TEST_CASE("an app's budget is shared by all accounts, an account's is its own, an endpoint's counts its URLs") {
  const auto exhausted = [](tento_limit_scope scope, const std::string& key, const std::string& url) {
    HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 1, 60'000, scope, "https://api.a.example/x")});
    h.host.connect("you");
    CHECK(h.once(Ask(item_url)).status == TENTO_OK);
    return h.once(Ask(url), key).status == TENTO_FAILED;
  };
  const std::string me = ":~demo:me:items", you = ":~demo:you:items", other = "https://api.a.example/y";
  CHECK(exhausted(TENTO_LIMIT_APP, me, item_url));
  CHECK(exhausted(TENTO_LIMIT_APP, you, item_url));
  CHECK_FALSE(exhausted(TENTO_LIMIT_APP, me, other));
  CHECK(exhausted(TENTO_LIMIT_ACCOUNT, me, item_url));
  CHECK_FALSE(exhausted(TENTO_LIMIT_ACCOUNT, you, item_url));
  CHECK(exhausted(TENTO_LIMIT_ENDPOINT, me, item_url + "/1"));
  CHECK_FALSE(exhausted(TENTO_LIMIT_ENDPOINT, you, item_url));
  // An unknown scope is an app's.
  CHECK(exhausted(77, you, item_url));
}

TEST_CASE("prefixes are of the declared URL, also where the operator's endpoint stands in") {
  HttpHost h(TENTO_INJECT_BEARER, "", "",
             {limit("search", 1, 60'000, TENTO_LIMIT_APP, "https://api.a.example/search")});
  h.settings.providers["demo"].endpoint = "http://127.0.0.1:4100/v3";
  h.restart();
  CHECK(h.once(Ask("https://api.a.example/search?q=1")).status == TENTO_OK);
  CHECK(h.once(Ask("http://127.0.0.1:4100/v3/search?q=2")).error.error_class == ErrorClass::rate_limit);
  CHECK(h.once(Ask("http://127.0.0.1:4100/v3/other")).status == TENTO_OK);
}

TEST_CASE("a request can name its budget and its cost") {
  HttpHost h(TENTO_INJECT_BEARER, "", "",
             {limit("all", 100, 60'000), limit("points", 10, 60'000, TENTO_LIMIT_APP, "https://nowhere.example")});
  Ask ask(item_url);
  ask.abi.limit_name = str("points");
  ask.abi.limit_cost = 7;
  CHECK(h.once(ask).status == TENTO_OK);
  ask.abi.max_wait_ms = 1000;
  Got got = h.once(ask);
  CHECK(got.error.message.find("`points`") != std::string::npos);
  CHECK(got.error.retry_after_ms == 24'000);
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  ask.abi.limit_cost = 11;
  CHECK(h.once(ask).error.message == "the request costs 11 of the limit `points`, which has 10 in all");
  ask.abi.limit_name = str("point");
  got = h.once(ask);
  CHECK(got.error.code == ErrorCode::invalid_argument);
  CHECK(got.error.message == "the request counts against the limit `point`, and the integration has only all, points");
}

TEST_CASE("a budget that counts only what names it holds nothing else back") {
  HttpHost h(TENTO_INJECT_BEARER, "", "",
             {limit("core", 100, 60'000), limit("write", 1, 60'000, TENTO_LIMIT_APP, "", TENTO_LIMIT_NAMED_ONLY),
              limit("upload", 1, 60'000, TENTO_LIMIT_APP, "https://api.a.example/files", TENTO_LIMIT_NAMED_ONLY)});
  for (int i = 0; i < 20; ++i) CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CHECK(h.time.waits.empty());
  Ask write(item_url, "POST");
  write.abi.limit_name = str("write");
  write.abi.max_wait_ms = 1000;
  CHECK(h.once(write).status == TENTO_OK);
  CHECK(h.once(write).error.message.find("`write`") != std::string::npos);
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  // With a prefix it counts what is below it and names it.
  Ask upload("https://api.a.example/files/1", "POST");
  upload.abi.max_wait_ms = 1000;
  CHECK(h.once(upload).status == TENTO_OK);
  CHECK(h.once(upload).status == TENTO_OK);
  upload.abi.limit_name = str("upload");
  CHECK(h.once(upload).status == TENTO_OK);
  CHECK(h.once(upload).error.message.find("`upload`") != std::string::npos);
  Ask elsewhere(item_url, "POST");
  elsewhere.abi.limit_name = str("upload");
  CHECK(h.once(elsewhere).status == TENTO_OK);
  CHECK(h.once(elsewhere).status == TENTO_OK);
  // In one call, too, where what was counted is kept from request to request.
  REQUIRE(h.in_call([&](const tento_call* call) {
    CHECK(get(call, Ask(item_url)).status == TENTO_OK);
    CHECK(get(call, write).status == TENTO_FAILED);
    CHECK(get(call, Ask(item_url)).status == TENTO_OK);
  }));
}

TEST_CASE("a service that says to come again later is left alone until then, by that account") {
  HttpHost h;
  h.host.connect("you");
  h.sender->answers = {of_status(429, {{"Retry-After", "90"}})};
  const Got told = h.once(Ask(item_url));
  CHECK(told.status == TENTO_OK);
  CHECK(told.http_status == 429);
  const Got next = h.once(Ask(item_url));
  CHECK(next.error.error_class == ErrorClass::rate_limit);
  CHECK(next.error.retry_after_ms == 90'000);
  CHECK(h.sender->wire.size() == 1);
  CHECK(h.once(Ask(item_url), ":~demo:you:items").status == TENTO_OK);
  CHECK(h.once(Ask("https://files.a.example/x")).status == TENTO_OK);
  h.time.now_ms += 70'000;
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CHECK(h.time.waits == std::vector<std::int64_t>{20'000});
}

TEST_CASE("a window that the service says is used up stops the next request") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 5000, 3'600'000, TENTO_LIMIT_ACCOUNT)});
  h.sender->answers = {
      of_status(403, {{"X-RateLimit-Limit", "5000"},
                      {"X-RateLimit-Remaining", "0"},
                      {"X-RateLimit-Reset", std::to_string((1'507'636'800'000 + 1'000'000) / 1000 + 600)}})};
  CHECK(h.once(Ask(item_url)).http_status == 403);
  CHECK(h.once(Ask(item_url)).error.retry_after_ms == 600'000);
}

TEST_CASE("an absurd reset is clamped to the declared window, and logged") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 60, 3'600'000, TENTO_LIMIT_ACCOUNT)});
  h.sender->answers = {of_status(200, {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "9999999999"}})};
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  CHECK(h.logged("demo: the service's rate limit reset is"));
  CHECK(h.once(Ask(item_url)).error.retry_after_ms == 3'600'000);
}

TEST_CASE("a silence that was asked for while somebody waited lengthens the wait, or ends it") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 1, 10'000)});
  const auto another_call_is_silenced = [&](const char* seconds) {
    h.time.meanwhile = [&h, seconds] {
      h.time.meanwhile = nullptr;
      // Another call of the same account got this answer meanwhile.
      h.sender->answers.push_front(of_status(429, {{"Retry-After", seconds}}));
      Ask beside(item_url);
      beside.abi.max_wait_ms = 60'000;
      CallOptions forever;
      forever.deadline_ms = 0;
      h.host.slots.list_cells = [&](tento_client*, const tento_read_ctx* ctx, auto...) {
        CHECK(get(ctx->at->call, beside).http_status == 429);
        return slot_ok;
      };
      CHECK(h.host.dispatcher->list_cells(h.host.target(":~demo:me:computed"), {}, 0, forever,
                                          [](const CellView&) { return true; }));
    };
  };
  const auto patient = [&] {
    CallOptions forever;
    forever.deadline_ms = 0;
    Ask ask(item_url);
    ask.abi.max_wait_ms = 60'000;
    Got got;
    REQUIRE(h.in_call([&](const tento_call* call) { got = get(call, ask); }, forever));
    return got;
  };
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  another_call_is_silenced("15");
  CHECK(patient().status == TENTO_OK);
  // It waited for its turn, the other one for the next turn (and was told to be silent), then it for the silence.
  CHECK(h.time.waits == std::vector<std::int64_t>{10'000, 20'000, 15'000});
  CHECK(h.once(Ask(item_url)).status == TENTO_OK);
  another_call_is_silenced("300");
  const Got got = patient();
  CHECK(got.error.error_class == ErrorClass::rate_limit);
  CHECK(got.error.retry_after_ms == 300'000);
}

namespace {

Error limited(std::int64_t retry_after_ms = -1) {
  Error error;
  error.code = ErrorCode::rate_limited;
  error.error_class = ErrorClass::rate_limit;
  error.message = "you go too fast";
  error.retry_after_ms = retry_after_ms;
  return error;
}

// A sync that sends one request and, when that is refused by the body, says so.
struct Syncs {
  HttpHost& h;
  int slots = 0;
  std::int64_t says = -1;
  bool limits = true;

  explicit Syncs(HttpHost& host) : h(host) {
    h.host.slots.sync = [this](tento_client*, const tento_sync_ctx* ctx, tento_sync_result*, tento_error* err) {
      ++slots;
      const Got got = get(ctx->at->call, Ask(item_url));
      if (got.status == TENTO_FAILED) return to_status(got.error, err);
      return limits ? to_status(limited(says), err) : slot_ok;
    };
  }
  Result<SyncOutcome> run(const std::string& key = ":~demo:me:items", const char* stage = "viewport") const {
    return h.host.dispatcher->sync(h.host.target(key), stage, {}, {});
  }
};

}  // namespace

TEST_CASE("a limit that only the body tells silences its account: no request, no sync, and the wait that is left") {
  HttpHost h;
  h.host.connect("you");
  Syncs syncs(h);
  const auto first = syncs.run();
  REQUIRE_FALSE(first);
  CHECK(first.error().message == "you go too fast");
  CHECK(first.error().retry_after_ms == 60'000);
  CHECK(first.error().remedy == "wait, then try again");
  CHECK(h.logged("demo: reports a limit of its service; account me is held back for 60 s: you go too fast"));
  CHECK(h.sender->wire.size() == 1);
  h.time.now_ms += 10'000;
  for (const char* stage : {"viewport", "backfill"}) {
    const auto next = syncs.run(":~demo:me:items", stage);
    REQUIRE_FALSE(next);
    CHECK(next.error().error_class == ErrorClass::rate_limit);
    CHECK(next.error().code == ErrorCode::rate_limited);
    CHECK(next.error().tag == "held_back");
    CHECK(next.error().retry_after_ms == 50'000);
    CHECK(next.error().message ==
          "the account me of demo is held back for 50 s, since its service refused before: you go too fast");
  }
  CHECK(syncs.run(":~demo:me:lists:l1").error().tag == "held_back");
  // Reads and writes ask the service as little, wherever they go.
  for (const std::string& url : {item_url, std::string("https://files.a.example/x")}) {
    Got got;
    h.host.slots.list_cells = [&](tento_client*, const tento_read_ctx* ctx, auto...) {
      got = get(ctx->at->call, Ask(url));
      return slot_ok;
    };
    CHECK(h.host.dispatcher->list_cells(h.host.target(":~demo:me:computed"), {}, 0, {},
                                        [](const CellView&) { return true; }));
    CHECK(got.error.error_class == ErrorClass::rate_limit);
    CHECK(got.error.retry_after_ms == 50'000);
  }
  CHECK(syncs.slots == 1);
  CHECK(h.sender->wire.size() == 1);
  // Others are not concerned.
  syncs.limits = false;
  CHECK(syncs.run(":~demo:you:items"));
  h.time.now_ms += 50'000;
  CHECK(syncs.run());
  CHECK(h.sender->wire.size() == 3);
}

TEST_CASE("a guess of the provider's grows while the service goes on refusing, what headers say does not") {
  HttpHost h;
  Syncs syncs(h);
  syncs.says = 60'000;
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 9; ++i) {
    const auto done = syncs.run();
    REQUIRE_FALSE(done);
    waits.push_back(done.error().retry_after_ms / 1000);
    h.time.now_ms += done.error().retry_after_ms;
  }
  CHECK(waits == std::vector<std::int64_t>{60, 120, 240, 480, 960, 1920, 3600, 3600, 3600});
  // It answered as usual: the next one is the first again.
  syncs.limits = false;
  CHECK(syncs.run());
  syncs.limits = true;
  CHECK(syncs.run().error().retry_after_ms == 60'000);
  h.time.now_ms += 60'000 + 3'600'000;  // long after
  for (const std::int64_t wait : {7000, 7000, 7000}) {
    h.sender->answers = {of_status(429, {{"Retry-After", "7"}})};
    syncs.says = wait;
    CHECK(syncs.run().error().retry_after_ms == wait);
    h.time.now_ms += wait;
  }
}

TEST_CASE("what the host's own budget refused, a stop and other failures hold nobody back") {
  HttpHost h(TENTO_INJECT_BEARER, "", "", {limit("core", 1, 60'000, TENTO_LIMIT_ACCOUNT, "https://api.a.example/x")});
  Syncs syncs(h);
  syncs.limits = false;
  CHECK(syncs.run());
  const auto refused = syncs.run();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().error_class == ErrorClass::rate_limit);
  CHECK(refused.error().tag == "budget_used_up");
  CHECK(syncs.run().error().tag == "budget_used_up");  // it was asked again
  CHECK(h.once(Ask("https://api.a.example/other")).status == TENTO_OK);
  h.host.slots.sync = [](tento_client*, const tento_sync_ctx*, tento_sync_result*, tento_error* err) {
    Error error = limited();
    error.error_class = ErrorClass::transient;
    return to_status(error, err);
  };
  CHECK(syncs.run().error().error_class == ErrorClass::transient);
  CHECK(syncs.run().error().error_class == ErrorClass::transient);
}

TEST_CASE("a limit of the app holds all its accounts back; one that a call without a request reports, its account") {
  for (const bool of_app : {true, false}) {
    CAPTURE(of_app);
    HttpHost h(TENTO_INJECT_BEARER, "", "",
               {limit("core", 100, 60'000, of_app ? TENTO_LIMIT_APP : TENTO_LIMIT_ACCOUNT)});
    h.host.connect("you");
    Syncs syncs(h);
    CHECK_FALSE(syncs.run());
    syncs.limits = false;
    const auto yours = syncs.run(":~demo:you:items");
    CHECK(yours.has_value() == !of_app);
    if (!yours) CHECK(yours.error().message.starts_with("the integration Main of demo is held back"));
  }
  // With a network of its own, in whatever slot.
  HttpHost h;
  const auto host = [&h]() -> HostOfOne& { return h.host; };
  host().connect("you");
  Syncs syncs(h);
  syncs.limits = false;
  host().slots.discover = [](tento_client*, const tento_integration_ctx*, const tento_row_sink*, tento_error* err) {
    return to_status(limited(5000), err);
  };
  const Target me = host().target();
  CHECK(host().dispatcher->discover(*me.match.route, host().owner, *me.account, {}).error().retry_after_ms == 5000);
  CHECK(syncs.run().error().retry_after_ms == 5000);
  CHECK(syncs.run(":~demo:you:items"));
  host().slots.write = [](tento_client*, const tento_write_ctx*, const tento_cell_sink*, tento_error* err) {
    return to_status(limited(9000), err);
  };
  WriteRequest request;
  request.verb = TENTO_VERB_POST;
  CHECK(host()
            .dispatcher->write(host().target(":~demo:you:items", TENTO_VERB_POST), request, {})
            .error()
            .retry_after_ms == 9000);
  CHECK(syncs.run(":~demo:you:items").error().retry_after_ms == 9000);
}

TEST_CASE("the next process keeps a silence that the runs tell of, for as long as is left") {
  HttpHost h;
  h.host.connect("you");
  std::int64_t now_us = 1'800'000'000'000'000;
  const auto restarted = [&] {
    h.time.now_ms += 1'000'000'000;  // another process has another steady clock
    DispatcherOptions options;
    options.now_unix_us = [&now_us] { return now_us; };
    h.restart(std::move(options));
  };
  Syncs syncs(h);
  syncs.limits = false;
  const auto failed_run = [&](Error error, std::int64_t ended_us) {
    RunRecord run;
    run.row = h.host.stored_target().row.id;
    run.stage = "viewport";
    run.started_us = ended_us - 1;
    run.status = RunStatus::failed;
    run.ended_us = ended_us;
    run.error = std::move(error);
    REQUIRE(stored_run(*h.host.store, run));
  };
  Error budget = limited(500'000);
  budget.tag = "budget_used_up";
  failed_run(budget, now_us);
  failed_run(limited(90'000), now_us + 3'600'000'000);  // a clock that was ahead
  restarted();
  CHECK(syncs.run());
  failed_run(limited(90'000), now_us - 30'000'000);
  restarted();
  const auto held = syncs.run(":~demo:me:lists:l1");
  REQUIRE_FALSE(held);
  CHECK(held.error().retry_after_ms == 60'000);
  CHECK(held.error().message.ends_with("you go too fast"));
  CHECK(syncs.run(":~demo:you:items"));
  now_us += 60'000'000;
  restarted();
  CHECK(syncs.run(":~demo:me:lists:l1"));
}
