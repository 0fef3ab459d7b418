// SPDX-License-Identifier: Apache-2.0
// Results as JSON (RFC 8259), whole or one record a line. JSON that was stored is copied, never parsed.
#include <simdjson.h>

#include "host/cli/render.hpp"
#include "host/schema/plain_text.hpp"
#include "host/store/cells_json.hpp"

namespace tento::cli {
namespace {

using host::FieldView;
using host::JsonView;

// Paths and texts of foreign files may be no UTF-8; JSON has to be.
void append_text(std::string& out, std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size()))
    host::append_json_string(out, text);
  else
    host::append_json_string(out, host::plain(text, text.size() * 4 + 16));
}

struct Append {
  std::string& out;
  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool b) const { out += b ? "true" : "false"; }
  void operator()(std::int64_t n) const { out += std::to_string(n); }
  void operator()(std::string_view text) const { append_text(out, text); }
  void operator()(JsonView json) const { out += json.text.empty() ? std::string_view("null") : json.text; }
  void operator()(std::span<const std::string> list) const {
    out += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out += ',';
      append_text(out, list[i]);
    }
    out += ']';
  }
};

// A record as an object; the names are escaped once.
class Objects {
 public:
  explicit Objects(const std::vector<host::Column>& columns) {
    for (const auto& column : columns) {
      std::string name = names_.empty() ? "{" : ",";
      host::append_json_string(name, column.name);
      names_.push_back(name + ":");
    }
  }
  const std::string& operator()(std::span<const FieldView> record) {
    object_.clear();
    for (std::size_t i = 0; i < names_.size() && i < record.size(); ++i) {
      object_ += names_[i];
      std::visit(Append{object_}, record[i]);
    }
    object_ += names_.empty() ? "{}" : "}";
    return object_;
  }

 private:
  std::vector<std::string> names_;
  std::string object_;
};

}  // namespace

Result<void> render_json(const host::Output& output, TextOut& out, bool lines) {
  Objects objects(output.columns);
  bool first = true;
  const bool whole = !lines && !output.single;
  const bool named = whole && !output.list_name.empty();
  if (named) {
    std::string head = "{";
    host::append_json_string(head, output.list_name);
    out.write(head + ":");
  }
  if (whole) out.write("[");
  TENTO_TRY(host::for_each_record(output, [&](std::span<const FieldView> record) {
    if (whole) out.write(first ? "\n" : ",\n");
    first = false;
    return out.write(objects(record)) && (whole || out.write("\n"));
  }));
  if (whole) out.write(first ? "]" : "\n]");
  if (named) {
    if (output.extras) {
      TENTO_TRY_ASSIGN(const auto extras, output.extras());
      for (const auto& [name, json] : extras) {
        std::string head = ",\n";
        host::append_json_string(head, name);
        out.write(head + ":" + json.text);
      }
    }
    out.write("}");
  }
  if (whole) out.write("\n");
  return {};
}

}  // namespace tento::cli
