// SPDX-License-Identifier: Apache-2.0
// The reference page: each operation as a command and over HTTP, its params, what it answers.
#include "host/operations/reference.hpp"

#include "host/operations/media.hpp"

namespace tento::host {
namespace {

// Text within a table's cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string spelled(const Param& param) {
  if (param.positional) return std::string(param.value_name);
  auto out = "--" + option_name(param);
  if (!takes_no_value(param)) out += " " + std::string(param.value_name);
  return out;
}

std::string synopsis(const Operation& operation) {
  std::string out = "tento " + operation.name();
  for (const auto& param : operation.params) {
    const auto text = spelled(param);
    // An input is read from standard input where no file is named.
    const bool needed = param.required && param.type != ParamType::input;
    out += needed ? " " + text : " [" + text + "]";
    if (param.type == ParamType::list) out += "...";
  }
  return out;
}

std::string place(const Operation& operation, const Param& param) {
  switch (http_place(operation, param)) {
    case HttpPlace::path:
      return "path";
    case HttpPlace::query:
      return "query";
    case HttpPlace::header:
      return "header `" + std::string(param.header) + "`";
    case HttpPlace::body:
      return "the body";
    case HttpPlace::member:
      return "member of the body";
  }
  return {};
}

std::string_view kind(ParamType type) {
  switch (type) {
    case ParamType::text:
    case ParamType::choice:
      return "text";
    case ParamType::integer:
      return "number";
    case ParamType::duration:
      return "duration";
    case ParamType::time:
      return "time";
    case ParamType::flag:
      return "flag";
    case ParamType::list:
      return "texts";
    case ParamType::input:
      return "JSON";
    case ParamType::secret:
      return "secret";
  }
  return {};
}

std::string_view kind(FieldType type) {
  switch (type) {
    case FieldType::text:
      return "text";
    case FieldType::integer:
      return "number";
    case FieldType::boolean:
      return "true or false";
    case FieldType::time:
      return "time";
    case FieldType::json:
      return "JSON";
    case FieldType::list:
      return "texts";
  }
  return {};
}

std::string params_table(const Operation& operation) {
  if (operation.params.empty()) return {};
  const bool http = !operation.http.path.empty();
  std::string out =
      http ? "| param | over HTTP | type | what |\n|---|---|---|---|\n" : "| param | type | what |\n|---|---|---|\n";
  for (const auto& param : operation.params) {
    out += "| `" + std::string(param.name) + "`" + (param.required ? ", required" : "") +
           (http ? " | " + place(operation, param) : "") + " | " + std::string(kind(param.type));
    for (std::size_t i = 0; i < param.choices.size(); ++i)
      out += (i == 0 ? ": " : ", ") + std::string("`") + std::string(param.choices[i]) + "`";
    out += " | " + cell(param.help) + " |\n";
  }
  return out + "\n";
}

std::string columns_table(std::string_view title, const std::vector<Column>& columns) {
  std::string out = "| " + std::string(title) + " | type | what |\n|---|---|---|\n";
  for (const auto& column : columns) {
    if (column.internal) continue;
    out += "| `" + column.name + "` | " + std::string(kind(column.type)) + (column.nullable ? ", or absent" : "") +
           " | " + cell(column.help) + " |\n";
  }
  return out + "\n";
}

std::string answer(const Operation& operation) {
  const auto& shape = operation.shape;
  std::string out = "Formats: ";
  bool first = true;
  for (const auto& format : formats_of(shape)) {
    if (format.media == Media::wire) continue;
    out += (first ? "`" : ", `") + std::string(format.content_type.substr(0, format.content_type.find(';'))) + "`";
    first = false;
  }
  out += ".";
  if (!shape.text.empty()) return out + "\n\n";
  out += shape.single ? " One record" + (shape.list.empty() ? "" : ", or a list `" + std::string(shape.list) + "`")
                      : " A list `" + std::string(shape.list) + "`";
  out += shape.single || !shape.extras.empty() ? ".\n\n" : " of records.\n\n";
  out += columns_table("field", shape.columns);
  if (!shape.extras.empty()) out += columns_table("beside the list", shape.extras);
  return out;
}

// A sentence of a text in the table.
std::string sentence(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out + ".\n\n";
}

std::string whose(const Operation& operation) {
  return operation.authority == Authority::host ? ", of whoever runs the host" : "";
}

std::string section(const Operation& operation) {
  const bool http = !operation.http.path.empty();
  return "### `" + operation.name() + "`\n\n" + sentence(operation.help) + "```\n" + synopsis(operation) + "\n" +
         (http ? std::string(to_string(operation.http.method)) + " " + std::string(operation.http.path) + "\n" : "") +
         "```\n\n" + params_table(operation) +
         (http ? "Scope: `" + std::string(to_string(operation.scope)) + "`" + whose(operation) + ". "
               : "At the command line alone. ") +
         answer(operation);
}

constexpr std::string_view head = R"(# Operations

What Tento can do, as commands and over HTTP. This page is made from the table of operations: after a change there, run
`tento reference >host/docs/operations.md`. `GET /openapi.json` and `tento openapi` give the same to programs.

Over HTTP each request carries `Authorization: Bearer` with a token that has the operation's scope. A format is chosen by the
header `Accept`, or by a suffix of the path (`.json`, `.jsonl`, `.csv`, `.ics`) where it ends with a fixed word. Errors are
problem documents (RFC 9457). A time is `y-2026`, `ym-2026-04`, `yw-2026-09`, `ymd-2026-04-29` or an RFC 3339 instant; a
duration is a number of seconds, or `90s`, `5m`, `2h`.

)";

}  // namespace

std::string reference_page() {
  std::string out(head);
  std::string_view noun = "-";
  for (const auto& operation : operations()) {
    if (operation.noun != noun) {
      noun = operation.noun;
      out += noun.empty() ? std::string("## The program\n\n")
                          : "## " + std::string(noun) + "\n\n" + sentence(noun_help(noun));
    }
    out += section(operation);
  }
  out.pop_back();
  return out;
}

}  // namespace tento::host
