// SPDX-License-Identifier: Apache-2.0
// Marks become words.
#include "host/operations/wording.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tento::host {
namespace {

// The next word of a mark, taken off it.
std::string_view take_word(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string plain_value(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto high = i + 2 < text.size() ? digits.find(text[i + 1]) : std::string_view::npos;
    const auto low = i + 2 < text.size() ? digits.find(text[i + 2]) : std::string_view::npos;
    if (text[i] != '%' || high == std::string_view::npos || low == std::string_view::npos) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

const Param* param_named(const Operation& operation, std::string_view name) {
  const auto found =
      std::find_if(operation.params.begin(), operation.params.end(), [&](const Param& p) { return p.name == name; });
  return found == operation.params.end() ? nullptr : &*found;
}

std::string option_of(const Param& param) {
  if (param.positional) return std::string(param.value_name.empty() ? param.name : param.value_name);
  return "--" + option_name(param);
}

// An operation with what a mark gives it: values of its positional parameters in order, and of others by name.
struct Call {
  const Operation* operation = nullptr;
  std::vector<std::pair<const Param*, std::string>> values;

  static std::optional<Call> read(std::string_view mark) {
    Call out;
    const auto first = take_word(mark);
    const auto second = mark.substr(0, mark.find(' '));
    out.operation = find_operation(first, second);
    if (out.operation != nullptr)
      take_word(mark);
    else
      out.operation = find_operation("", first);
    if (out.operation == nullptr) return std::nullopt;
    auto positional = out.operation->params.begin();
    while (!mark.empty()) {
      const auto word = take_word(mark);
      const auto equals = word.find('=');
      if (const auto* named = param_named(*out.operation, word.substr(0, equals)); named != nullptr) {
        out.values.emplace_back(named, equals == std::string_view::npos ? "" : plain_value(word.substr(equals + 1)));
        continue;
      }
      positional = std::find_if(positional, out.operation->params.end(), [](const Param& p) { return p.positional; });
      if (positional == out.operation->params.end()) return std::nullopt;
      out.values.emplace_back(&*positional++, plain_value(word));
    }
    return out;
  }

  [[nodiscard]] std::string command() const {
    std::string out = "tento " + operation->name();
    for (const auto& [param, value] : values) {
      if (!param->positional) out += " " + option_of(*param);
      if (!value.empty()) out += " " + value;
    }
    return out;
  }

  [[nodiscard]] std::string request() const {
    std::string path(operation->http.path), query, members;
    for (const auto& [param, value] : values) {
      const std::string name(param->name);
      switch (http_place(*operation, *param)) {
        case HttpPlace::path:
          path.replace(path.find("{" + name + "}"), name.size() + 2, value);
          break;
        case HttpPlace::query:
          query += (query.empty() ? "?" : "&") + name + "=" + (value.empty() ? "true" : value);
          break;
        case HttpPlace::member:
          members += (members.empty() ? "" : ", ") + name + ": " + (value.empty() ? "true" : value);
          break;
        case HttpPlace::header:
        case HttpPlace::body:
          break;
      }
    }
    if (!members.empty()) members = " {" + members + "}";
    return std::string(to_string(operation->http.method)) + " " + path + query + members;
  }
};

std::optional<std::string> words_of(Face face, std::string_view kind, std::string_view what,
                                    const Operation* operation) {
  if (kind == "param") {
    const auto* param = operation != nullptr ? param_named(*operation, what) : nullptr;
    if (face == Face::http) return std::string(param != nullptr && !param->header.empty() ? param->header : what);
    return param != nullptr ? option_of(*param) : "--" + std::string(what);
  }
  if (kind != "op" && kind != "help") return std::nullopt;
  const auto call = Call::read(what);
  if (!call) return std::nullopt;
  if (kind == "help") return face == Face::http ? "/openapi.json" : "`" + call->command() + " --help`";
  const bool has_request = !call->operation->http.path.empty();
  return "`" + (face == Face::http && has_request ? call->request() : call->command()) + "`";
}

}  // namespace

std::string in_words_of(Face face, std::string_view text, const Operation* operation) {
  std::string out;
  while (!text.empty()) {
    const auto open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    const auto colon = text.find(':'), close = text.find('}');
    if (colon < close && close != std::string_view::npos) {
      if (const auto words =
              words_of(face, text.substr(1, colon - 1), text.substr(colon + 1, close - colon - 1), operation)) {
        out += *words;
        text.remove_prefix(close + 1);
        continue;
      }
    }
    out += text.substr(0, 1);
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
  }
  return out;
}

Error in_words_of(Face face, Error error, const Operation* operation) {
  error.message = in_words_of(face, error.message, operation);
  error.remedy = in_words_of(face, error.remedy, operation);
  return error;
}

void put_in_words_of(Face face, Output& output, const Operation* operation) {
  for (auto& note : output.notes) note = in_words_of(face, note, operation);
  if (output.then) output.then = in_words_of(face, std::move(*output.then), operation);
}

}  // namespace tento::host
