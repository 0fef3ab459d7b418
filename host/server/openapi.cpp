// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document: paths and scopes from the routes, params and schemas from their operations.
#include "host/server/openapi.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "host/base/version.hpp"
#include "host/operations/media.hpp"

namespace tento::host::server {
namespace {

using Object = boost::json::object;
using Array = boost::json::array;

boost::json::string_view text(std::string_view s) {
  return {s.data(), s.size()};
}
Object reference(std::string_view section, std::string_view name) {
  return {{"$ref", text("#/components/" + std::string(section) + "/" + std::string(name))}};
}
void describe(Object& schema, std::string_view help) {
  if (!help.empty()) schema["description"] = text(help);
}

// ---- what answers hold

void set_type(Object& schema, std::string_view type, bool nullable) {
  if (nullable)
    schema["type"] = Array{text(type), "null"};
  else
    schema["type"] = text(type);
}

Object schema_of(const Column& column) {
  Object schema;
  switch (column.type) {
    case FieldType::text:
      set_type(schema, "string", column.nullable);
      break;
    case FieldType::time:
      set_type(schema, "string", column.nullable);
      schema["format"] = "date-time";
      break;
    case FieldType::integer:
      set_type(schema, "integer", column.nullable);
      schema["format"] = "int64";
      break;
    case FieldType::boolean:
      set_type(schema, "boolean", column.nullable);
      break;
    case FieldType::list:
      set_type(schema, "array", column.nullable);
      schema["items"] = Object{{"type", "string"}};
      break;
    case FieldType::json:
      break;  // any value
  }
  describe(schema, column.help);
  return schema;
}

void add_columns(const std::vector<Column>& columns, Object& properties, Array& required) {
  for (const auto& column : columns) {
    if (column.internal) continue;
    properties[text(column.name)] = schema_of(column);
    if (!column.on_request) required.emplace_back(text(column.name));
  }
}

Object object_schema(Object properties, Array required) {
  Object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

// `row get` with the first letters of its words large: RowGet.
std::string large_name(const Operation& operation) {
  std::string out;
  bool first = true;
  for (const char c : operation.name()) {
    if (c == ' ' || c == '-') {
      first = true;
      continue;
    }
    out += first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    first = false;
  }
  return out;
}
std::string small_name(const Operation& operation) {
  auto name = large_name(operation);
  if (name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] + 32);
  return name;
}

class Document {
 public:
  Document(std::span<const Route> routes, std::string_view server_url) {
    schemas_["Problem"] = problem_schema();
    for (const auto& route : routes)
      if (route.operation != nullptr)
        add(*route.operation, route);
      else if (!route.document.id.empty())
        add(route.document, route);
    root_["openapi"] = "3.1.0";
    root_["info"] = Object{{"title", "Tento"},
                           {"version", host_version()},
                           {"summary", "A host for a person's data providers: rows, cells, accounts, runs."},
                           {"license", Object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
    root_["servers"] = Array{Object{{"url", text(server_url)}}};
    root_["paths"] = std::move(paths_);
    root_["components"] = Object{
        {"schemas", std::move(schemas_)},
        {"responses",
         Object{{"Problem", Object{{"description", "What went wrong, and what to do (RFC 9457)."},
                                   {"content", Object{{"application/problem+json",
                                                       Object{{"schema", reference("schemas", "Problem")}}}}}}}}},
        {"securitySchemes",
         Object{{"token", Object{{"type", "http"},
                                 {"scheme", "bearer"},
                                 {"description", "A token; the scope it needs is named at each operation."}}}}}};
  }
  [[nodiscard]] std::string str() const { return boost::json::serialize(root_); }

 private:
  static Object problem_schema() {
    const auto described = [](std::string_view type, std::string_view help, bool nullable = false) {
      Object schema;
      set_type(schema, type, nullable);
      describe(schema, help);
      return schema;
    };
    Object error_class = described("string", "who has to act");
    error_class["enum"] = Array{"internal", "config", "auth", "rate_limit", "transient", "provider"};
    Object type = described("string", "a page about the code");
    type["format"] = "uri-reference";
    return object_schema({{"type", std::move(type)},
                          {"title", described("string", "what was being done")},
                          {"detail", described("string", "what, where and why")},
                          {"code", described("string", "for programs")},
                          {"class", std::move(error_class)},
                          {"retry_after", described("integer", "seconds", true)},
                          {"remedy", described("string", "what to do", true)},
                          {"status", described("integer", "of this answer")},
                          {"instance", described("string", "the path that was asked for")}},
                         {"type", "title", "detail", "code", "class", "retry_after", "remedy"});
  }

  // The record of a shape under a name of its own; shapes that are the same share one.
  std::string record_schema(const Operation& operation) {
    Object properties;
    Array required;
    add_columns(operation.shape.columns, properties, required);
    auto schema = object_schema(std::move(properties), std::move(required));
    auto& name = records_[boost::json::serialize(schema)];
    if (name.empty()) {
      name = large_name(operation) + "Record";
      schemas_[name] = std::move(schema);
    }
    return name;
  }

  Object document_schema(const Operation& operation) {
    const auto& shape = operation.shape;
    const auto record = reference("schemas", record_schema(operation));
    const auto problem = reference("schemas", "Problem");
    Object list;
    if (!shape.list.empty()) {
      Object properties{{text(shape.list), Object{{"type", "array"}, {"items", record}}}};
      Array required{text(shape.list)};
      add_columns(shape.extras, properties, required);
      properties["problem"] = problem;
      list = object_schema(std::move(properties), std::move(required));
      if (!shape.single) return list;
    }
    Object single{{"allOf", Array{record, object_schema({{"problem", problem}}, {})}}};
    return list.empty() ? single : Object{{"anyOf", Array{std::move(single), std::move(list)}}};
  }

  Object answer(const Operation& operation) {
    Object content;
    for (const auto& format : formats_of(operation.shape)) {
      if (format.media == Media::wire) continue;
      auto name = format.content_type.substr(0, format.content_type.find(';'));
      Object schema{{"type", "string"}};
      if (format.media == Media::json) schema = reference("schemas", document_name(operation));
      content[text(name)] = Object{{"schema", std::move(schema)}};
    }
    return {{"description", text(operation.help)}, {"content", std::move(content)}};
  }
  std::string document_name(const Operation& operation) {
    auto name = large_name(operation);
    schemas_[name] = document_schema(operation);
    return name;
  }

  // ---- what requests hold

  static Object schema_of_param(const Param& param) {
    switch (param.type) {
      case ParamType::integer:
        return {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}};
      case ParamType::duration:
        return {{"type", "string"}, {"pattern", "^[0-9]+[smh]?$"}};
      case ParamType::time:
        return {{"type", "string"}, {"examples", Array{"ymd-2026-04-29", "ym-2026-04", "2026-04-29T10:00:00Z"}}};
      case ParamType::choice: {
        Array words;
        for (const auto word : param.choices) words.emplace_back(text(word));
        return {{"type", "string"}, {"enum", std::move(words)}};
      }
      case ParamType::flag:
        return {{"type", "boolean"}, {"default", false}};
      case ParamType::list:
        return {{"type", "array"}, {"items", Object{{"type", "string"}}}};
      case ParamType::secret:
        return {{"type", "string"}, {"format", "password"}, {"writeOnly", true}};
      case ParamType::input:
        return {};  // any JSON
      case ParamType::text:
        break;
    }
    return {{"type", "string"}};
  }

  static Object parameter(std::string_view name, std::string_view in, bool required, std::string_view help,
                          Object schema) {
    Object out{{"name", text(name)}, {"in", text(in)}};
    if (required) out["required"] = true;
    describe(out, help);
    out["schema"] = std::move(schema);
    return out;
  }

  static Array security_of(const Route& route) {
    if (route.auth == RouteAuth::open) return {};
    return Array{Object{{"token", Array{text(to_string(route.scope))}}}};
  }

  void add(const Operation& operation, const Route& route) {
    Array parameters;
    Object members;
    Array required_members;
    Object body;
    for (const auto& param : operation.params) {
      auto schema = schema_of_param(param);
      switch (http_place(operation, param)) {
        case HttpPlace::path:
          parameters.emplace_back(parameter(param.name, "path", true, param.help, std::move(schema)));
          break;
        case HttpPlace::query:
          parameters.emplace_back(parameter(param.name, "query", param.required, param.help, std::move(schema)));
          break;
        case HttpPlace::header:
          parameters.emplace_back(parameter(param.header, "header", param.required, param.help, std::move(schema)));
          break;
        case HttpPlace::body:
          body["required"] = param.required;
          body["content"] = Object{{"application/json", Object{{"schema", std::move(schema)}}}};
          break;
        case HttpPlace::member:
          describe(schema, param.help);
          members[text(param.name)] = std::move(schema);
          if (param.required) required_members.emplace_back(text(param.name));
          break;
      }
    }
    if (!members.empty()) {
      body["required"] = !required_members.empty();
      auto schema = object_schema(std::move(members), std::move(required_members));
      schema["additionalProperties"] = false;
      body["content"] = Object{{"application/json", Object{{"schema", std::move(schema)}}}};
    }
    if (operation.http.method == Method::get && operation.shape.text.empty())
      parameters.emplace_back(parameter("csv_safe", "query", false,
                                        "as CSV: an apostrophe before what a spreadsheet would take for a formula",
                                        {{"type", "boolean"}, {"default", false}}));
    if (operation.answers != Answers::at_once)
      parameters.emplace_back(parameter("Prefer", "header", false, "wait=N: wait so many seconds for what is not there",
                                        {{"type", "string"}, {"examples", Array{"wait=10"}}}));
    Object out{{"operationId", text(small_name(operation))},
               {"summary", text(operation.help)},
               {"tags", Array{operation.noun.empty() ? text("host") : text(operation.noun)}},
               {"x-tento-command", text("tento " + operation.name())},
               {"security", security_of(route)}};
    if (!parameters.empty()) out["parameters"] = std::move(parameters);
    if (!body.empty()) out["requestBody"] = std::move(body);
    out["responses"] = Object{{"200", answer(operation)}, {"default", reference("responses", "Problem")}};
    put(route, std::move(out));
  }

  void add(const RouteDocument& document, const Route& route) {
    Object out{{"operationId", text(document.id)}, {"summary", text(document.summary)}, {"tags", Array{"host"}}};
    out["security"] = security_of(route);
    Array parameters;
    for (const auto& each : document.parameters)
      parameters.emplace_back(parameter(each.name, each.in, each.in == "path", each.help, {{"type", "string"}}));
    if (!parameters.empty()) out["parameters"] = std::move(parameters);
    Object schema = document.media_type == "application/json" ? Object{{"type", "object"}} : Object{{"type", "string"}};
    out["responses"] =
        Object{{"200", Object{{"description", text(document.summary)},
                              {"content", Object{{text(document.media_type), Object{{"schema", std::move(schema)}}}}}}},
               {"default", reference("responses", "Problem")}};
    put(route, std::move(out));
  }

  void put(const Route& route, Object operation) {
    std::string name;
    for (const char c : to_string(route.method)) name += static_cast<char>(c + 32);
    auto& at = paths_[text(route.pattern)];
    if (!at.is_object()) at = Object{};
    at.as_object()[name] = std::move(operation);
  }

  Object root_, paths_, schemas_;
  std::map<std::string, std::string> records_;  // a record's schema -> its name
};

}  // namespace

std::string openapi_json(std::span<const Route> routes, std::string_view server_url) {
  return Document(routes, server_url).str();
}

}  // namespace tento::host::server
