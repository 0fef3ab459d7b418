// SPDX-License-Identifier: Apache-2.0
// Checks of a row: its pattern's prefix, texts, fields, guards, stages, and the slots its verbs and shape ask for.
#include <algorithm>
#include <set>

#include "host/loader/grammar.hpp"
#include "host/loader/table_checks.hpp"

namespace tento::host {
namespace {

constexpr std::uint32_t known_verbs = TENTO_VERB_GET | TENTO_VERB_POST | TENTO_VERB_PATCH | TENTO_VERB_DELETE;

// The pattern's first segment has to be a prefix the note claims; the rest of its grammar is the schema's.
void check_prefix(const NoteData& note, std::string_view pattern, std::string_view at, TableProblems& problems) {
  const std::string_view first =
      pattern.starts_with(':') ? pattern.substr(1, pattern.find(':', 1) - 1) : std::string_view{};
  if (std::find(note.prefixes.begin(), note.prefixes.end(), first) != note.prefixes.end()) return;
  problems.add(
      "note_mismatch", at,
      fmt::format("the pattern does not begin with a prefix of the note (`:{}`)", fmt::join(note.prefixes, "`, `:")));
}

void check_fields(const tento_row& row, std::string_view at, TableProblems& problems) {
  if (!problems.table(row.fields, row.field_count, at, "fields")) return;
  std::set<std::string_view> seen;
  for (std::uint64_t i = 0; i < row.field_count; ++i) {
    const std::string name = fmt::format("fields[{}]", i);
    const tento_field* field = row.fields[i];
    if (!problems.appendable(field, at, name)) continue;
    const std::string where = fmt::format("{}, {}", at, name);
    // An empty pointer names the whole value, which is allowed.
    if (problems.optional_grammar_text(field->pointer, where, "pointer", grammar::is_json_pointer,
                                       "a JSON Pointer (RFC 6901)") &&
        !seen.insert(text_of(field->pointer)).second)
      problems.add("bad_table", where, fmt::format("a second field points to `{}`", text_of(field->pointer)));
    problems.label(field->label, where, "label");
    problems.text(field->unit, where, "unit");
  }
}

void check_guards(const tento_row& row, std::string_view at, TableProblems& problems) {
  if (!problems.table(row.guards, row.guard_count, at, "guards")) return;
  for (std::uint64_t i = 0; i < row.guard_count; ++i) {
    const std::string name = fmt::format("guards[{}]", i);
    problems.required_text(row.guards[i].name, at, name, 64);
    if ((row.guards[i].verbs & known_verbs) == 0)
      problems.add("bad_value", at, fmt::format("`{}` guards no verb", name));
  }
}

void check_slots(const tento_row& row, const tento_sync_shape* shape, const tento_sync_api* sync, std::string_view at,
                 TableProblems& problems) {
  if ((row.flags & TENTO_ROW_LOGS) != 0) return;  // served by the host
  if (shape != nullptr && (sync == nullptr || sync->execute == nullptr))
    problems.slot(row.sync, at, "sync", "the row has a sync shape and the sync-plugin no `execute`");
  if ((row.verbs & TENTO_VERB_GET) != 0 && shape == nullptr)
    problems.slot(row.list_cells, at, "list_cells", "the row can be read and is not sync-backed");
  if ((row.verbs & TENTO_VERB_POST) != 0) problems.slot(row.post, at, "post", "the row has that verb");
  if ((row.verbs & TENTO_VERB_PATCH) != 0) problems.slot(row.patch, at, "patch", "the row has that verb");
  if ((row.verbs & TENTO_VERB_DELETE) != 0) problems.slot(row.remove, at, "remove", "the row has the verb delete");
}

// What one stage says, apart from its gates.
void check_stage(const tento_stage& stage, std::string_view at, TableProblems& problems) {
  problems.optional_grammar_text(
      stage.lock, at, "lock", [](std::string_view lock) { return lock == "row" || lock == "account"; },
      "`row`, `account` or nothing");
  if (!problems.table(stage.after, stage.after_count, at, "after")) return;
  for (std::uint64_t i = 0; i < stage.after_count; ++i)
    problems.required_text(stage.after[i], at, fmt::format("after[{}]", i));
}

// Gates: every name is another stage of the row, and no stage waits for itself through others.
void check_gates(std::span<const tento_stage* const> stages, std::string_view at, TableProblems& problems) {
  std::set<std::string_view> names;
  for (const tento_stage* stage : stages) names.insert(text_of(stage->name));
  for (const tento_stage* stage : stages)
    for (const tento_str& gate : after(*stage))
      if (!names.contains(text_of(gate)))
        problems.add("bad_value", at,
                     fmt::format("stage `{}` waits for `{}`, which is not a stage of the row", text_of(stage->name),
                                 grammar::printable(text_of(gate))));
  if (!problems.empty()) return;
  std::set<std::string_view> ended;
  for (bool moved = true; moved;) {
    moved = false;
    for (const tento_stage* stage : stages) {
      const auto gates = after(*stage);
      const auto open = [&](const tento_str& gate) { return ended.contains(text_of(gate)); };
      if (ended.contains(text_of(stage->name)) || !std::all_of(gates.begin(), gates.end(), open)) continue;
      ended.insert(text_of(stage->name));
      moved = true;
    }
  }
  for (const tento_stage* stage : stages)
    if (!ended.contains(text_of(stage->name)))
      problems.add("bad_value", at,
                   fmt::format("stage `{}` waits for itself, through its `after`", text_of(stage->name)));
}

}  // namespace

void check_sync_shape(const tento_sync_shape* shape, std::string_view at, TableProblems& problems) {
  if (!problems.appendable(shape, at, "sync_shape")) return;
  if (shape->stage_count == 0) problems.add("bad_table", at, "its sync shape has no stages, at least 1 is needed");
  if (shape->stale_after_s < 0) problems.add("bad_value", at, "`stale_after_s` is below 0");
  if (shape->interval_s < 0) problems.add("bad_value", at, "`interval_s` is below 0");
  if (!problems.table(shape->stages, shape->stage_count, at, "stages")) return;
  TableProblems own;
  std::set<std::string_view> seen;
  for (std::uint64_t i = 0; i < shape->stage_count; ++i) {
    const std::string name = fmt::format("stages[{}]", i);
    const tento_stage* stage = shape->stages[i];
    if (!own.appendable(stage, at, name)) continue;
    const std::string where = fmt::format("{}, {}", at, name);
    check_stage(*stage, where, own);
    if (own.grammar_text(stage->name, where, "name", grammar::is_name, "[a-z][a-z0-9_-]{0,31}") &&
        !seen.insert(text_of(stage->name)).second)
      own.add("bad_table", where, fmt::format("a second stage is called `{}`", text_of(stage->name)));
  }
  // Names that cannot be read have no gates to follow.
  if (own.empty()) check_gates(stages(*shape), at, own);
  problems.take(std::move(own));
}

void check_row(const NoteData& note, tento_provider* self, const tento_row* row, const tento_sync_api* sync,
               std::string_view at, TableProblems& problems) {
  if (!problems.appendable(row, "", at)) return;
  std::string where(at);
  if (problems.required_text(row->pattern, at, "pattern", TENTO_MAX_KEY)) {
    where = fmt::format("{} `{}`", at, grammar::printable(text_of(row->pattern)));
    check_prefix(note, text_of(row->pattern), where, problems);
  }
  if ((row->verbs & known_verbs) == 0)
    problems.add("bad_value", where, "it has no verb, so nothing could be done with it");
  problems.label(row->label, where, "label");
  problems.text(row->type, where, "type");
  problems.text(row->encoding, where, "encoding");
  check_fields(*row, where, problems);
  check_guards(*row, where, problems);
  const tento_sync_shape* shape = row->sync_shape;
  if (sync != nullptr && sync->shape != nullptr) shape = may_throw(sync->shape)(self, row);
  if (shape != nullptr) check_sync_shape(shape, where, problems);
  check_slots(*row, shape, sync, where, problems);
}

}  // namespace tento::host
