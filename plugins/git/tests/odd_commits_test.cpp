// SPDX-License-Identifier: Apache-2.0
// Commits that git reads and libgit2 does not, names from a mailmap, partial clones: what can be told is told.
#include <doctest/doctest.h>

#include <algorithm>

#include "fixture.hpp"
#include "gitlog/commit.hpp"
#include "gitlog/walk.hpp"

using gitlog::Commit;
using gitlog::Mailmap;
using gitlog::ObjectId;
using gitlog::Repository;
using gitlog::test::Folder;
using gitlog::test::Repo;

namespace {

struct OddWorld {
  Folder folder;
  gitlog::Library library;
  Repo repo{folder.path() / "repo"};

  // Writes a commit's bytes as they are, with the tree and the parents of HEAD, and moves main to it.
  std::string raw(const std::string& people_and_message, const std::string& tree = "") {
    const bool first = !std::filesystem::exists(repo.path() / ".git/refs/heads/main");
    const std::string names = tree.empty() ? "tree " + repo.git("hash-object -w -t tree /dev/null") + "\n" : tree;
    const std::string parent = first ? "" : "parent " + repo.git("rev-parse HEAD") + "\n";
    gitlog::test::write(folder.path() / "raw", names + parent + people_and_message);
    auto name = repo.git("hash-object -w -t commit --literally ../raw");
    // git itself refuses to name a commit that is too odd.
    gitlog::test::write(repo.path() / ".git/refs/heads/main", name + "\n");
    return name;
  }
  Commit read(const std::string& name, const Mailmap& people = {}) {
    const auto repository = Repository::open(repo.path());
    REQUIRE(repository);
    auto commit = gitlog::read_commit(*repository, *ObjectId::parse(name), false, {}, {}, people);
    if (!commit) FAIL(commit.error().message);
    return *commit;
  }
  std::size_t walked() {
    const auto repository = Repository::open(repo.path());
    REQUIRE(repository);
    const auto tips = repository->tips({});
    REQUIRE(tips);
    const auto all = gitlog::reachable(*repository, {}, tips->commits, {});
    if (!all) FAIL(all.error().message);
    return all->size();
  }
};

constexpr const char* committer = "committer Bob <bob@x> 1600000000 +0000\n\nwords\n";

}  // namespace

TEST_CASE("an author's line that is odd tells what it can") {
  struct Case {
    std::string line;
    std::string name, email;
    std::int64_t time;
    int offset;
    bool dated;
  };
  const std::vector<Case> cases = {
      {"Ann <ann@x> 18446744073709548016 +0100", "Ann", "ann@x", -3600, 60, true},
      {"Ann <ann@x> -3600 +0100", "Ann", "ann@x", -3600, 60, true},
      {"Ann <ann@\nx> 1600000001 +0100", "Ann", "ann@x", 1600000001, 60, true},
      {"Ann\n Lee <ann@x> 1600000001 +0100", "Ann  Lee", "ann@x", 1600000001, 60, true},
      {"Ann ann@x 1600000001 +0100", "Ann", "ann@x", 1600000001, 60, true},
      {"Ann Lee 1600000001 +0100", "Ann Lee", "", 1600000001, 60, true},
      {"Ann <ann@x 1600000001 +0100", "Ann", "ann@x", 1600000001, 60, true},
      {"Ann ann@x> 1600000001 +0100", "Ann", "ann@x", 1600000001, 60, true},
      {"Ann <<ann@x>> 1600000001 +0100", "Ann", "<ann@x", 1600000001, 60, true},
      {"<ann@x> 1600000001 +0100", "", "ann@x", 1600000001, 60, true},
      {"Ann <ann@x> 1600000001", "Ann", "ann@x", 1600000001, 0, true},
      {"Ann <ann@x> 1600000001 +051800", "Ann", "ann@x", 1600000001, 0, true},
      {"Ann <ann@x> Thu Apr  7 15:13:13 2005 -0700", "Ann", "ann@x", 1112911993, -420, true},
      {"Ann <ann@x> Thu, 07 Apr 2005 22:13:13 +0200", "Ann", "ann@x", 1112904793, 120, true},
      {"Ann <ann@x> 2005-04-07T22:13:13+02:00", "Ann", "ann@x", 1112904793, 120, true},
      {"Ann <ann@x> 2005-04-07 22:13:13", "Ann", "ann@x", 1112911993, 0, true},
      {"Ann <ann@x> yesterday", "Ann", "ann@x", 0, 0, false},
      {"Ann <ann@x>", "Ann", "ann@x", 0, 0, false},
      {"Ann <ann@x> 99999999999999999999999 +0000", "Ann", "ann@x", 0, 0, false},
      {"Ann <ann@x> 253402300800 +0000", "Ann", "ann@x", 253402300799, 0, false},
      {"Ann <ann@x> 253402300799 +0100", "Ann", "ann@x", 253402297199, 60, false},
      {"Ann <ann@x> -62167219200 -0100", "Ann", "ann@x", -62167215600, -60, false},
  };
  OddWorld w;
  for (const auto& c : cases) {
    INFO(c.line);
    const auto commit = w.read(w.raw("author " + c.line + "\n" + committer));
    CHECK(commit.author.name == c.name);
    CHECK(commit.author.email == c.email);
    CHECK(commit.author.time == c.time);
    CHECK(commit.author.offset_minutes == c.offset);
    CHECK(commit.author.dated == c.dated);
    CHECK(commit.damage.empty() == c.dated);
    // Where the author's time cannot be used, the committer's dates the commit.
    CHECK(gitlog::dated_by(commit).time == (c.dated ? c.time : 1600000000));
    CHECK(commit.committer.email == "bob@x");
    CHECK(commit.subject == "words");
    CHECK(commit.changes);
  }
  CHECK(w.walked() == cases.size());
}

TEST_CASE("a commit that lacks a part of its header is read, and the walk goes on through it") {
  OddWorld w;
  w.repo.commit_file("a", "1\n", "one");
  const auto no_committer = w.read(w.raw("author Ann <ann@x> 1600000001 +0100\n\nwords\n"));
  CHECK(no_committer.damage == "it has no committer");
  CHECK(no_committer.committer.name.empty());
  CHECK_FALSE(no_committer.committer.dated);
  CHECK(gitlog::dated_by(no_committer).time == 1600000001);
  CHECK(no_committer.subject == "words");
  CHECK(no_committer.changes->files == 1);
  const auto nobody = w.read(w.raw("\nwords\n"));
  CHECK(nobody.damage == "it has no author, it has no committer");
  CHECK_FALSE(gitlog::dated_by(nobody).dated);
  CHECK(nobody.subject == "words");
  const auto treeless = w.read(w.raw(std::string("author A <a> 1 +0000\n") + committer, "tree nonsense\n"));
  CHECK(treeless.damage == "its tree cannot be read");
  CHECK_FALSE(treeless.changes);
  CHECK(treeless.parents.size() == 1);
  w.repo.git("symbolic-ref HEAD refs/heads/main");
  const auto after = w.read(w.raw(std::string("author A <a> 1 +0000\n") + committer));
  CHECK(after.damage == "the tree of its parent cannot be read");
  CHECK_FALSE(after.changes);
  CHECK(w.walked() == 5);
  const auto orphan = w.raw("parent nonsense\nauthor A <a> 1 +0000\n" + std::string(committer));
  CHECK(w.read(orphan).parents_cut);
  CHECK(w.read(orphan).damage == "a parent of it cannot be read");
  CHECK(w.walked() == 6);
}

TEST_CASE("a tree that makes no sense costs the numbers, not the commit") {
  OddWorld w;
  w.repo.commit_file("a", "1\n", "one");
  gitlog::test::write(w.folder.path() / "tree", "this is not a tree");
  const auto tree = w.repo.git("hash-object -w -t tree --literally ../tree");
  const auto commit = w.read(w.raw(std::string("author A <a> 1 +0000\n") + committer, "tree " + tree + "\n"));
  CHECK_FALSE(commit.changes);
  CHECK(commit.damage == "the tree " + tree + " cannot be read");
}

TEST_CASE("names and addresses are those of the mailmap, as git shows them") {
  OddWorld w;
  const auto commit_as = [&](const std::string& name, const std::string& email) {
    gitlog::test::run(w.repo.path(), "GIT_AUTHOR_NAME='" + name + "' GIT_AUTHOR_EMAIL='" + email +
                                         "' git commit -q --allow-empty -m x");
    return w.repo.git("rev-parse HEAD");
  };
  const std::vector<std::string> names = {commit_as("ann", "old@x"), commit_as("Ann", "OLD@x"),
                                          commit_as("root", "root@localhost"), commit_as("J. R. Jr.", "jr@x"),
                                          commit_as("nobody else", "else@x")};
  CHECK(Mailmap::of(*Repository::open(w.repo.path()))->fingerprint().empty());
  gitlog::test::write(w.repo.path() / ".mailmap",
                      "# people\nAnn Lee <ann@new> <old@x>\nBob <bob@x> root <root@localhost>\nZo\xC3\xAB <else@x>\n");
  const auto people = Mailmap::of(*Repository::open(w.repo.path()));
  REQUIRE(people);
  CHECK(people->fingerprint().size() == 40);
  for (const auto& name : names) {
    const auto commit = w.read(name, *people);
    CHECK(commit.author.name + " <" + commit.author.email + ">" == w.repo.git("show -s --format='%aN <%aE>' " + name));
  }
  CHECK(w.read(names[0], *people).author.name == "Ann Lee");
  CHECK(w.read(names[0]).author.name == "ann");

  // Where it is bare, that of HEAD; and the file that the configuration names comes on top.
  w.repo.commit("with the mailmap");
  gitlog::test::run(w.folder.path(), "git clone -q --bare repo bare.git");
  gitlog::test::write(w.folder.path() / "more", "Ann Other <ann@new> <old@x>\n");
  const auto bare = Mailmap::of(*Repository::open(w.folder.path() / "bare.git"));
  REQUIRE(bare);
  CHECK(w.read(names[0], *bare).author.name == "Ann Lee");
  gitlog::test::run(w.folder.path() / "bare.git", "git config mailmap.file ../more");
  gitlog::test::run(w.folder.path() / "bare.git", "git config mailmap.file \"$PWD/../more\"");
  const auto both = Mailmap::of(*Repository::open(w.folder.path() / "bare.git"));
  REQUIRE(both);
  CHECK(w.read(names[0], *both).author.name == "Ann Other");
  CHECK(both->fingerprint() != bare->fingerprint());
}

TEST_CASE("a partial clone tells what it has, and asks nobody for the rest") {
  OddWorld w;
  w.repo.commit_file("a", "1\n", "one");
  w.repo.git("config uploadpack.allowFilter true");
  const auto second = w.repo.commit_file("a", "1\n2\n", "two");
  const auto third = w.repo.commit_file("b", "1\n2\n", "three");
  const auto cloned = [&](const std::string& filter, const std::string& name) {
    gitlog::test::run(w.folder.path(), "git clone -q --bare --filter=" + filter + " file://" + w.repo.path().string() +
                                           " " + name + " && git -C " + name + " config remote.origin.url /nowhere");
    return Repository::open(w.folder.path() / name);
  };
  CHECK_FALSE(Repository::open(w.repo.path())->partial());
  const auto blobless = cloned("blob:none", "blobless");
  REQUIRE(blobless);
  CHECK(blobless->partial());
  const auto commit = gitlog::read_commit(*blobless, *ObjectId::parse(second), false, {}, {});
  REQUIRE(commit);
  CHECK(commit->left_out);
  REQUIRE(commit->changes);
  CHECK(commit->changes->files == 1);
  CHECK(commit->changes->absent_files == 1);
  CHECK(commit->changes->listed[0].counting == gitlog::Counting::absent);
  CHECK(commit->changes->listed[0].path == "a");
  CHECK(commit->damage.empty());
  const auto treeless = cloned("tree:0", "treeless");
  REQUIRE(treeless);
  const auto bare = gitlog::read_commit(*treeless, *ObjectId::parse(third), false, {}, {});
  REQUIRE(bare);
  CHECK(bare->left_out);
  CHECK_FALSE(bare->changes);
  CHECK(bare->subject == "three");
}
