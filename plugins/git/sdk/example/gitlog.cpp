// SPDX-License-Identifier: Apache-2.0
// Lists the commits of a repository, newest first, with the lines each changed: the library in a program of its own.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "gitlog/commit.hpp"
#include "gitlog/walk.hpp"

namespace {

int complain(const gitlog::Error& error) {
  std::fprintf(stderr, "%s %s\n", error.message.c_str(), error.remedy.c_str());
  return 1;
}

int list(const std::string& path, const std::vector<std::string>& refs) {
  const gitlog::Library library;
  const auto repository = gitlog::Repository::open(path);
  if (!repository) return complain(repository.error());
  const auto tips = repository->tips(refs);
  if (!tips) return complain(tips.error());
  if (tips->commits.empty() && tips->head_unborn) return complain(*tips->head_unborn);
  const auto people = gitlog::Mailmap::of(*repository);
  if (!people) return complain(people.error());
  const auto boundary = repository->shallow_boundary();
  if (!boundary) return complain(boundary.error());
  const gitlog::ObjectIdSet cut(boundary->begin(), boundary->end());

  gitlog::CommitWalk walk(*repository, *boundary, {});
  if (const auto pushed = walk.push(tips->commits); !pushed) return complain(pushed.error());
  for (;;) {
    const auto step = walk.next();
    if (!step) return complain(step.error());
    if (!*step) return 0;
    const auto commit = gitlog::read_commit(*repository, (*step)->id, cut.contains((*step)->id), {}, {}, *people);
    if (!commit) return complain(commit.error());
    const auto changes = commit->changes.value_or(gitlog::Changes{});
    std::printf("%s %llu %llu %llu %s\n", commit->id.hex().c_str(), static_cast<unsigned long long>(changes.files),
                static_cast<unsigned long long>(changes.insertions), static_cast<unsigned long long>(changes.deletions),
                commit->subject.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s REPOSITORY [REF...]\n", argv[0]);
    return 2;
  }
  return list(argv[1], std::vector<std::string>(argv + 2, argv + argc));
}
