// SPDX-License-Identifier: Apache-2.0
// Results as JSON (RFC 8259), whole or one record a line. JSON that was stored is copied, never parsed.
#include "host/base/json.hpp"
#include "host/formats/formats.hpp"
#include "host/formats/json_text.hpp"
#include "host/operations/problem.hpp"

namespace tento::host {
namespace {

// A record as an object; the names are escaped once.
class Objects {
 public:
  Objects(const std::vector<Column>& columns, bool one_line) : one_line_(one_line) {
    bool first = true;
    for (const auto& column : columns) {
      std::string name;
      if (!column.internal) {
        name = first ? "{" : ",";
        append_json_string(name, column.name);
        name += ':';
        first = false;
      }
      names_.push_back(std::move(name));
    }
    empty_ = first;
  }
  // Without its closing brace, which more members may come before.
  std::string& open(std::span<const FieldView> record) {
    object_.clear();
    for (std::size_t i = 0; i < names_.size() && i < record.size(); ++i) {
      if (names_[i].empty()) continue;
      object_ += names_[i];
      std::visit(AppendJson{object_, one_line_}, record[i]);
    }
    if (empty_) object_ += '{';
    return object_;
  }
  std::string& operator()(std::span<const FieldView> record) { return open(record) += '}'; }

 private:
  bool one_line_;
  bool empty_ = false;
  std::vector<std::string> names_;  // empty = not shown
  std::string object_;
};

// `,"name":` and the JSON.
std::string member(std::string_view name, std::string_view json) {
  std::string out = ",\n";
  append_json_string(out, name);
  out += ':';
  out += json;
  return out;
}

Result<void> write_list(const Output& output, std::string_view list_name, const std::string& more, Pieces& out) {
  Objects objects(output.columns, false);
  bool first = true;
  const bool named = !list_name.empty();
  if (named) {
    std::string head = "{";
    append_json_string(head, list_name);
    out.write(head + ":");
  }
  out.write("[");
  TENTO_TRY(for_each_record(output, [&](std::span<const FieldView> record) {
    out.write(first ? "\n" : ",\n");
    first = false;
    return out.write(objects(record));
  }));
  out.write(first ? "]" : "\n]");
  if (named) {
    if (output.extras) {
      TENTO_TRY_ASSIGN(const auto extras, output.extras());
      for (const auto& [name, json] : extras) out.write(member(name, json.text));
    }
    out.write(more);
    out.write("}");
  }
  out.write("\n");
  return {};
}

Result<void> write_single(const Output& output, const std::string& more, Pieces& out) {
  Objects objects(output.columns, false);
  return for_each_record(output, [&](std::span<const FieldView> record) {
    auto& object = objects.open(record);
    object += more;
    return out.write(object += "}\n");
  });
}

}  // namespace

Result<void> write_json(const Output& output, std::string_view list_name, const Sink& sink) {
  Pieces out(sink);
  return out.finish(output.single ? write_single(output, {}, out) : write_list(output, list_name, {}, out));
}

Result<void> write_json_document(const Output& output, const Shape& shape, const Sink& sink) {
  std::string more;
  if (output.then) more = member("problem", problem_json(*output.then, "the result is not complete"));
  Pieces out(sink);
  return out.finish(output.single ? write_single(output, more, out) : write_list(output, shape.list, more, out));
}

Result<void> write_jsonl(const Output& output, const Sink& sink) {
  Objects objects(output.columns, true);
  Pieces out(sink);
  return out.finish(
      for_each_record(output, [&](std::span<const FieldView> record) { return out.write(objects(record) += '\n'); }));
}

}  // namespace tento::host
