// SPDX-License-Identifier: Apache-2.0
// The row of commits: what its cells hold and how it syncs. The sync itself is in sync_plugin/.
#include "rows.hpp"
#include "sync_plugin/commit_sync.hpp"

namespace tento::git {
namespace {

constexpr auto fields = tento::fields(
    field("/subject").label("Subject").role(FieldRole::title),
    field("/author/name").label("Author").role(FieldRole::category), field("/author/email").label("Author's e-mail"),
    field("/author/time").label("Written").type(FieldType::time).role(FieldRole::start),
    field("/insertions").label("Lines added").type(FieldType::integer).role(FieldRole::value),
    field("/deletions").label("Lines removed").type(FieldType::integer),
    field("/files_changed").label("Files changed").type(FieldType::integer), field("/hash").label("Hash"),
    field("/parents").label("Parents").type(FieldType::array), field("/committer/name").label("Committer"),
    field("/committer/email").label("Committer's e-mail"),
    field("/committer/time").label("Committed").type(FieldType::time), field("/message").label("Message"),
    field("/files").label("Files").type(FieldType::array));

// Viewport first; the rest of history waits for it. Looking again costs next to nothing while no reference moved.
struct Shape {
  static constexpr SyncShape shape() {
    return {.stages = {"viewport", Stage("backfill").after("viewport")}, .stale_after_s = 60, .interval_s = 300};
  }
};

}  // namespace

constinit const tento_row commits_row = [] {
  tento_row row = described<fields>(":~git:{authId}:commits", "git-commits");
  row.sync_shape = &detail::ShapeTable<Shape>::abi;
  row.sync = sync_slot;
  return row;
}();

}  // namespace tento::git
