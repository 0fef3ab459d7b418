// SPDX-License-Identifier: Apache-2.0
// Helpers to make and walk results.
#include "host/operations/output.hpp"

#include "host/model/time_text.hpp"

namespace tento::host {
namespace {

FieldView borrow(const Field& field) {
  struct Borrow {
    FieldView operator()(std::monostate) const { return {}; }
    FieldView operator()(bool b) const { return b; }
    FieldView operator()(std::int64_t n) const { return n; }
    FieldView operator()(const std::string& s) const { return std::string_view(s); }
    FieldView operator()(const Json& j) const { return JsonView{j.text}; }
    FieldView operator()(const std::vector<std::string>& l) const { return std::span<const std::string>(l); }
  };
  return std::visit(Borrow{}, field);
}

}  // namespace

Result<bool> visit_part(const Output& output, const RecordVisitor& visit) {
  if (output.parts) return output.parts(visit);
  if (output.stream) {
    TENTO_TRY(output.stream(visit));
    return false;
  }
  std::vector<FieldView> views;
  for (const auto& record : output.records) {
    views.clear();
    for (const auto& field : record) views.push_back(borrow(field));
    if (!visit(views)) break;
  }
  return false;
}

Result<void> for_each_record(const Output& output, const RecordVisitor& visit) {
  bool enough = false;
  const RecordVisitor watched = [&](std::span<const FieldView> record) {
    enough = !visit(record);
    return !enough;
  };
  for (;;) {
    TENTO_TRY_ASSIGN(const bool more, visit_part(output, watched));
    if (!more || enough) return {};
  }
}

Field time_field(std::int64_t unix_us) {
  return text_or_absent(moment_text(unix_us));
}

Field count_field(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

Field time_or_absent(const tento_semantic_time& time) {
  if (time.kind == TENTO_TIME_NONE) return {};
  std::string text;
  append_semantic_time(text, time);
  return text;
}

Field text_or_absent(std::string text) {
  if (text.empty()) return {};
  return text;
}

}  // namespace tento::host
