// SPDX-License-Identifier: Apache-2.0
// Positions as cursor bytes: names of commits one after another, and one line of marks.
#include "position.hpp"

#include <algorithm>
#include <cstring>

namespace tento::git {
namespace {

// Begins the line of marks: a position written otherwise is none, and the row is synced anew.
constexpr std::string_view format = "1 ";

std::string pack(const CommitIds& commits) {
  std::string bytes(commits.size() * 20, '\0');
  for (std::size_t i = 0; i < commits.size(); ++i) std::memcpy(bytes.data() + i * 20, commits[i].bytes.data(), 20);
  return bytes;
}

CommitIds unpack(std::string_view bytes) {
  CommitIds commits(bytes.size() / 20);
  for (std::size_t i = 0; i < commits.size(); ++i) std::memcpy(commits[i].bytes.data(), bytes.data() + i * 20, 20);
  return commits;
}

char letter_of(Behind behind) {
  switch (behind) {
    case Behind::nothing:
      break;
    case Behind::some:
      return 's';
    case Behind::outdated:
      return 'o';
  }
  return 'd';
}

Behind behind_of(char letter) {
  return letter == 's' ? Behind::some : letter == 'o' ? Behind::outdated : Behind::nothing;
}

Result<CommitIds> commits_of(const SyncState& state, const Uuid& row_id, std::string_view name) {
  const auto value = state.load_cursor(row_id, name);
  if (!value) return fail(value.error());
  return value->has_value() ? unpack(**value) : CommitIds();
}

}  // namespace

Result<Position> Position::load(const SyncState& state, const Uuid& row_id) {
  Position position;
  const auto marks = state.load_cursor(row_id, "marks");
  if (!marks) return fail(marks.error());
  if (!*marks || !(*marks)->starts_with(format) || (*marks)->size() < format.size() + 1) return position;
  position.behind = behind_of((**marks)[format.size()]);
  position.lens = (*marks)->substr(format.size() + 1);
  TENTO_TRY_ASSIGN(position.base, commits_of(state, row_id, "base"));
  TENTO_TRY_ASSIGN(position.target, commits_of(state, row_id, "target"));
  TENTO_TRY_ASSIGN(position.frontier, commits_of(state, row_id, "frontier"));
  return position;
}

Position::Written Position::write() const {
  return {pack(base), pack(target), pack(frontier), std::string(format) + letter_of(behind) + lens};
}

std::vector<Cursor> Position::cursors(const Written& bytes) {
  return {{"base", bytes.base}, {"target", bytes.target}, {"frontier", bytes.frontier}, {"marks", bytes.marks}};
}

}  // namespace tento::git
