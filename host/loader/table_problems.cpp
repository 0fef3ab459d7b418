// SPDX-License-Identifier: Apache-2.0
// What is wrong with a provider's tables, told in one rejection.
#include "host/loader/table_problems.hpp"

#include <algorithm>
#include <iterator>

#include "host/loader/grammar.hpp"

namespace tento::host {
namespace {

constexpr std::size_t told = 10;

}  // namespace

void TableProblems::add(std::string_view code, std::string_view at, std::string what) {
  items_.push_back({std::string(code), at.empty() ? std::move(what) : fmt::format("{}: {}", at, what)});
}

void TableProblems::take(TableProblems&& other) {
  std::move(other.items_.begin(), other.items_.end(), std::back_inserter(items_));
  other.items_.clear();
}

Rejection TableProblems::rejection() const {
  Rejection rejection;
  if (items_.empty()) return rejection;
  rejection.code = items_.front().code;
  for (std::size_t i = 0; i < items_.size() && i < told; ++i) rejection.reason += (i == 0 ? "" : "; ") + items_[i].text;
  if (items_.size() > told) rejection.reason += fmt::format("; and {} more", items_.size() - told);
  rejection.remedy = "correct the provider's tables and rebuild it; its author has to do that";
  return rejection;
}

bool TableProblems::text(tento_str value, std::string_view at, std::string_view field, std::uint64_t limit) {
  if (value.size == 0) return true;
  if (value.data == nullptr) {
    add("bad_text", at, fmt::format("`{}` says {} bytes and points to null", field, value.size));
    return false;
  }
  if (value.size > limit) {
    add("bad_text", at, fmt::format("`{}` is {} bytes long, and the limit is {}", field, value.size, limit));
    return false;
  }
  const std::string_view view = text_of(value);
  if (view.find('\0') != std::string_view::npos) {
    add("bad_text", at, fmt::format("`{}` has a NUL in it: `{}`", field, grammar::printable(view)));
    return false;
  }
  if (!grammar::is_utf8(view)) {
    add("bad_text", at, fmt::format("`{}` is not UTF-8: `{}`", field, grammar::printable(view)));
    return false;
  }
  return true;
}

bool TableProblems::required_text(tento_str value, std::string_view at, std::string_view field, std::uint64_t limit) {
  if (value.size == 0) {
    add("bad_text", at, fmt::format("`{}` is empty", field));
    return false;
  }
  return text(value, at, field, limit);
}

void TableProblems::bad_value(tento_str value, std::string_view at, std::string_view field, std::string_view expected) {
  add("bad_value", at, fmt::format("`{}` is `{}`, expected {}", field, grammar::printable(text_of(value)), expected));
}

void TableProblems::label(const tento_label& label, std::string_view at, std::string_view field) {
  text(label.text, at, field);
  if (!table(label.translations, label.translation_count, at, fmt::format("{}.translations", field))) return;
  for (std::uint64_t i = 0; i < label.translation_count; ++i) {
    const std::string name = fmt::format("{}.translations[{}]", field, i);
    grammar_text(label.translations[i].language, at, name, grammar::is_language, "a language tag (BCP 47)");
    text(label.translations[i].text, at, name);
  }
}

bool TableProblems::table(const void* entries, std::uint64_t count, std::string_view at, std::string_view field) {
  if (count == 0) return true;
  if (entries == nullptr) {
    add("null_table", at, fmt::format("`{}` says {} entries and is null", field, count));
    return false;
  }
  if (count > max_table_entries) {
    add("bad_table", at,
        fmt::format("`{}` says {} entries, and the most a host reads is {}", field, count, max_table_entries));
    return false;
  }
  return true;
}

}  // namespace tento::host
