// SPDX-License-Identifier: Apache-2.0
// Output -> JSON lines. A text of a record is a JSON string, a list an array, and stored JSON stands in `{"j":…}`, so
// that each value comes back as what it was.
#include "host/formats/json_text.hpp"
#include "host/formats/wire.hpp"
#include "host/formats/wire_names.hpp"

namespace tento::host {
namespace {

struct AppendValue : AppendJson {
  using AppendJson::operator();
  void operator()(JsonView json) const {
    out += json.text.empty() ? "{" : "{\"j\":";
    append_json_line(out, json.text);
    out += '}';
  }
};

// Members of an object, each with its comma.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;
  ~Members() { out_ += '}'; }
  std::string& name(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_text(out_, name);
    return out_ += ':';
  }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) append_json_text(this->name(name), value);
  }
  void number(std::string_view name, std::int64_t value) { this->name(name) += std::to_string(value); }
  void flag(std::string_view name, bool value) {
    if (value) this->name(name) += "true";
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_error(std::string& out, const Error& error) {
  Members members(out);
  members.number("code", static_cast<std::int64_t>(error.code));
  members.number("class", static_cast<std::int64_t>(error.error_class));
  members.text("message", error.message);
  members.text("tag", error.tag);
  members.text("remedy", error.remedy);
  members.number("retry_after_ms", error.retry_after_ms);
  members.number("http_status", error.http_status);
  members.flag("stopped", error.stopped);
}

void append_column(std::string& out, const Column& column) {
  Members members(out);
  members.text("name", column.name);
  members.text("type", wire_name(column.type));
  members.flag("nullable", column.nullable);
  members.flag("count_in_table", column.count_in_table);
  members.flag("only_in_data", column.only_in_data);
  members.flag("internal", column.internal);
  if (column.parts.empty()) return;
  members.name("parts") += '[';
  for (std::size_t i = 0; i < column.parts.size(); ++i) {
    if (i > 0) out += ',';
    const auto& part = column.parts[i];
    Members part_members(out);
    part_members.text("pointer", part.pointer);
    part_members.text("title", part.title);
    part_members.text("role", wire_name(part.role));
    part_members.text("unit", part.unit);
  }
  out += ']';
}

void append_header(std::string& out, const Output& output) {
  Members outer(out);
  outer.name("output");
  Members members(out);
  members.name("columns") += '[';
  for (std::size_t i = 0; i < output.columns.size(); ++i) {
    if (i > 0) out += ',';
    append_column(out, output.columns[i]);
  }
  out += ']';
  members.flag("single", output.single);
  members.flag("text", static_cast<bool>(output.text));
  members.text("list", output.list_name);
  if (output.calendar) {
    members.name("calendar");
    Members calendar(out);
    calendar.text("id", output.calendar->id);
    calendar.text("name", output.calendar->name);
    calendar.number("refresh_s", output.calendar->refresh_s);
    calendar.text("encoding", output.calendar->encoding);
  }
  AppendJson{members.name("notes")}(std::span<const std::string>(output.notes));
  if (output.then) append_error(members.name("then"), *output.then);
}

std::string error_line(const Error& error) {
  std::string line;
  {
    Members members(line);
    append_error(members.name("error"), error);
  }
  return line += '\n';
}

Result<void> write_records(const Output& output, Pieces& out) {
  std::string line;
  if (output.text)
    return output.text([&](std::string_view text) {
      line.clear();
      append_json_text(line, text);
      return out.write(line += '\n');
    });
  return for_each_record(output, [&](std::span<const FieldView> record) {
    line.clear();
    for (const auto& field : record) {
      line += line.empty() ? '[' : ',';
      std::visit(AppendValue{{line}}, field);
    }
    line += line.empty() ? "[]\n" : "]\n";
    return out.write(line);
  });
}

Result<std::string> end_line(const Output& output) {
  std::vector<std::pair<std::string, Json>> extras;
  if (output.extras) {
    TENTO_TRY_ASSIGN(extras, output.extras());
  }
  std::string line;
  {
    Members members(line);
    members.name("end");
    Members inner(line);
    inner.name("extras");
    Members list(line);
    for (const auto& [name, json] : extras) AppendValue{{list.name(name)}}(JsonView{json.text});
  }
  return line += '\n';
}

}  // namespace

void encode_output(const Output& output, const Sink& sink) {
  Pieces out(sink);
  std::string header;
  append_header(header, output);
  out.write(header += '\n');
  if (const auto done = write_records(output, out); !done) {
    out.write(error_line(done.error()));
  } else {
    const auto end = end_line(output);
    out.write(end ? *end : error_line(end.error()));
  }
  out.flush();
}

void encode_error(const Error& error, const Sink& sink) {
  sink(error_line(error));
}

void encode_progress(const Progress& progress, const Sink& sink) {
  std::string line;
  {
    Members outer(line);
    outer.name("progress");
    Members members(line);
    members.text("stage", progress.stage);
    members.number("done", static_cast<std::int64_t>(progress.done));
    members.number("total", static_cast<std::int64_t>(progress.total));
    members.text("text", progress.text);
    members.flag("ended", progress.ended);
    if (!progress.line.empty()) members.text("line", progress.line);
  }
  sink(line += '\n');
}

}  // namespace tento::host
