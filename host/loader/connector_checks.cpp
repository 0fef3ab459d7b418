// SPDX-License-Identifier: Apache-2.0
// Checks of a connector and its integrations: ids, slots, needs, limits.
#include <algorithm>
#include <set>

#include "host/loader/grammar.hpp"
#include "host/loader/table_checks.hpp"

namespace tento::host {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

void check_needs(const NoteData& note, const tento_integration& integration, std::string_view at,
                 std::set<std::string, std::less<>>& declared, TableProblems& problems) {
  if (!problems.table(integration.needs, integration.need_count, at, "needs")) return;
  std::set<std::string_view> seen;
  for (std::uint64_t i = 0; i < integration.need_count; ++i) {
    const tento_need& need = integration.needs[i];
    const std::string field = fmt::format("needs[{}]", i);
    if (!problems.grammar_text(need.id, at, field, grammar::is_interface_id, "an interface id (`name/1`)")) continue;
    const std::string_view id = text_of(need.id);
    if (!seen.insert(id).second) problems.add("bad_table", at, fmt::format("it needs `{}` twice", id));
    if (need.min_size < 16 || need.min_size > 65536)
      problems.add(
          "bad_value", at,
          fmt::format("`{}` asks for {} bytes of `{}`; TENTO_NEED computes 16 or more", field, need.min_size, id));
    declared.emplace(id);
    const bool optional = (need.flags & TENTO_NEED_OPTIONAL) != 0;
    if (contains(note.needs, id) || (optional && contains(note.optional_needs, id))) continue;
    problems.add("note_mismatch", at,
                 fmt::format("it {} `{}`, which the note does not list (`{}={}`)", optional ? "can use" : "needs", id,
                             optional ? 'o' : 'n', id));
  }
}

// What the note lists and nobody asks for: people would grant what is never used, and a host that lacks it would refuse
// the provider for nothing.
void check_note_needs(const NoteData& note, const std::set<std::string, std::less<>>& declared,
                      TableProblems& problems) {
  const auto each = [&](const std::vector<std::string>& listed, char kind) {
    for (const std::string& id : listed)
      if (!declared.contains(id))
        problems.add("note_mismatch", "", fmt::format("the note lists `{}={}`, which no integration needs", kind, id));
  };
  each(note.needs, 'n');
  each(note.optional_needs, 'o');
}

void check_limits(const tento_integration& integration, std::string_view at, TableProblems& problems) {
  if (!problems.table(integration.limits, integration.limit_count, at, "limits")) return;
  std::set<std::string_view> seen;
  for (std::uint64_t i = 0; i < integration.limit_count; ++i) {
    const std::string name = fmt::format("limits[{}]", i);
    const tento_limit* limit = integration.limits[i];
    if (!problems.appendable(limit, at, name)) continue;
    const std::string where = fmt::format("{}, {}", at, name);
    if (problems.grammar_text(limit->name, where, "name", grammar::is_name, "[a-z][a-z0-9_-]{0,31}") &&
        !seen.insert(text_of(limit->name)).second)
      problems.add("bad_table", where, fmt::format("a second limit is called `{}`", text_of(limit->name)));
    problems.text(limit->url_prefix, where, "url_prefix");
    if (limit->capacity == 0) problems.add("bad_value", where, "`capacity` is 0, at least 1 is needed");
    if (limit->window_ms == 0) problems.add("bad_value", where, "`window_ms` is 0, at least 1 is needed");
    constexpr std::uint32_t known = TENTO_LIMIT_NAMED_ONLY;
    if ((limit->flags & ~known) != 0)
      problems.add(
          "bad_value", where,
          fmt::format("`flags` has bits that this host does not know ({:#x}): it would count the wrong requests",
                      limit->flags & ~known));
  }
}

void check_integration(const NoteData& note, tento_provider* self, const tento_integration& integration,
                       const tento_sync_api* sync, std::string_view at, std::set<std::string, std::less<>>& declared,
                       TableProblems& problems) {
  problems.label(integration.title, at, "title");
  problems.optional_grammar_text(integration.account_param, at, "account_param", grammar::is_param_name,
                                 "a parameter's name (camelCase)");
  problems.slot(integration.client, at, "client", "every integration makes clients");
  problems.slot(integration.release, at, "release", "every integration ends its clients");
  if (integration.auth != nullptr) check_auth(integration.auth, at, problems);
  check_needs(note, integration, at, declared, problems);
  check_limits(integration, at, problems);
  if (integration.row_count == 0) problems.add("bad_table", at, "it has no rows, at least 1 is needed");
  if (!problems.table(integration.rows, integration.row_count, at, "rows")) return;
  for (std::uint64_t i = 0; i < integration.row_count; ++i)
    check_row(note, self, integration.rows[i], sync, fmt::format("{}, row {}", at, i), problems);
}

}  // namespace

void check_connector(const NoteData& note, tento_provider* self, const tento_connector_api* connector,
                     const tento_sync_api* sync, TableProblems& problems) {
  if (sync != nullptr && !problems.appendable(sync, "", "what tento_sync_plugin gave")) return;
  if (!problems.appendable(connector, "", "what tento_connector gave")) return;
  if (connector->integration_count == 0) problems.add("bad_table", "", "the connector has no integrations");
  if (!problems.table(connector->integrations, connector->integration_count, "connector", "integrations")) return;
  std::set<std::string_view> seen;
  std::set<std::string, std::less<>> declared;
  bool whole = true;
  for (std::uint64_t i = 0; i < connector->integration_count; ++i) {
    const tento_integration* integration = connector->integrations[i];
    std::string at = fmt::format("integration {}", i);
    if (!problems.appendable(integration, "", at)) {
      whole = false;
      continue;
    }
    if (problems.grammar_text(integration->id, at, "id", grammar::is_integration_id, "[A-Za-z][A-Za-z0-9]{0,63}")) {
      at = fmt::format("integration `{}`", text_of(integration->id));
      if (!seen.insert(text_of(integration->id)).second) problems.add("bad_table", at, "a second one has this id");
    }
    check_integration(note, self, *integration, sync, at, declared, problems);
  }
  if (whole) check_note_needs(note, declared, problems);
}

}  // namespace tento::host
