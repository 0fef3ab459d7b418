// SPDX-License-Identifier: Apache-2.0
// Records as flat texts for tables and CSV.
#include "host/formats/flatten.hpp"

#include "host/base/text.hpp"
#include "host/formats/json_parts.hpp"

namespace tento::host {

struct Flattener::Parser {
  simdjson::dom::parser dom;
};

namespace {

bool shown(const Column& column, const Output& output, bool for_people) {
  return !column.internal && (!for_people || output.single || !column.only_in_data);
}

// A part as people want it in a row of a table: lists as their length, long texts cut.
std::string short_text_of(simdjson::dom::element element) {
  constexpr std::size_t longest = 60;
  simdjson::dom::array list;
  if (element.get(list) == simdjson::SUCCESS) return std::to_string(list.size());
  auto text = text_of(element);
  if (text.size() <= longest) return text;
  auto at = longest;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;  // not inside a character
  text.resize(at);
  return text + "\u2026";
}

struct Text {
  bool count;
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(bool b) const { return b ? "true" : "false"; }
  std::string operator()(std::int64_t n) const { return std::to_string(n); }
  std::string operator()(std::string_view text) const { return std::string(text); }
  std::string operator()(JsonView json) const { return std::string(json.text); }
  std::string operator()(std::span<const std::string> list) const {
    if (count) return std::to_string(list.size());
    return join(list);
  }
};

}  // namespace

std::vector<std::string> flat_titles(const Output& output, bool for_people) {
  std::vector<std::string> titles;
  for (const auto& column : output.columns) {
    if (!shown(column, output, for_people)) continue;
    if (column.parts.empty()) titles.push_back(column.name);
    for (const auto& part : column.parts)
      titles.push_back(for_people ? part.title : part.pointer.substr(part.pointer.empty() ? 0 : 1));
  }
  return titles;
}

Flattener::Flattener(const Output& output, bool for_people)
    : output_(output), for_people_(for_people), parser_(std::make_unique<Parser>()) {}
Flattener::~Flattener() = default;

const std::vector<std::string>& Flattener::operator()(std::span<const FieldView> record) {
  texts_.clear();
  for (std::size_t i = 0; i < output_.columns.size() && i < record.size(); ++i) {
    const auto& column = output_.columns[i];
    if (!shown(column, output_, for_people_)) continue;
    if (column.parts.empty()) {
      texts_.push_back(std::visit(Text{for_people_ && !output_.single && column.count_in_table}, record[i]));
      continue;
    }
    simdjson::dom::element root;
    const auto* json = std::get_if<JsonView>(&record[i]);
    const bool parsed =
        json != nullptr && parser_->dom.parse(json->text.data(), json->text.size()).get(root) == simdjson::SUCCESS;
    for (const auto& part : column.parts) {
      simdjson::dom::element found;
      const bool there = parsed && root.at_pointer(part.pointer).get(found) == simdjson::SUCCESS;
      texts_.push_back(!there ? std::string() : for_people_ ? short_text_of(found) : text_of(found));
    }
  }
  return texts_;
}

}  // namespace tento::host
