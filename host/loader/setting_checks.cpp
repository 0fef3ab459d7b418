// SPDX-License-Identifier: Apache-2.0
// Checks of the settings of an account. Alone in this file: the regular expressions are dear to compile.
#include <algorithm>
#include <regex>
#include <set>

#include "host/loader/grammar.hpp"
#include "host/loader/table_checks.hpp"

namespace tento::host {
namespace {

constexpr std::size_t max_pattern = 256;

bool is_regular_expression(std::string_view text) {
  // The library recurses over the pattern, so its length is bounded far below what a descriptor may hold.
  if (text.size() > max_pattern) return false;
  try {
    const std::regex parsed(text.begin(), text.end(), std::regex::ECMAScript);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

void check_choices(const tento_setting& setting, std::string_view at, TableProblems& problems) {
  if (!problems.table(setting.choices, setting.choice_count, at, "choices")) return;
  if (setting.type != TENTO_SETTING_CHOICE) return;
  if (setting.choice_count == 0) problems.add("bad_table", at, "it is a choice without `choices`");
  std::set<std::string_view> seen;
  for (std::uint64_t i = 0; i < setting.choice_count; ++i)
    if (problems.required_text(setting.choices[i], at, fmt::format("choices[{}]", i)))
      seen.insert(text_of(setting.choices[i]));
  if (setting.default_value.size != 0 && setting.default_value.size <= TENTO_MAX_DESCRIPTOR &&
      setting.default_value.data != nullptr && !seen.contains(text_of(setting.default_value)))
    problems.add("bad_value", at,
                 fmt::format("`default_value` is `{}`, which is not one of its choices",
                             grammar::printable(text_of(setting.default_value))));
}

}  // namespace

void check_settings(const tento_auth& auth, std::string_view at, TableProblems& problems) {
  if (!problems.table(auth.settings, auth.setting_count, at, "settings")) return;
  std::set<std::string_view> seen;
  for (std::uint64_t i = 0; i < auth.setting_count; ++i) {
    const std::string name = fmt::format("settings[{}]", i);
    const tento_setting* setting = auth.settings[i];
    if (!problems.appendable(setting, at, name)) continue;
    const std::string where = fmt::format("{}, {}", at, name);
    if (problems.grammar_text(setting->name, where, "name", grammar::is_setting_name, "[a-z][a-z0-9_]{0,63}") &&
        !seen.insert(text_of(setting->name)).second)
      problems.add("bad_table", where, fmt::format("a second setting is called `{}`", text_of(setting->name)));
    problems.label(setting->label, where, "label");
    problems.label(setting->help, where, "help");
    problems.text(setting->default_value, where, "default_value");
    if ((setting->flags & TENTO_SETTING_ORIGIN) != 0 && setting->type != TENTO_SETTING_URL)
      problems.add("bad_value", where, "it is the address of the account's own server and not a URL");
    if (setting->type == TENTO_SETTING_SECRET && setting->default_value.size != 0)
      problems.add("bad_value", where, "a secret has a `default_value`, which everyone could read in the file");
    problems.optional_grammar_text(setting->pattern, where, "pattern", is_regular_expression,
                                   "an ECMAScript regular expression of at most 256 bytes");
    check_choices(*setting, where, problems);
  }
}

}  // namespace tento::host
