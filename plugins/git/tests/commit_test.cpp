// SPDX-License-Identifier: Apache-2.0
// Commits as records: numbers as git counts them, words in every encoding, and what is missing or too big.
#include "gitlog/commit.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <map>
#include <sstream>

#include "fixture.hpp"

using gitlog::Commit;
using gitlog::Counting;
using gitlog::ObjectId;
using gitlog::Repository;
using gitlog::test::Folder;
using gitlog::test::Repo;

namespace {

struct CommitWorld {
  Folder folder;
  gitlog::Library library;
  Repo repo{folder.path() / "repo"};
  Commit read(const std::string& name, gitlog::ReadLimits limits = {}) {
    const auto repository = Repository::open(repo.path());
    REQUIRE(repository);
    auto commit = gitlog::read_commit(*repository, *ObjectId::parse(name), false, limits, {});
    if (!commit) FAIL(commit.error().message);
    return *commit;
  }
};

// git's own numbers of a commit: path -> "insertions deletions", with - for binary files.
std::map<std::string, std::string> numstat(Repo& repo, const std::string& name) {
  std::map<std::string, std::string> files;
  for (const auto& line : repo.lines(
           "-c core.quotePath=false log -1 --no-renames --diff-merges=first-parent --numstat --format= " + name)) {
    std::istringstream fields(line);
    std::string added, deleted, path;
    fields >> added >> deleted;
    std::getline(fields >> std::ws, path);
    files[path] = added + " " + deleted;
  }
  return files;
}

std::map<std::string, std::string> ours(const Commit& commit) {
  std::map<std::string, std::string> files;
  for (const auto& file : commit.changes->listed) {
    files[file.path] = file.counting == Counting::text
                           ? std::to_string(file.insertions) + " " + std::to_string(file.deletions)
                           : "- -";
  }
  return files;
}

std::string many_lines(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

}  // namespace

TEST_CASE("files and lines are those of git, commit by commit") {
  CommitWorld w;
  auto& repo = w.repo;
  const auto at = [&](const char* name) { return repo.path() / name; };
  gitlog::test::write(at("text"), many_lines(0, 50));
  gitlog::test::write(at("binary"), std::string("\0\1\2", 3));
  gitlog::test::write(at("no end of line"), "one\ntwo");
  gitlog::test::write(at("deep/er/file"), "x\n");
  gitlog::test::write(at("\xC3\xBCml\xC3\xA4ut"), "x\n");
  gitlog::test::write(at("a-b"), "1\n");
  gitlog::test::write(at("a/b"), "1\n");
  repo.commit("all kinds");
  gitlog::test::write(at("text"), many_lines(10, 60));
  gitlog::test::write(at("binary"), std::string("\0\1\3", 3));
  gitlog::test::write(at("no end of line"), "one\ntwo\n");
  repo.commit("changed");
  std::filesystem::remove(at("deep/er/file"));
  repo.git("mv text renamed");
  std::filesystem::permissions(at("a-b"), std::filesystem::perms::owner_all);
  repo.commit("removed, renamed, made executable");
  std::filesystem::remove(at("\xC3\xBCml\xC3\xA4ut"));
  std::filesystem::create_symlink("renamed", at("\xC3\xBCml\xC3\xA4ut"));
  std::filesystem::remove_all(at("a"));
  gitlog::test::write(at("a"), "now a file\n");
  repo.commit("a file becomes a link, a folder a file");
  std::filesystem::remove(at("a"));
  gitlog::test::write(at("a/c"), "a folder again\n");
  repo.commit("and back");
  repo.commit("nothing");
  repo.git("clone -q --bare . ../lib.git");
  repo.git("-c protocol.file.allow=always submodule --quiet add ../lib.git lib");
  repo.commit("a submodule");
  repo.git("-C lib checkout -q HEAD~1");
  repo.commit("the submodule moved");
  repo.git("rm -q -f lib");
  gitlog::test::write(at("lib"), "a file where the submodule was\n");
  repo.commit("a submodule becomes a file");
  repo.git("switch -q -c side HEAD~3");
  repo.commit_file("side", many_lines(0, 7), "side");
  repo.git("switch -q main");
  repo.git("merge -q --no-ff -m merged side");
  const auto names = repo.lines("rev-list --date-order HEAD");
  CHECK(names.size() == 11);
  for (const auto& name : names) {
    const auto commit = w.read(name);
    INFO(commit.subject);
    CHECK(ours(commit) == numstat(repo, name));
    CHECK(commit.changes->files == commit.changes->listed.size());
  }
  const auto merge = w.read(names[0]);
  CHECK(merge.parents.size() == 2);
  CHECK(merge.changes->insertions == 7);
  CHECK(w.read(repo.git("rev-parse side~6")).changes->binary_files == 1);

  // Attributes of the work tree do not change what a commit is.
  const auto before = ours(w.read(names[9]));
  gitlog::test::write(at(".gitattributes"), "* -diff\n");
  CHECK(ours(w.read(names[9])) == before);
  CHECK(numstat(repo, names[9]) != before);
}

TEST_CASE("people, times and offsets are kept") {
  CommitWorld w;
  gitlog::test::run(
      w.repo.path(),
      "GIT_AUTHOR_NAME='Grace Hopper' GIT_AUTHOR_EMAIL=grace@example.org GIT_AUTHOR_DATE='1700000000 -0330' "
      "GIT_COMMITTER_DATE='1700000100 +1245' git commit -q --allow-empty -m 'one' -m 'two' -m 'three'");
  const auto commit = w.read(w.repo.git("rev-parse HEAD"));
  CHECK(commit.author.name == "Grace Hopper");
  CHECK(commit.author.email == "grace@example.org");
  CHECK(commit.author.time == 1700000000);
  CHECK(commit.author.offset_minutes == -210);
  CHECK(commit.committer.name == "Ada");
  CHECK(commit.committer.time == 1700000100);
  CHECK(commit.committer.offset_minutes == 765);
  CHECK(commit.subject == "one");
  CHECK(commit.message == "one\n\ntwo\n\nthree\n");
  CHECK(commit.parents.empty());
  CHECK(commit.changes->files == 0);
}

TEST_CASE("messages and names that are not UTF-8 are transcoded or replaced, never dropped") {
  CommitWorld w;
  const auto raw = [&](const std::string& body) {
    gitlog::test::write(w.folder.path() / "raw",
                        "tree " + w.repo.git("hash-object -w -t tree /dev/null") + "\n" + body);
    return w.repo.git("hash-object -w -t commit --literally ../raw");
  };
  const auto latin =
      w.read(raw("author Andr\xE9 <andr\xE9@x> 1700000000 +0100\ncommitter B <b> 1700000000 +0100\n"
                 "encoding ISO-8859-1\n\nd\xE9j\xE0 vu\n\nna\xEFve\n"));
  CHECK(latin.author.name == "Andr\xC3\xA9");
  CHECK(latin.author.email == "andr\xC3\xA9@x");
  CHECK(latin.subject == "d\xC3\xA9j\xC3\xA0 vu");
  CHECK(latin.message == "d\xC3\xA9j\xC3\xA0 vu\n\nna\xC3\xAFve\n");
  const auto unknown = w.read(raw("author A\xFF <a> 1700000000 +0100\ncommitter B <b> 1700000000 +0100\n\nx\xFFy\n"));
  CHECK(unknown.author.name == "A\xEF\xBF\xBD");
  CHECK(unknown.subject == "x\xEF\xBF\xBDy");
  const auto empty = w.read(raw("author  <> 1700000000 +0100\ncommitter B <b> 1700000000 +0100\n"));
  CHECK(empty.author.name.empty());
  CHECK(empty.subject.empty());
  CHECK(empty.author.time == 1700000000);
  const auto folded = w.read(raw("author A <a> 5 +0000\ncommitter B <b> 6 +0000\n\n\n  \nfirst \nsecond\n\nbody\n"));
  CHECK(folded.subject == "first second");
  const auto far = w.read(raw("author A <a> 1700000000 +9999\ncommitter B <b> 1700000000 -7777\n\nx\n"));
  CHECK(std::abs(far.author.offset_minutes) < 1440);
}

TEST_CASE("a record stays bounded: long messages, many files, big files") {
  CommitWorld w;
  for (int i = 0; i < 30; ++i) gitlog::test::write(w.repo.path() / ("f" + std::to_string(i)), "1\n2\n");
  gitlog::test::write(w.repo.path() / "grows", many_lines(0, 10));
  gitlog::test::write(w.folder.path() / "message", std::string(5000, 'm'));
  w.repo.git("add -A");
  w.repo.git("commit -q -F ../message");
  gitlog::ReadLimits limits;
  limits.listed_files = 10;
  limits.message_bytes = 1000;
  limits.subject_bytes = 100;
  auto commit = w.read(w.repo.git("rev-parse HEAD"), limits);
  CHECK(commit.changes->files == 31);
  CHECK(commit.changes->insertions == 70);
  CHECK(commit.changes->listed.size() == 10);
  CHECK(commit.message.size() == 1000);
  CHECK(commit.message_cut);
  CHECK(commit.subject.size() == 100);

  const auto next = w.repo.commit_file("grows", many_lines(5, 20), "grown");
  limits.compare_lines = 9;
  commit = w.read(next, limits);
  CHECK(commit.changes->uncounted_files == 1);
  CHECK(commit.changes->insertions == 0);
  CHECK(commit.changes->listed[0].counting == Counting::too_big);
  limits.compare_lines = 1000;
  limits.compare_bytes = 20;
  CHECK(w.read(next, limits).changes->uncounted_files == 1);
  limits.compare_bytes = 2000;
  commit = w.read(next, limits);
  CHECK(commit.changes->insertions == 10);
  CHECK(commit.changes->deletions == 5);
}

TEST_CASE("at a shallow boundary there is nothing to compare with, and missing objects are told") {
  CommitWorld w;
  const auto first = w.repo.commit_file("a", "1\n", "one");
  const auto second = w.repo.commit_file("a", "2\n", "two");
  const auto repository = Repository::open(w.repo.path());
  const auto cut = gitlog::read_commit(*repository, *ObjectId::parse(second), true, {}, {});
  REQUIRE(cut);
  CHECK_FALSE(cut->changes);
  CHECK(cut->parents.size() == 1);

  const auto blob = w.repo.git("rev-parse HEAD~1:a");
  std::filesystem::remove(w.repo.path() / ".git/objects" / blob.substr(0, 2) / blob.substr(2));
  const auto missing = gitlog::read_commit(*Repository::open(w.repo.path()), *ObjectId::parse(second), false, {}, {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().cause == gitlog::Cause::missing_object);
  CHECK(missing.error().message.find("The file content " + blob + " is missing in") == 0);
  CHECK(missing.error().remedy.find("git fsck") != std::string::npos);

  const auto file = w.repo.path() / ".git/objects" / first.substr(0, 2) / first.substr(2);
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  gitlog::test::write(file, "garbage");
  const auto damaged = gitlog::read_commit(*Repository::open(w.repo.path()), *ObjectId::parse(first), false, {}, {});
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().cause == gitlog::Cause::missing_object);
  CHECK(damaged.error().remedy.find("git fsck") != std::string::npos);
}

TEST_CASE("the caller is asked between files, and can stop a huge commit") {
  CommitWorld w;
  for (int i = 0; i < 200; ++i) gitlog::test::write(w.repo.path() / ("f" + std::to_string(i)), "x\n");
  const auto name = w.repo.commit("many");
  const auto repository = Repository::open(w.repo.path());
  int asked = 0;
  const auto commit = gitlog::read_commit(*repository, *ObjectId::parse(name), false, {}, [&] { return ++asked < 50; });
  REQUIRE_FALSE(commit);
  CHECK(commit.error().cause == gitlog::Cause::stopped);
  CHECK(asked == 50);
}
