// SPDX-License-Identifier: Apache-2.0
// Output -> JSON lines. A text of a record is a JSON string, a list an array, and stored JSON stands in `{"j":…}`, so
// that each value comes back as what it was.
#include "host/base/json.hpp"
#include "host/formats/json_text.hpp"
#include "host/formats/wire.hpp"
#include "host/formats/wire_names.hpp"

namespace tento::host {
namespace {

struct AppendValue : AppendJson {
  using AppendJson::operator();
  void operator()(JsonView json) const {
    // Of every record, so that its one name is not looked at for escapes each time.
    out += json.text.empty() ? "{" : "{\"j\":";
    append_json_line(out, json.text);
    out += '}';
  }
};

// Members that say nothing are left out.
void add_text(JsonWriter& json, std::string_view name, std::string_view value) {
  if (!value.empty()) append_json_text(json.key(name).value(), value);
}
void add_flag(JsonWriter& json, std::string_view name, bool value) {
  if (value) json.member(name, true);
}

void add_error(JsonWriter& json, const Error& error) {
  json.begin_object();
  json.member("code", static_cast<std::int64_t>(error.code));
  json.member("class", static_cast<std::int64_t>(error.error_class));
  add_text(json, "message", error.message);
  add_text(json, "tag", error.tag);
  add_text(json, "remedy", error.remedy);
  json.member("retry_after_ms", error.retry_after_ms).member("http_status", error.http_status);
  add_flag(json, "stopped", error.stopped);
  json.end_object();
}

void add_column(JsonWriter& json, const Column& column) {
  json.begin_object();
  add_text(json, "name", column.name);
  add_text(json, "type", wire_name(column.type));
  add_flag(json, "nullable", column.nullable);
  add_flag(json, "count_in_table", column.count_in_table);
  add_flag(json, "only_in_data", column.only_in_data);
  add_flag(json, "internal", column.internal);
  if (!column.parts.empty()) {
    json.key("parts").begin_array();
    for (const auto& part : column.parts) {
      json.begin_object();
      add_text(json, "pointer", part.pointer);
      add_text(json, "title", part.title);
      add_text(json, "role", wire_name(part.role));
      add_text(json, "unit", part.unit);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

std::string header_line(const Output& output) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("output").begin_object().key("columns").begin_array();
  for (const auto& column : output.columns) add_column(json, column);
  json.end_array();
  add_flag(json, "single", output.single);
  add_flag(json, "text", static_cast<bool>(output.text));
  add_text(json, "list", output.list_name);
  if (output.calendar) {
    json.key("calendar").begin_object();
    add_text(json, "id", output.calendar->id);
    add_text(json, "name", output.calendar->name);
    json.member("refresh_s", output.calendar->refresh_s);
    add_text(json, "encoding", output.calendar->encoding);
    json.end_object();
  }
  AppendJson{json.key("notes").value()}(std::span<const std::string>(output.notes));
  if (output.then) add_error(json.key("then"), *output.then);
  json.end_object().end_object();
  return line += '\n';
}

std::string error_line(const Error& error) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("error");
  add_error(json, error);
  json.end_object();
  return line += '\n';
}

Result<std::string> end_line(const Output& output) {
  std::vector<std::pair<std::string, Json>> extras;
  if (output.extras) {
    TENTO_TRY_ASSIGN(extras, output.extras());
  }
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("end").begin_object().key("extras").begin_object();
  for (const auto& [name, value] : extras) AppendValue{{json.key(name).value()}}(JsonView{value.text});
  json.end_object().end_object().end_object();
  return line += '\n';
}

class WireWriter final : public AnswerWriter {
 public:
  WireWriter(const Output& output, Sink sink) : AnswerWriter(output, std::move(sink)) {}

 private:
  void begin(Pieces& out) override { out.write(header_line(output())); }
  Result<bool> part(Pieces& out) override {
    if (!output().text) return AnswerWriter::part(out);
    TENTO_TRY(output().text([&](std::string_view text) {
      line_.clear();
      append_json_text(line_, text);
      return out.write(line_ += '\n');
    }));
    return false;
  }
  bool record(Pieces& out, std::span<const FieldView> record) override {
    line_.clear();
    JsonWriter json(line_);
    json.begin_array();
    for (const auto& field : record) std::visit(AppendValue{{json.value()}}, field);
    json.end_array();
    return out.write(line_ += '\n');
  }
  void release() override { std::string().swap(line_); }
  Result<void> end(Pieces& out, Result<void> read) override {
    if (read) {
      const auto last = end_line(output());
      out.write(last ? *last : error_line(last.error()));
    } else {
      out.write(error_line(read.error()));
    }
    out.flush();
    return {};
  }

  std::string line_;
};

}  // namespace

std::unique_ptr<AnswerWriter> wire_writer(const Output& output, Sink sink) {
  return std::make_unique<WireWriter>(output, std::move(sink));
}

void encode_error(const Error& error, const Sink& sink) {
  sink(error_line(error));
}

void encode_progress(const Progress& progress, const Sink& sink) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("progress").begin_object();
  add_text(json, "stage", progress.stage);
  json.member("done", progress.done).member("total", progress.total);
  add_text(json, "text", progress.text);
  add_flag(json, "ended", progress.ended);
  add_text(json, "line", progress.line);
  json.end_object().end_object();
  sink(line += '\n');
}

}  // namespace tento::host
