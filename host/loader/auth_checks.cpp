// SPDX-License-Identifier: Apache-2.0
// Checks of how an account is connected: the flow's URLs, the origins that may see the credential, scopes, the card.
#include <simdjson.h>

#include <set>

#include "host/loader/grammar.hpp"
#include "host/loader/table_checks.hpp"

namespace tento::host {
namespace {

bool is_json_object(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  return parser.parse(simdjson::padded_string(text)).get(object) == simdjson::SUCCESS;
}

void check_known_values(const tento_auth& auth, std::string_view at, TableProblems& problems) {
  if (auth.how > TENTO_AUTH_OAUTH2)
    problems.add("bad_value", at, fmt::format("`how` is {}, which this host does not know", auth.how));
  if (auth.inject > TENTO_INJECT_BASIC)
    problems.add("bad_value", at, fmt::format("`inject` is {}, which this host does not know", auth.inject));
  if (auth.token_auth > TENTO_TOKEN_AUTH_NONE)
    problems.add("bad_value", at, fmt::format("`token_auth` is {}, which this host does not know", auth.token_auth));
}

void check_flow(const tento_auth& auth, std::string_view at, TableProblems& problems) {
  constexpr std::string_view url = "an https URL (http on loopback only)";
  problems.optional_grammar_text(auth.issuer, at, "issuer", grammar::is_secure_url, url);
  problems.optional_grammar_text(auth.authorize_url, at, "authorize_url", grammar::is_secure_url, url);
  problems.optional_grammar_text(auth.token_url, at, "token_url", grammar::is_secure_url, url);
  problems.optional_grammar_text(auth.device_url, at, "device_url", grammar::is_secure_url, url);
  problems.optional_grammar_text(auth.revoke_url, at, "revoke_url", grammar::is_secure_url, url);
  problems.optional_grammar_text(auth.userinfo_url, at, "userinfo_url", grammar::is_secure_url, url);
  if (auth.how != TENTO_AUTH_OAUTH2) return;
  if ((auth.grants & (TENTO_GRANT_CODE | TENTO_GRANT_DEVICE)) == 0)
    problems.add("bad_value", at, "`grants` names no OAuth 2.0 grant this host knows");
  if (auth.issuer.size != 0) return;  // the URLs come from its metadata (RFC 8414)
  if (auth.token_url.size == 0) problems.add("bad_value", at, "OAuth 2.0 needs `token_url` or `issuer`");
  if ((auth.grants & TENTO_GRANT_CODE) != 0 && auth.authorize_url.size == 0)
    problems.add("bad_value", at, "the code grant needs `authorize_url` or `issuer`");
  if ((auth.grants & TENTO_GRANT_DEVICE) != 0 && auth.device_url.size == 0)
    problems.add("bad_value", at, "the device grant needs `device_url` or `issuer`");
}

// Whether a setting names the account's own server. The table itself is checked elsewhere, so nothing of it is taken
// for granted here.
bool has_own_origin(const tento_auth& auth) {
  if (auth.settings == nullptr || auth.setting_count > max_table_entries) return false;
  for (std::uint64_t i = 0; i < auth.setting_count; ++i) {
    const tento_setting* setting = auth.settings[i];
    if (setting != nullptr && setting->type == TENTO_SETTING_URL && (setting->flags & TENTO_SETTING_ORIGIN) != 0)
      return true;
  }
  return false;
}

void check_injection(const tento_auth& auth, std::string_view at, TableProblems& problems) {
  problems.text(auth.inject_name, at, "inject_name");
  problems.text(auth.inject_prefix, at, "inject_prefix");
  if ((auth.inject == TENTO_INJECT_HEADER || auth.inject == TENTO_INJECT_QUERY) && auth.inject_name.size == 0)
    problems.add("bad_value", at, "`inject_name` is empty, and the credential goes into a header or query parameter");
  if (!problems.table(auth.origins, auth.origin_count, at, "origins")) return;
  for (std::uint64_t i = 0; i < auth.origin_count; ++i)
    problems.grammar_text(auth.origins[i], at, fmt::format("origins[{}]", i), grammar::is_origin,
                          "`https://host[:port]` (http on loopback only)");
  if (auth.inject != TENTO_INJECT_NONE && auth.origin_count == 0 && !has_own_origin(auth))
    problems.add("bad_value", at,
                 "it injects a credential and lists no origin that may receive it, nor a setting that is the account's "
                 "own (TENTO_SETTING_ORIGIN)");
}

void check_groups(const tento_auth& auth, std::string_view at, TableProblems& problems) {
  if (!problems.table(auth.groups, auth.group_count, at, "groups")) return;
  std::set<std::string_view> seen;
  for (std::uint64_t i = 0; i < auth.group_count; ++i) {
    const std::string name = fmt::format("groups[{}]", i);
    const tento_scope_group* group = auth.groups[i];
    if (!problems.appendable(group, at, name)) continue;
    const std::string where = fmt::format("{}, {}", at, name);
    if (problems.required_text(group->name, where, "name", 128) && !seen.insert(text_of(group->name)).second)
      problems.add("bad_table", where, fmt::format("a second group is called `{}`", text_of(group->name)));
    problems.label(group->help, where, "help");
    if (!problems.table(group->scopes, group->scope_count, where, "scopes")) continue;
    for (std::uint64_t s = 0; s < group->scope_count; ++s)
      problems.required_text(group->scopes[s], where, fmt::format("scopes[{}]", s));
  }
}

void check_card(const tento_auth& auth, std::string_view at, TableProblems& problems) {
  problems.label(auth.card_title, at, "card_title");
  problems.label(auth.card_text, at, "card_text");
  problems.text(auth.icon_svg, at, "icon_svg", TENTO_MAX_ICON);
  problems.optional_grammar_text(auth.colour, at, "colour", grammar::is_colour, "`#rrggbb`");
  problems.text(auth.docs_url, at, "docs_url");
}

}  // namespace

void check_auth(const tento_auth* auth, std::string_view integration, TableProblems& problems) {
  if (!problems.appendable(auth, integration, "auth")) return;
  const std::string at = fmt::format("{}, auth", integration);
  check_known_values(*auth, at, problems);
  problems.required_text(auth->kind, at, "kind", 128);
  check_flow(*auth, at, problems);
  check_injection(*auth, at, problems);
  problems.optional_grammar_text(auth->id_pointer, at, "id_pointer", grammar::is_json_pointer,
                                 "a JSON Pointer (RFC 6901)");
  problems.optional_grammar_text(auth->label_pointer, at, "label_pointer", grammar::is_json_pointer,
                                 "a JSON Pointer (RFC 6901)");
  problems.text(auth->scope_separator, at, "scope_separator");
  problems.optional_grammar_text(auth->extra_params_json, at, "extra_params_json", is_json_object, "a JSON object");
  problems.optional_grammar_text(auth->expired_tag, at, "expired_tag", grammar::is_tag, "[a-z0-9_]{1,63}");
  if (auth->refresh_margin_s < 0) problems.add("bad_value", at, "`refresh_margin_s` is below 0");
  check_groups(*auth, at, problems);
  check_settings(*auth, at, problems);
  check_card(*auth, at, problems);
}

}  // namespace tento::host
