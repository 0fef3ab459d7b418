// SPDX-License-Identifier: Apache-2.0
// The walk against git rev-list, its resumption, and exact reachability.
#include "gitlog/walk.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "fixture.hpp"

using gitlog::CommitWalk;
using gitlog::ObjectId;
using gitlog::Repository;
using gitlog::test::Folder;
using gitlog::test::Repo;

namespace {

std::vector<ObjectId> ids(const std::vector<std::string>& names) {
  std::vector<ObjectId> out;
  for (const auto& name : names) out.push_back(*ObjectId::parse(name));
  return out;
}

std::vector<ObjectId> sorted(std::vector<ObjectId> list) {
  std::sort(list.begin(), list.end());
  return list;
}

std::vector<ObjectId> drain(CommitWalk& walk, std::size_t most = SIZE_MAX) {
  std::vector<ObjectId> out;
  while (out.size() < most) {
    const auto step = walk.next();
    REQUIRE(step);
    if (!*step) break;
    out.push_back((*step)->id);
  }
  return out;
}

// Branches that fork and merge at random, with commit times that now and then run backwards.
struct Tangle {
  Folder folder;
  gitlog::Library library;
  Repo repo{folder.path() / "repo"};
  Tangle(unsigned seed, bool skewed) {
    std::mt19937 random(seed);
    const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
    std::string stream;
    for (int i = 1; i <= 300; ++i) {
      const int skew = skewed && below(5) == 0 ? below(40'000) : 0;
      const std::string when = std::to_string(1'700'000'000 + i * 60 - skew) + " +0000";
      const std::string number = std::to_string(i);
      stream += "commit refs/heads/b" + std::to_string(below(4)) + "\nmark :" + number + "\nauthor A <a@b> " + when +
                "\ncommitter A <a@b> " + when + "\ndata 1\nx\n";
      if (i > 1) stream += "from :" + std::to_string(std::max(1 + below(i - 1), i - 8)) + "\n";
      if (i > 1 && below(3) == 0) stream += "merge :" + std::to_string(1 + below(i - 1)) + "\n";
      stream += "M 100644 inline f\ndata " + std::to_string(number.size()) + "\n" + number + "\n\n";
    }
    gitlog::test::write(repo.path() / "stream", stream);
    repo.git("fast-import --quiet --force < stream");
  }
  std::vector<ObjectId> all() { return sorted(ids(repo.lines("rev-list --all"))); }
  std::vector<ObjectId> tips() { return ids(repo.lines("for-each-ref --format='%(objectname)' refs/heads")); }
};

}  // namespace

TEST_CASE("the walk gives what git rev-list gives, newest first, and hides what is hidden") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    Tangle tangle(seed, false);
    const auto repository = Repository::open(tangle.repo.path());
    REQUIRE(repository);
    CommitWalk walk(*repository, {}, {});
    REQUIRE(walk.push(tangle.tips()));
    const auto got = drain(walk);
    CHECK(walk.done());
    CHECK(sorted(got) == tangle.all());
    CHECK(got == ids(tangle.repo.lines("rev-list --all --date-order")));

    const auto tips = tangle.tips();
    REQUIRE(tips.size() == 4);
    CommitWalk rest(*repository, {}, {});
    REQUIRE(rest.hide(std::span(tips).first(2)));
    REQUIRE(rest.push(std::span(tips).last(2)));
    CHECK(sorted(drain(rest)) == sorted(ids(tangle.repo.lines("rev-list b2 b3 ^b0 ^b1"))));
  }
}

TEST_CASE("a walk stopped anywhere goes on from its frontier and leaves nothing out") {
  for (const bool skewed : {false, true}) {
    Tangle tangle(7, skewed);
    const auto repository = Repository::open(tangle.repo.path());
    REQUIRE(repository);
    std::mt19937 random(11);
    std::vector<ObjectId> got;
    std::vector<ObjectId> frontier = tangle.tips();
    std::size_t rounds = 0;
    while (!frontier.empty()) {
      CommitWalk walk(*repository, {}, {});
      REQUIRE(walk.push(frontier));
      const auto part = drain(walk, 1 + random() % 20);
      got.insert(got.end(), part.begin(), part.end());
      frontier = walk.frontier();
      CHECK(walk.done() == frontier.empty());
      REQUIRE(++rounds < 1000);
    }
    const std::size_t given = got.size();
    std::sort(got.begin(), got.end());
    got.erase(std::unique(got.begin(), got.end()), got.end());
    CHECK(got == tangle.all());
    if (!skewed) CHECK(given == got.size());
  }
}

TEST_CASE("reachability is exact, even where commit times run backwards") {
  for (const unsigned seed : {21U, 22U, 23U}) {
    Tangle tangle(seed, true);
    const auto repository = Repository::open(tangle.repo.path());
    REQUIRE(repository);
    const auto tips = tangle.tips();
    const auto all = tangle.all();
    for (std::size_t i = 0; i < tips.size(); ++i) {
      const auto set = gitlog::reachable(*repository, {}, std::span(&tips[i], 1), {});
      REQUIRE(set);
      const auto expected = ids(tangle.repo.lines("rev-list b" + std::to_string(i)));
      CHECK(set->size() == expected.size());
      for (const auto& id : expected) CHECK(set->contains(id));
      const auto every = gitlog::all_reachable(*repository, {}, std::span(&tips[i], 1), all, {});
      REQUIRE(every);
      CHECK(*every == (expected.size() == all.size()));
      CHECK(*gitlog::all_reachable(*repository, {}, std::span(&tips[i], 1), expected, {}));
    }
  }
}

TEST_CASE("a commit of 1970 above those of today hides none of them, and steps tell both times") {
  Folder folder;
  gitlog::Library library;
  Repo repo(folder.path() / "repo");
  for (int i = 0; i < 3; ++i) repo.commit("c");
  gitlog::test::run(repo.path(),
                    "GIT_AUTHOR_DATE='1767300000 +0000' GIT_COMMITTER_DATE='@100 +0000' "
                    "git commit -q --allow-empty -m old");
  repo.commit("on top");
  const auto repository = Repository::open(repo.path());
  CommitWalk walk(*repository, {}, {});
  REQUIRE(walk.push(ids({repo.git("rev-parse HEAD")})));
  REQUIRE(*walk.next());
  const auto odd = walk.next();
  REQUIRE(odd);
  REQUIRE(*odd);
  CHECK((*odd)->committed == 100);
  CHECK((*odd)->dated == 1767300000);
  CHECK(drain(walk).size() == 3);
}

TEST_CASE("a walk goes on while the repository is packed anew under it") {
  Folder folder;
  gitlog::Library library;
  Repo repo(folder.path() / "repo");
  for (int i = 0; i < 40; ++i) repo.commit_file("f", std::to_string(i), "c");
  const auto repository = Repository::open(repo.path());
  CommitWalk walk(*repository, {}, {});
  REQUIRE(walk.push(ids({repo.git("rev-parse HEAD")})));
  CHECK(drain(walk, 10).size() == 10);
  repo.git("gc -q --prune=now");
  CHECK(drain(walk, 10).size() == 10);
  repo.git("repack -q -a -d -f");
  CHECK(drain(walk).size() == 20);
}

TEST_CASE("the walk stops at a shallow boundary and at the caller's word") {
  Folder folder;
  gitlog::Library library;
  Repo repo(folder.path() / "repo");
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back(repo.commit("c"));
  const auto repository = Repository::open(repo.path());
  const auto tip = ids({names.back()});
  gitlog::test::run(folder.path(), "git clone -q --depth 5 file://" + repo.path().string() + " shallow");
  const auto shallow = Repository::open(folder.path() / "shallow");
  {
    CommitWalk walk(*shallow, *shallow->shallow_boundary(), {});
    REQUIRE(walk.push(tip));
    CHECK(drain(walk).size() == 5);
    CommitWalk blind(*shallow, {}, {});
    REQUIRE(blind.push(tip));
    for (int i = 0; i < 4; ++i) CHECK(blind.next());
    const auto missing = blind.next();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().cause == gitlog::Cause::missing_object);
    CHECK(missing.error().message.find("The commit " + names[194] + " is missing in") != std::string::npos);
  }
  int asked = 0;
  CommitWalk stopped(*repository, {}, [&] { return ++asked < 2; });
  REQUIRE(stopped.push(tip));
  std::size_t count = 0;
  for (;;) {
    const auto step = stopped.next();
    if (!step) {
      CHECK(step.error().cause == gitlog::Cause::stopped);
      break;
    }
    REQUIRE(*step);
    ++count;
  }
  CHECK(count == 127);
}
