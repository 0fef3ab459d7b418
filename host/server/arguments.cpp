// SPDX-License-Identifier: Apache-2.0
// Collects what a request says about an operation's params.
#include "host/server/arguments.hpp"

#include <openssl/crypto.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "host/base/text.hpp"
#include "host/base/wiping_allocator.hpp"
#include "host/server/uri.hpp"

namespace tento::host::server {
namespace {

const Param* param_named(const Operation& operation, std::string_view name) {
  const auto found =
      std::find_if(operation.params.begin(), operation.params.end(), [&](const Param& p) { return p.name == name; });
  return found == operation.params.end() ? nullptr : &*found;
}

Result<bool> truth(const std::string& name, std::string_view text) {
  if (text.empty() || text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return fail(usage_error("\"" + name + "\" is true or false, not " + quote(text), "correct it, or leave it out"));
}

constexpr std::int64_t max_wait_s = 3600;

bool same_word(std::string_view text, std::string_view small) {
  return std::equal(text.begin(), text.end(), small.begin(), small.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
}

// `a=b&c` with escapes; a plus is a plus, since instants have them. What says something of the form alone is no param
// of the operation.
Result<void> read_query(const Operation& operation, std::string_view query, RawArgs& out) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto item = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (item.empty()) continue;
    const auto equals = item.find('=');
    TENTO_TRY_ASSIGN(const auto name, percent_decoded(item.substr(0, equals)));
    TENTO_TRY_ASSIGN(auto value,
                     percent_decoded(equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1)));
    if (name == csv_safe_name) continue;
    const auto* param = param_named(operation, name);
    if (param != nullptr && param->type == ParamType::flag) {
      TENTO_TRY_ASSIGN(const bool yes, truth(name, value));
      if (yes) out[name];
      continue;
    }
    if (param != nullptr && param->type == ParamType::secret)
      return fail(usage_error("\"" + name + "\" is a secret, and what stands in a URL is written down on its way",
                              "put it into the body"));
    out[name].push_back(std::move(value));
  }
  return {};
}

tl::unexpected<Error> bad_body(const std::string& why) {
  return fail(usage_error("the body " + why, "send a JSON object (RFC 8259) with the operation's parameters"));
}

using Element = simdjson::dom::element;
using WipedText = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

Result<std::string> text_of(const std::string& name, const Element& value) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) return std::string(text);
  switch (value.type()) {
    case simdjson::dom::element_type::INT64:
    case simdjson::dom::element_type::UINT64:
    case simdjson::dom::element_type::DOUBLE:
    case simdjson::dom::element_type::BOOL:
      return simdjson::minify(value);
    default:
      return bad_body("has neither a text nor a number in \"" + name + "\"");
  }
}

// The parser keeps texts in a buffer of its own until it goes.
void wipe_in_parser(const Element& value) {
  std::string_view text;
  if (value.get_string().get(text) == simdjson::SUCCESS) OPENSSL_cleanse(const_cast<char*>(text.data()), text.size());
}

// One member; a list param takes an array of texts, or an object whose members become `name=value`.
Result<void> read_member(const Param* param, const std::string& name, const Element& value, RawArgs& out) {
  if (value.is_null()) return {};
  if (param != nullptr && param->type == ParamType::flag) {
    bool yes = false;
    if (value.get_bool().get(yes) != simdjson::SUCCESS)
      return bad_body("has neither true nor false in \"" + name + "\"");
    if (yes) out[name];
    return {};
  }
  auto& values = out[name];
  simdjson::dom::array array;
  if (value.get_array().get(array) == simdjson::SUCCESS) {
    for (const Element each : array) {
      TENTO_TRY_ASSIGN(auto text, text_of(name, each));
      values.push_back(std::move(text));
    }
    return {};
  }
  simdjson::dom::object object;
  if (param != nullptr && param->type == ParamType::list && value.get_object().get(object) == simdjson::SUCCESS) {
    for (const auto& [key, each] : object) {
      TENTO_TRY_ASSIGN(const auto text, text_of(std::string(key), each));
      values.push_back(std::string(key) + "=" + text);
    }
    return {};
  }
  TENTO_TRY_ASSIGN(auto text, text_of(name, value));
  values.push_back(std::move(text));
  if (param != nullptr && param->type == ParamType::secret) wipe_in_parser(value);
  return {};
}

Result<void> read_body(const Operation& operation, std::string_view body, RawArgs& out) {
  const auto input = std::find_if(operation.params.begin(), operation.params.end(),
                                  [](const Param& p) { return p.type == ParamType::input; });
  if (input != operation.params.end()) {
    out[input->name].assign(1, std::string(body));
    return {};
  }
  if (body.empty()) return {};
  // The room behind it is for the parser, which would copy it elsewhere otherwise, and not wipe that.
  WipedText text(body.size() + simdjson::SIMDJSON_PADDING, '\0');
  body.copy(text.data(), body.size());
  simdjson::dom::parser parser;
  Element document;
  if (const auto error = parser.parse(text.data(), body.size(), false).get(document); error != simdjson::SUCCESS)
    return bad_body(std::string("is not valid JSON: ") + simdjson::error_message(error));
  simdjson::dom::object members;
  if (document.get_object().get(members) != simdjson::SUCCESS) return bad_body("is not a JSON object");
  for (const auto& [key, value] : members) {
    const std::string name(key);
    if (out.contains(name)) return bad_body("says \"" + name + "\" again");
    TENTO_TRY(read_member(param_named(operation, name), name, value, out));
  }
  return {};
}

}  // namespace

Result<RawArgs> arguments_of(const Request& request, const Operation& operation, const PathParams& params) {
  RawArgs out;
  TENTO_TRY(read_query(operation, request.query(), out));
  for (const auto& [name, raw] : params) {
    if (out.contains(name))
      return fail(usage_error("\"" + std::string(name) + "\" stands in the path already", "leave it out of the query"));
    // Names of rows are decoded by their own parser.
    auto value = name == "key" ? key_of_path(raw) : percent_decoded(raw);
    if (!value) return fail(value.error());
    out[name].push_back(std::move(*value));
  }
  for (const auto& param : operation.params) {
    if (param.header.empty()) continue;
    const auto value = request.header(param.header);
    if (!value.empty()) out[param.name].assign(1, std::string(value));
  }
  TENTO_TRY(read_body(operation, request.body(), out));
  return out;
}

Result<bool> wants_safe_csv(std::string_view query) {
  bool wanted = false;
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto item = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const auto equals = item.find('=');
    if (item.substr(0, equals) != csv_safe_name) continue;
    TENTO_TRY_ASSIGN(
        wanted, truth(std::string(csv_safe_name), equals == std::string_view::npos ? "" : item.substr(equals + 1)));
  }
  return wanted;
}

std::optional<std::int64_t> preferred_wait_s(const Request& request) {
  std::string_view rest = request.header("Prefer");
  while (!rest.empty()) {
    const auto end = rest.find_first_of(",;");
    auto item = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    const auto equals = item.find('=');
    if (equals == std::string_view::npos || !same_word(item.substr(0, equals), "wait")) continue;
    item.remove_prefix(equals + 1);
    std::int64_t seconds = 0;
    const auto [at, bad] = std::from_chars(item.data(), item.data() + item.size(), seconds);
    if (bad == std::errc() && at == item.data() + item.size() && seconds >= 0)
      return std::min<std::int64_t>(seconds, max_wait_s);
  }
  return std::nullopt;
}

}  // namespace tento::host::server
