// SPDX-License-Identifier: Apache-2.0
// The provider's real entries against a host in memory: accounts, syncs, rewrites, interruptions, coverage, days.
#include <random>

#include "rows_world.hpp"

using namespace rows_test;

namespace {

using Kinds = std::vector<Change::Kind>;
constexpr auto created = Change::Kind::created;
constexpr auto deleted = Change::Kind::deleted;

}  // namespace

TEST_CASE("an account is checked: its id, its label, and what is wrong with it") {
  World w;
  w.repo.commit("one");
  const auto checked = w.provider->check_account("GitRepository", account_of(w.repo.path()));
  REQUIRE(checked);
  CHECK(checked->auth_id.starts_with("repo-"));
  CHECK(checked->label == "repo");
  const auto nowhere = w.provider->check_account("GitRepository", account_of(w.folder.path() / "nowhere"));
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == tento::ErrorCode::not_found);
  CHECK(nowhere.error().error_class == tento::ErrorClass::config);
  CHECK(nowhere.error().tag == "git_no_repository");
  const auto refs = w.provider->check_account("GitRepository", account_of(w.repo.path(), R"(["gone"])"));
  REQUIRE_FALSE(refs);
  CHECK(refs.error().message.find("the setting refs names gone (no such branch, tag or commit)") != std::string::npos);
  auto empty = account_of("");
  empty.settings_json = "{}";
  const auto pathless = w.provider->check_account("GitRepository", empty);
  REQUIRE_FALSE(pathless);
  CHECK(pathless.error().message.find("has no path") != std::string::npos);
  auto mistyped = account_of(w.repo.path(), R"("side")");
  const auto text = w.provider->check_account("GitRepository", mistyped);
  REQUIRE_FALSE(text);
  CHECK(text.error().message.find("'refs' is not a list of texts") != std::string::npos);
}

TEST_CASE("another owner's, an unreadable and a SHA-256 repository are refused with code, tag and remedy") {
  World w;
  const auto refused = [&](const char* name) {
    const auto checked = w.provider->check_account("GitRepository", account_of(w.folder.path() / name));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().error_class == tento::ErrorClass::config);
    return checked.error();
  };
  Repo sha(w.folder.path() / "sha256", "git init -q -b main --object-format=sha256 .");
  const auto unsupported = refused("sha256");
  CHECK(unsupported.code == tento::ErrorCode::unsupported);
  CHECK(unsupported.tag == "git_unsupported_format");
  CHECK(unsupported.message.find("by SHA-256, which this version of libgit2 cannot read. Make a SHA-1 copy") !=
        std::string::npos);

  if (!gitlog::test::is_root()) return;
  Repo theirs(w.folder.path() / "theirs");
  Repo closed(w.folder.path() / "closed");
  gitlog::test::run(w.folder.path(), "chown -R 12345:12345 theirs && chmod 700 closed && chmod 755 .");
  const gitlog::test::AsNobody nobody;
  REQUIRE(nobody.works());
  const auto owned = refused("theirs");
  CHECK(owned.code == tento::ErrorCode::forbidden);
  CHECK(owned.tag == "git_not_owned");
  CHECK(owned.remedy == "trust_repository");
  CHECK(owned.message.find("git config --global --add safe.directory '" + theirs.path().string() + "'") !=
        std::string::npos);
  CHECK(refused("closed").tag == "git_no_permission");
}

TEST_CASE("the provider describes itself") {
  World w;
  CHECK(w.provider->patterns() == std::vector<std::string>{":~git:{authId}:commits", ":~git:{authId}:commits:daily",
                                                           ":~git:{authId}:commits:logs"});
  const tento_integration& integration = *tento_connector(nullptr)->integrations[0];
  CHECK(tento::view(integration.id) == "GitRepository");
  CHECK(tento::view(integration.account_param) == "authId");
  CHECK(tento::view(integration.auth->kind) == "git");
  CHECK(integration.auth->setting_count == 2);
  const tento_row& commits = *integration.rows[0];
  CHECK(tento::view(commits.label.text) == "git-commits");
  CHECK(commits.field_count == 14);
  REQUIRE((commits.sync_shape != nullptr));
  REQUIRE(commits.sync_shape->stage_count == 2);
  CHECK(tento::view(commits.sync_shape->stages[0]->name) == "viewport");
  CHECK(tento::view(commits.sync_shape->stages[1]->name) == "backfill");
  CHECK(tento::view(commits.sync_shape->stages[1]->after[0]) == "viewport");
  CHECK(integration.rows[1]->flags == TENTO_ROW_SINGLE);
  CHECK(integration.rows[2]->flags == TENTO_ROW_LOGS);
  CHECK(tento::view(integration.rows[2]->label.text) == "git-commits-logs");
  // An executor of its own, beside the row's sync.
  const tento_sync_api* sync = tento_sync_plugin(nullptr);
  CHECK(sync->max_concurrent == 2);
  CHECK((sync->execute != nullptr));
  CHECK((commits.sync != nullptr));
}

TEST_CASE("with the connector alone, the row's own sync does the same") {
  World w;
  for (int i = 0; i < 5; ++i) w.repo.commit("c");
  w.sync();
  const auto expected = w.host.store.cells(key);
  CHECK(expected.size() == 5);
  FakeHost host;
  host.auth.put(account_of(w.repo.path()));
  const auto alone = FakeProvider::load(host, {tento_plugin, tento_connector});
  REQUIRE(alone);
  REQUIRE((*alone)->sync_all(key));
  CHECK(host.store.cells(key) == expected);
}

TEST_CASE("commits arrive as cells: what git says of them, and where they are in time") {
  World w;
  gitlog::test::write(w.repo.path() / "a", "1\n2\n");
  gitlog::test::write(w.repo.path() / "b", std::string("\0", 1));
  const auto first = w.repo.commit("subject\n\nbody");
  const auto second = w.repo.commit_file("a", "1\n3\n4\n", "second");
  w.sync();
  CHECK(w.ids() == w.reachable());
  const auto cell = w.host.store.cell(key, first);
  REQUIRE(cell);
  CHECK(cell->date->local_text() == "2026-01-01T02:01:00+02:00");
  const auto data = json::parse(cell->data).as_object();
  CHECK(data.at("hash").as_string() == first);
  CHECK(data.at("subject").as_string() == "subject");
  CHECK(data.at("message").as_string() == "subject\n\nbody\n");
  CHECK(data.at("author").at("name").as_string() == "Ada");
  CHECK(data.at("author").at("time").as_string() == "2026-01-01T02:01:00+02:00");
  CHECK(data.at("files_changed").as_int64() == 2);
  CHECK(data.at("insertions").as_int64() == 2);
  CHECK(data.at("binary_files").as_int64() == 1);
  CHECK(data.at("files").as_array().size() == 2);
  CHECK(data.at("files").at(1).at("binary").as_bool());
  CHECK(data.at("parents").as_array().empty());
  const auto next = json::parse(w.host.store.cell(key, second)->data).as_object();
  CHECK(next.at("parents").at(0).as_string() == first);
  CHECK(next.at("insertions").as_int64() == 2);
  CHECK(next.at("deletions").as_int64() == 1);
  const auto coverage = w.host.store.coverage(key);
  REQUIRE_FALSE(coverage.empty());
  CHECK(coverage.back().state == TENTO_COVERAGE_HAVE);
  CHECK_FALSE(coverage.back().span.from);
}

TEST_CASE("the second sync of an unchanged repository does almost nothing, a new commit is one change") {
  World w;
  for (int i = 0; i < 20; ++i) w.repo.commit("c");
  w.sync();
  CHECK(w.changes().size() == 20);
  const auto before = w.host.store.transactions();
  const auto again = w.provider->sync(key, "backfill");
  REQUIRE(again);
  CHECK(again->seen == 0);
  CHECK(w.host.store.transactions() == before + 1);
  CHECK(w.changes().empty());
  w.repo.commit("new");
  w.sync();
  CHECK(w.changes() == Kinds{created});
  CHECK(w.ids() == w.reachable());
}

TEST_CASE("commits arrive newest first, and a sync that yielded goes on from its cursor") {
  World w;
  for (int i = 0; i < 40; ++i) w.repo.commit_file("f", std::to_string(i), "c");
  std::vector<std::string> order;
  std::uint64_t seen = 0;
  std::size_t runs = 0;
  for (bool more = true; more; ++runs) {
    tento::testing::CallPlan plan;
    plan.yield_after = 12;
    const auto part = w.provider->sync(key, "backfill", plan);
    REQUIRE(part);
    more = part->more;
    seen += part->seen;
    for (const auto& change : w.host.store.changes()) order.push_back(change.id);
    w.host.store.forget_changes();
    REQUIRE(runs < 40);
  }
  CHECK(runs > 2);
  CHECK(seen == 40);  // none was read twice
  CHECK(order == w.repo.lines("rev-list --date-order HEAD"));
  w.repo.commit("new");
  const auto again = w.provider->sync(key, "backfill");
  REQUIRE(again);
  CHECK(again->seen == 1);
}

TEST_CASE("after a rewrite, what is not reachable any more is deleted, even when the repository forgot it") {
  for (const bool forgotten : {false, true}) {
    World w;
    for (int i = 0; i < 10; ++i) w.repo.commit("c" + std::to_string(i));
    w.sync();
    w.changes();
    w.repo.git("commit -q --amend --allow-empty -m amended");
    w.repo.git("reset -q --hard HEAD~2");
    w.repo.commit("another way");
    if (forgotten) {
      w.repo.git("reflog expire --expire=now --all");
      w.repo.git("gc -q --prune=now");
    }
    w.sync();
    CHECK(w.ids() == w.reachable());
    auto changes = w.changes();
    std::sort(changes.begin(), changes.end());
    CHECK(changes == Kinds{created, deleted, deleted});
    CHECK(w.host.store.tombstones(key).size() == 2);
    w.sync();
    CHECK(w.changes().empty());
  }
}

TEST_CASE("further references count, and a branch that is deleted takes its commits along") {
  World w(R"(["side*"])");
  w.repo.commit("one");
  w.repo.git("switch -q -c side1");
  w.repo.commit("two");
  w.repo.git("switch -q -c side2 main");
  w.repo.commit("three");
  w.repo.git("switch -q main");
  w.sync();
  CHECK(w.ids() == w.reachable("--all"));
  CHECK(w.ids().size() == 3);
  w.changes();
  w.repo.git("branch -q -D side1");
  w.sync();
  CHECK(w.changes() == Kinds{deleted});
  CHECK(w.ids() == w.reachable("--all"));
  w.repo.git("branch -q -D side2");
  w.sync();
  CHECK(w.ids() == w.reachable());
  CHECK(w.host.log.has("side* (nothing matches)", TENTO_LOG_WARN));
}

TEST_CASE("more references than a cursor holds are refused, and replaced objects are mentioned") {
  World w(R"(["many*"])");
  const auto first = w.repo.commit("one");
  w.repo.commit("two");
  w.repo.git("replace " + first + " HEAD");
  w.sync();
  CHECK(w.ids() == w.reachable("--no-walk=unsorted HEAD " + first));
  CHECK(w.host.log.has("has replaced or grafted objects", TENTO_LOG_WARN));

  std::string stream;
  for (int i = 0; i < 3300; ++i) {
    const std::string number = std::to_string(i);
    stream += "commit refs/heads/many" + number + "\ncommitter A <a@b> 1767225600 +0000\ndata " +
              std::to_string(number.size()) + "\n" + number + "\n\n";
  }
  gitlog::test::write(w.folder.path() / "stream", stream);
  w.repo.git("fast-import --quiet --force < ../stream");
  const auto before = w.host.store.cells(key);
  const auto done = w.provider->sync_all(key);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == tento::ErrorCode::too_large);
  CHECK(done.error().tag == "git_too_many_refs");
  CHECK(done.error().message.find("matches 3301 different commits") != std::string::npos);
  CHECK(done.error().message.find("Name fewer references") != std::string::npos);
  CHECK(w.host.store.cells(key) == before);
}

TEST_CASE("cut off anywhere, by cancel or by yield, it ends with the same content") {
  World whole;
  std::mt19937 random(5);
  for (int i = 0; i < 30; ++i) whole.repo.commit_file("f" + std::to_string(random() % 5), std::to_string(i), "c");
  whole.repo.git("switch -q -c side HEAD~10");
  for (int i = 0; i < 10; ++i) whole.repo.commit_file("s", std::to_string(i), "s");
  whole.repo.git("switch -q main");
  whole.repo.git("merge -q --no-ff -m merge side");
  whole.sync();
  const auto expected = whole.host.store.cells(key);
  CHECK(expected.size() == 41);

  for (std::size_t steps = 1; steps < 120; steps += 3) {
    for (const bool cancel : {false, true}) {
      World part;
      part.connect(whole.repo.path());
      tento::testing::CallPlan plan;
      (cancel ? plan.cancel_after : plan.yield_after) = steps;
      for (const char* stage : {"viewport", "backfill", "backfill"}) (void)part.provider->sync(key, stage, plan);
      REQUIRE(part.provider->sync_all(key));
      CHECK(part.host.store.cells(key) == expected);
      CHECK(part.host.store.tombstones(key).empty());
      CHECK(part.host.store.open_transactions() == 0);
    }
  }
}

TEST_CASE("interrupted while history is rewritten again and again, it ends with what is reachable") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    World w(R"(["b*"])");
    std::mt19937 random(seed);
    for (int i = 0; i < 15; ++i) w.repo.commit("base");
    for (int round = 0; round < 12; ++round) {
      const auto act = random() % 5;
      const std::string branch = "b" + std::to_string(random() % 3);
      if (act == 0) w.repo.git("reset -q --hard HEAD~" + std::to_string(random() % 4));
      if (act == 1) w.repo.git("branch -q -f " + branch + " HEAD~" + std::to_string(random() % 6));
      if (act == 2)
        w.repo.git("for-each-ref --format='delete %(refname)' refs/heads/" + branch + " | git update-ref --stdin");
      if (act == 3) {
        w.repo.git("reflog expire --expire=now --all");
        w.repo.git("gc -q --prune=now");
      }
      w.repo.commit("more " + std::to_string(round));
      tento::testing::CallPlan plan;
      (random() % 2 == 0 ? plan.cancel_after : plan.yield_after) = 1 + random() % 40;
      (void)w.provider->sync(key, random() % 2 == 0 ? "viewport" : "backfill", plan);
    }
    w.sync();
    CHECK(w.ids() == w.reachable("--branches HEAD"));
  }
}

TEST_CASE("the viewport takes the window, newest first, and the backfill the rest") {
  World w;
  const auto commit_at = [&](const std::string& date) {
    gitlog::test::run(w.repo.path(), "GIT_AUTHOR_DATE='" + date + " +0000' GIT_COMMITTER_DATE='" + date +
                                         " +0000' git commit -q --allow-empty -m x");
  };
  for (const char* date : {"2020-01-01T00:00:00", "2025-01-01T00:00:00", "2026-04-20T00:00:00", "2026-04-28T00:00:00"})
    commit_at(date);
  const auto viewport = w.provider->sync(key, "viewport");
  REQUIRE(viewport);
  CHECK(viewport->seen == 2);
  CHECK(w.host.store.cells(key).size() == 2);
  const auto seen = w.host.store.coverage(key).back();
  CHECK(seen.state == TENTO_COVERAGE_HAVE);
  CHECK(seen.span.from == w.provider->window(key, "viewport")->from);
  CHECK_FALSE(w.provider->window(key, "backfill")->from);
  REQUIRE(w.provider->sync(key, "backfill"));
  CHECK(w.ids() == w.reachable());

  World old;
  gitlog::test::run(old.repo.path(), "GIT_COMMITTER_DATE='2020-01-01T00:00:00 +0000' git commit -q --allow-empty -m x");
  REQUIRE(old.provider->sync(key, "viewport"));
  CHECK(old.host.store.coverage(key).back().state == TENTO_COVERAGE_EMPTY);
}

TEST_CASE("an empty repository is empty, and a shallow clone says where it ends") {
  World w;
  w.sync();
  CHECK(w.ids().empty());
  CHECK(w.host.store.coverage(key).back().state == TENTO_COVERAGE_EMPTY);

  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.push_back(w.repo.commit_file("f", std::to_string(i), "c"));
  gitlog::test::run(w.folder.path(), "git clone -q --depth 3 file://" + w.repo.path().string() + " shallow");
  w.connect(w.folder.path() / "shallow");
  w.sync();
  CHECK(w.host.store.cells(key).size() == 3);
  const auto border = w.host.store.cell(key, names[7]);
  REQUIRE(border);
  CHECK(json::parse(border->data).as_object().contains("shallow_boundary"));
  CHECK_FALSE(json::parse(border->data).as_object().contains("insertions"));
  const auto coverage = w.host.store.coverage(key);
  REQUIRE(coverage.size() >= 2);
  const auto missing =
      std::find_if(coverage.rbegin(), coverage.rend(), [](const auto& c) { return c.state == TENTO_COVERAGE_FAILED; });
  REQUIRE(missing != coverage.rend());
  CHECK(missing->error_class == tento::ErrorClass::config);
  CHECK_FALSE(missing->span.from);

  gitlog::test::run(w.folder.path() / "shallow", "git fetch -q --unshallow");
  w.sync();
  CHECK(w.ids() == w.reachable());
  CHECK(json::parse(w.host.store.cell(key, names[7])->data).as_object().at("insertions").as_int64() == 1);
  CHECK(w.host.store.coverage(key).back().state == TENTO_COVERAGE_HAVE);
}

TEST_CASE("a shallow boundary cuts the viewport's coverage where it lies in it") {
  World w;
  const auto commit_at = [&](const std::string& date) {
    gitlog::test::run(w.repo.path(), "GIT_AUTHOR_DATE='" + date + " +0000' GIT_COMMITTER_DATE='" + date +
                                         " +0000' git commit -q --allow-empty -m x");
  };
  for (const char* date : {"2025-01-01T00:00:00", "2026-04-20T00:00:00", "2026-04-25T00:00:00", "2026-04-28T00:00:00"})
    commit_at(date);
  const auto clone = [&](const std::string& name, int depth) {
    gitlog::test::run(w.folder.path(), "git clone -q --depth " + std::to_string(depth) + " file://" +
                                           w.repo.path().string() + " " + name);
    w.connect(w.folder.path() / name);
    const auto before = w.host.store.coverage(key).size();
    REQUIRE(w.provider->sync(key, "viewport"));
    auto coverage = w.host.store.coverage(key);
    coverage.erase(coverage.begin(), coverage.begin() + static_cast<std::ptrdiff_t>(before));
    return coverage;
  };
  const auto inside = clone("inside", 2);
  const auto window = *w.provider->window(key, "viewport");
  REQUIRE(inside.size() == 2);
  CHECK(inside[0].state == TENTO_COVERAGE_FAILED);
  CHECK(inside[0].error_class == tento::ErrorClass::config);
  CHECK(inside[0].span.from == window.from);
  CHECK(inside[0].span.to->text() == "2026-04-25T00:00:00+00:00");
  CHECK(inside[1].state == TENTO_COVERAGE_HAVE);
  CHECK(inside[1].span.from == inside[0].span.to);
  CHECK(inside[1].span.to == window.to);
  // A boundary before the window cuts nothing off it.
  const auto older = clone("older", 4);
  REQUIRE(older.size() == 1);
  CHECK(older[0].state == TENTO_COVERAGE_HAVE);
  CHECK(older[0].span.from == window.from);
}

TEST_CASE("a worktree follows its own head, a submodule is a repository of its own") {
  World w;
  for (int i = 0; i < 4; ++i) w.repo.commit_file("f", std::to_string(i), "c");
  w.repo.git("worktree add -q -b side ../tree HEAD~2");
  w.connect(w.folder.path() / "tree");
  w.sync();
  CHECK(w.ids() == w.reachable("side"));
  CHECK(w.ids().size() == 2);
  gitlog::test::run(w.folder.path() / "tree", "git commit -q --allow-empty -m more");
  w.sync();
  CHECK(w.ids() == w.reachable("side"));

  Repo super(w.folder.path() / "super");
  super.git("-c protocol.file.allow=always submodule --quiet add file://" + w.repo.path().string() + " lib");
  const auto adding = super.commit("with a submodule");
  w.connect(super.path() / "lib");
  w.sync();
  CHECK(w.ids() == w.reachable());
  w.connect(super.path());
  w.sync();
  CHECK(w.ids() == std::vector<std::string>{adding});
  const auto files = json::parse(w.host.store.cell(key, adding)->data).as_object().at("files").as_array();
  REQUIRE(files.size() == 2);
  CHECK(files.at(1).at("path").as_string() == "lib");
  CHECK(files.at(1).at("insertions").as_int64() == 1);  // the line that names its commit
}

TEST_CASE("a damaged object fails the sync with its name, and what came before it is kept") {
  World w;
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(w.repo.commit_file("f", std::to_string(i), "c"));
  const auto blob = w.repo.git("rev-parse HEAD~3:f");
  std::filesystem::remove(w.repo.path() / ".git/objects" / blob.substr(0, 2) / blob.substr(2));
  const auto done = w.provider->sync_all(key);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == tento::ErrorCode::invalid_data);
  CHECK(done.error().message.find(blob) != std::string::npos);
  CHECK(done.error().message.find("git fsck") != std::string::npos);
}

TEST_CASE("days add commits up in each author's own offset") {
  World w;
  const auto commit_at = [&](const std::string& date, const std::string& who, const std::string& content) {
    gitlog::test::write(w.repo.path() / "f", content);
    gitlog::test::run(w.repo.path(), "git add f && GIT_AUTHOR_NAME=" + who + " GIT_AUTHOR_EMAIL=" + who +
                                         "@x GIT_AUTHOR_DATE='" + date + "' GIT_COMMITTER_DATE='" + date +
                                         "' git commit -q -m x");
  };
  commit_at("2026-04-01T23:30:00 -1100", "Ada", "1\n");     // the 2nd in UTC, the 1st for her
  commit_at("2026-04-02T01:00:00 +1400", "Bob", "1\n2\n");  // the 1st in UTC, the 2nd for him
  commit_at("2026-04-02T12:00:00 +0000", "Ada", "1\n2\n3\n4\n");
  commit_at("2026-04-02T13:00:00 +0000", "Ada", "1\n");
  commit_at("2026-04-05T13:00:00 +0000", "Bob", "x\n");
  w.sync();
  const auto days = w.provider->get(":~git:repo:commits:daily");
  REQUIRE(days);
  REQUIRE(days->size() == 3);
  CHECK((*days)[0].date->text() == "ymd-2026-04-01");
  CHECK((*days)[1].date->text() == "ymd-2026-04-02");
  CHECK((*days)[2].date->text() == "ymd-2026-04-05");
  const auto second = json::parse((*days)[1].data).as_object();
  CHECK(second.at("commits").as_int64() == 3);
  CHECK(second.at("insertions").as_int64() == 3);
  CHECK(second.at("deletions").as_int64() == 3);
  const auto& ada = second.at("authors").at(0).as_object();
  CHECK(ada.at("name").as_string() == "Ada");
  CHECK(ada.at("commits").as_int64() == 2);
  CHECK(ada.at("deletions").as_int64() == 3);
  CHECK(second.at("authors").as_array().size() == 2);

  tento::Span span;
  span.from = *tento::SemanticTime::parse("ymd-2026-04-02");
  span.to = *tento::SemanticTime::parse("ymd-2026-04-03");
  const auto one = w.provider->get(":~git:repo:commits:daily", span);
  REQUIRE(one);
  REQUIRE(one->size() == 1);
  CHECK((*one)[0] == (*days)[1]);
  span.from = *tento::SemanticTime::parse("2026-04-02T12:00:00Z");
  span.to = *tento::SemanticTime::parse("2026-04-05T00:00:00Z");
  CHECK(w.provider->get(":~git:repo:commits:daily", span)->size() == 1);
}
