// SPDX-License-Identifier: Apache-2.0
// Opening: every kind of repository that works, and a plain error with a remedy for each that does not.
#include <doctest/doctest.h>
#include <malloc.h>

#include <algorithm>

#include "fixture.hpp"
#include "gitlog/repository.hpp"

using gitlog::Cause;
using gitlog::Repository;
using gitlog::test::Folder;
using gitlog::test::Repo;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct World {
  Folder folder;
  gitlog::Library library;
  std::filesystem::path at(const char* name) const { return folder.path() / name; }
};

std::vector<gitlog::ObjectId> ids(const std::vector<std::string>& names) {
  std::vector<gitlog::ObjectId> out;
  for (const auto& name : names) out.push_back(*gitlog::ObjectId::parse(name));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

TEST_CASE("a repository tells its path, label and a stable id") {
  World w;
  Repo repo(w.at("My Project.git"));
  const auto opened = Repository::open(repo.path());
  REQUIRE(opened);
  CHECK(opened->path() == repo.path().string());
  CHECK(opened->label() == "My Project");
  CHECK(opened->identity().starts_with("my-project-"));
  CHECK(opened->identity().size() == 19);
  CHECK(Repository::open(repo.path() / ".git")->identity() == opened->identity());
  CHECK(Repository::open(repo.path().string() + "/")->identity() == opened->identity());
  Repo other(w.at("other/My Project"));
  CHECK(Repository::open(other.path())->identity() != opened->identity());
}

TEST_CASE("nothing stays in memory of a repository that was opened, however often") {
  World w;
  Repo repo(w.at("often.git"));
  const auto open_often = [&](int times) {
    for (int i = 0; i < times; ++i) REQUIRE(Repository::open(repo.path()));
    return ::mallinfo2().uordblks;
  };
  const auto before = open_often(5);
  CHECK(open_often(50) < before + (std::size_t{1} << 20));  // one that keeps its names' matches takes 10 MiB
}

TEST_CASE("no path and no repository are told apart, and an outer repository is offered") {
  World w;
  const auto nothing = Repository::open(w.at("nothing"));
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().cause == Cause::no_repository);
  CHECK(has(nothing.error().message, "There is nothing at '" + w.at("nothing").string() + "'"));

  std::filesystem::create_directories(w.at("plain"));
  const auto plain = Repository::open(w.at("plain"));
  REQUIRE_FALSE(plain);
  CHECK(has(plain.error().message, "There is no git repository at '" + w.at("plain").string() + "'"));
  CHECK(has(plain.error().remedy, "Give the folder that holds .git"));

  Repo repo(w.at("outer"));
  std::filesystem::create_directories(repo.path() / "src");
  const auto inner = Repository::open(repo.path() / "src");
  REQUIRE_FALSE(inner);
  CHECK(inner.error().cause == Cause::no_repository);
  CHECK(has(inner.error().remedy, "inside the repository '" + repo.path().string() + "'"));
  CHECK_FALSE(Repository::open(""));
  CHECK_FALSE(Repository::open(std::string("/tmp\0x", 6)));
}

TEST_CASE("another owner's repository is refused, with git's own way to allow it") {
  World w;
  Repo repo(w.at("theirs"));
  repo.commit_file("a", "1\n", "one");
  if (!gitlog::test::is_root()) return;
  gitlog::test::run(w.folder.path(), "chown -R 12345:12345 theirs && chmod 755 .");
  const gitlog::test::AsNobody nobody;
  REQUIRE(nobody.works());
  const auto opened = Repository::open(repo.path());
  REQUIRE_FALSE(opened);
  INFO(opened.error().message);
  CHECK(opened.error().cause == Cause::not_owned);
  CHECK(has(opened.error().message, "belongs to another user"));
  CHECK(has(opened.error().remedy, "git config --global --add safe.directory '" + repo.path().string() + "'"));
}

TEST_CASE("a repository that may not be read says so") {
  World w;
  Repo repo(w.at("closed/repo"));
  if (!gitlog::test::is_root()) return;
  gitlog::test::run(w.folder.path(), "chmod 755 . && chmod 700 closed");
  {
    const gitlog::test::AsNobody nobody;
    const auto opened = Repository::open(repo.path());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().cause == Cause::permission);
    CHECK(has(opened.error().message, "may not read '" + repo.path().string() + "'"));
  }
  gitlog::test::run(w.folder.path(), "chmod 755 closed && chmod 700 closed/repo/.git");
  const gitlog::test::AsNobody nobody;
  const auto opened = Repository::open(repo.path());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().cause == Cause::permission);
  CHECK(has(opened.error().message, "closed/repo/.git"));
}

TEST_CASE("SHA-256 names and unknown formats are plain errors") {
  World w;
  Repo sha(w.at("sha256"), "git init -q -b main --object-format=sha256 .");
  const auto opened = Repository::open(sha.path());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().cause == Cause::unsupported);
  CHECK(has(opened.error().message, "SHA-256"));
  CHECK(has(opened.error().remedy, "SHA-1"));

  Repo strange(w.at("strange"));
  strange.git("config core.repositoryformatversion 1");
  strange.git("config extensions.fromthefuture yes");
  const auto unknown = Repository::open(strange.path());
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().cause == Cause::unsupported);
  CHECK(has(unknown.error().message, "fromthefuture"));
  CHECK(has(unknown.error().remedy, "git clone --mirror '" + strange.path().string() + "' COPY.git"));

  Repo tables(w.at("tables"));
  tables.git("config core.repositoryformatversion 1");
  tables.git("config extensions.refStorage reftable");
  const auto reftable = Repository::open(tables.path());
  REQUIRE_FALSE(reftable);
  CHECK(reftable.error().cause == Cause::unsupported);
  CHECK(has(reftable.error().message, "reftable"));
  CHECK(has(reftable.error().remedy, "git -C '" + tables.path().string() + "' refs migrate --ref-format=files"));
}

TEST_CASE("the remedy for SHA-256 names makes a repository that opens, with the same history") {
  World w;
  Repo sha(w.at("a sha256"), "git init -q -b trunk --object-format=sha256 .");
  sha.commit_file("a", "1\n", "one");
  sha.commit_file("a", "2\n", "two");
  const auto opened = Repository::open(sha.path());
  REQUIRE_FALSE(opened);
  const std::string& remedy = opened.error().remedy;
  gitlog::test::run(w.folder.path(), remedy.substr(remedy.find("git init")) + " --quiet");
  const auto copy = Repository::open(w.at("COPY.git"));
  REQUIRE(copy);
  CHECK(copy->tips({})->commits.size() == 1);
  CHECK(gitlog::test::run(w.at("COPY.git"), "git log --format=%s trunk") == "two\none\n");
}

TEST_CASE("a work tree whose repository is gone or may not be read says where it should be") {
  World w;
  Repo repo(w.at("repo"));
  repo.commit("one");
  repo.git("worktree add -q -b side ../side");
  CHECK(Repository::open(w.at("side")));
  gitlog::test::run(w.folder.path(), "mv repo moved");
  const auto gone = Repository::open(w.at("side"));
  REQUIRE_FALSE(gone);
  CHECK(gone.error().cause == Cause::no_repository);
  CHECK(has(gone.error().message, "belongs to a repository at '" + repo.path().string()));
  CHECK(has(gone.error().remedy, "git worktree repair"));
}

TEST_CASE("a HEAD that names no branch is told from an empty repository") {
  World w;
  Repo repo(w.at("repo"));
  CHECK_FALSE(Repository::open(repo.path())->tips({})->head_unborn);
  const auto first = repo.commit("one");
  CHECK_FALSE(Repository::open(repo.path())->tips({})->head_unborn);
  for (int i = 0; i < 5; ++i) repo.git("branch b" + std::to_string(i));
  repo.git("symbolic-ref HEAD refs/heads/gone");
  const std::vector<std::string> b0 = {"b0"};
  for (const bool packed : {false, true}) {
    if (packed) repo.git("pack-refs --all");
    const auto tips = Repository::open(repo.path())->tips({});
    REQUIRE(tips);
    CHECK(tips->commits.empty());
    REQUIRE(tips->head_unborn);
    CHECK(tips->head_unborn->cause == Cause::bad_reference);
    CHECK(has(tips->head_unborn->message, "names refs/heads/gone, which does not exist"));
    CHECK(has(tips->head_unborn->message, "refs/heads/b0, refs/heads/b1, refs/heads/b2 and 3 more"));
    CHECK(has(tips->head_unborn->remedy, "symbolic-ref HEAD refs/heads/b0"));
    CHECK(Repository::open(repo.path())->tips(b0)->commits == ids({first}));
  }
}

TEST_CASE("bare repositories, worktrees, submodules and detached heads open, with their own tips") {
  World w;
  Repo repo(w.at("repo"));
  const auto first = repo.commit_file("a", "1\n", "one");
  const auto second = repo.commit_file("a", "2\n", "two");
  repo.git("worktree add -q -b side ../side " + first);
  const auto side = Repository::open(w.at("side"));
  REQUIRE(side);
  CHECK(side->tips({})->commits == ids({first}));
  CHECK(side->identity() != Repository::open(repo.path())->identity());

  repo.git("config core.repositoryformatversion 1");
  repo.git("config extensions.worktreeConfig true");
  CHECK(Repository::open(w.at("side")));

  repo.git("clone -q --bare . ../bare.git");
  const auto bare = Repository::open(w.at("bare.git"));
  REQUIRE(bare);
  CHECK(bare->label() == "bare");
  CHECK(bare->tips({})->commits == ids({second}));

  Repo super(w.at("super"));
  super.git("-c protocol.file.allow=always submodule --quiet add ../bare.git lib");
  const auto lib = Repository::open(super.path() / "lib");
  REQUIRE(lib);
  CHECK(lib->tips({})->commits.size() == 1);

  repo.git("checkout -q --detach " + first);
  CHECK(Repository::open(repo.path())->tips({})->commits == ids({first}));
}

TEST_CASE("an empty repository has no tips") {
  World w;
  Repo repo(w.at("repo"));
  const auto tips = Repository::open(repo.path())->tips({});
  REQUIRE(tips);
  CHECK(tips->commits.empty());
  CHECK(tips->unusable.empty());
}

TEST_CASE("references add tips: branches, tags, patterns, commit names; what is not there is named") {
  World w;
  Repo repo(w.at("repo"));
  const auto first = repo.commit_file("a", "1\n", "one");
  repo.git("switch -q -c feature/x");
  const auto feature = repo.commit_file("b", "1\n", "two");
  repo.git("switch -q -c feature/y main");
  const auto other = repo.commit_file("c", "1\n", "three");
  repo.git("tag -a -m tag v1 feature/x");
  repo.git("tag tree-tag main^{tree}");
  repo.git("switch -q main");
  const auto opened = Repository::open(repo.path());
  const auto tips = [&](std::vector<std::string> refs) { return *opened->tips(refs); };
  CHECK(tips({}).commits == ids({first}));
  CHECK(tips({"feature/x"}).commits == ids({first, feature}));
  CHECK(tips({"refs/heads/feature/x", "feature/x", "v1"}).commits == ids({first, feature}));
  CHECK(tips({"feature/*"}).commits == ids({first, feature, other}));
  CHECK(tips({"refs/tags/*"}).commits == ids({first, feature}));
  CHECK(tips({other}).commits == ids({first, other}));
  CHECK(tips({"nowhere"}).unusable == std::vector<std::string>{"nowhere (no such branch, tag or commit)"});
  CHECK(tips({"tree-tag"}).unusable == std::vector<std::string>{"tree-tag (it names no commit)"});
  CHECK(tips({"no*"}).unusable == std::vector<std::string>{"no* (nothing matches)"});
}

TEST_CASE("a shallow clone tells its boundary, and replacements are noticed") {
  World w;
  Repo repo(w.at("repo"));
  repo.commit_file("a", "1\n", "one");
  const auto second = repo.commit_file("a", "2\n", "two");
  repo.commit_file("a", "3\n", "three");
  CHECK(Repository::open(repo.path())->shallow_boundary()->empty());
  CHECK_FALSE(Repository::open(repo.path())->has_replacements());
  gitlog::test::run(w.folder.path(), "git clone -q --depth 2 file://" + repo.path().string() + " shallow");
  CHECK(*Repository::open(w.at("shallow"))->shallow_boundary() == ids({second}));
  gitlog::test::run(w.at("shallow"), "git worktree add -q -b w ../shallow-tree");
  CHECK(Repository::open(w.at("shallow-tree"))->shallow_boundary()->size() == 1);
  repo.git("replace " + second + " HEAD");
  CHECK(Repository::open(repo.path())->has_replacements());
}
