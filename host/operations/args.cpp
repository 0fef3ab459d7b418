// SPDX-License-Identifier: Apache-2.0
// From texts to typed arguments, the same for every face.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "host/base/did_you_mean.hpp"
#include "host/base/text.hpp"
#include "host/operations/operation.hpp"

namespace tento::host {
namespace {

std::string spell(const Param& param) {
  return "{param:" + std::string(param.name) + "}";
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc() || end != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

Result<ArgValue> convert(const Param& param, RawArgs::Texts& values) {
  if (param.type == ParamType::list)
    return ArgValue(
        std::vector<std::string>(std::make_move_iterator(values.begin()), std::make_move_iterator(values.end())));
  if (values.size() > 1) return fail(usage_error(spell(param) + " is given more than once", "give it once"));
  std::string& text = values.front();
  switch (param.type) {
    case ParamType::integer: {
      const auto n = number(text);
      if (!n)
        return fail(usage_error(spell(param) + ": \"" + text + "\" is not a number",
                                "give a whole number that is not negative"));
      return ArgValue(*n);
    }
    case ParamType::duration: {
      const auto n = parse_seconds(text);
      if (!n)
        return fail(
            usage_error(spell(param) + ": \"" + text + "\" is not a duration", "write seconds, or 90s, 5m, 2h, 30d"));
      return ArgValue(*n);
    }
    case ParamType::time: {
      auto t = SemanticTime::parse(text);
      if (!t)
        return fail(usage_error(spell(param) + ": " + t.error().message,
                                "write y-2026, ym-2026-04, yw-2026-09, ymd-2026-04-29 or an RFC 3339 instant"));
      return ArgValue(*t);
    }
    case ParamType::choice:
      if (std::find(param.choices.begin(), param.choices.end(), text) == param.choices.end()) {
        std::vector<std::string> words(param.choices.begin(), param.choices.end());
        const std::string all = join(words);
        return fail(usage_error(spell(param) + ": \"" + text + "\" is not one of " + all + did_you_mean(text, words),
                                "use one of " + all));
      }
      return ArgValue(std::move(text));
    default:
      if (text.empty() && param.type == ParamType::text)
        return fail(usage_error(spell(param) + " is empty", "give it a value or leave it out"));
      return ArgValue(std::move(text));
  }
}

}  // namespace

Error usage_error(std::string message, std::string remedy) {
  Error e;
  e.code = ErrorCode::invalid_argument;
  e.error_class = ErrorClass::config;
  e.message = std::move(message);
  e.tag = usage_tag;
  e.remedy = std::move(remedy);
  return e;
}

Result<Args> parse_args(const Operation& operation, RawArgs raw) {
  Args args;
  args.reserve(raw.size() + 1);
  for (const auto& [name, values] : raw) {
    const auto known = [&wanted = name](const Param& p) { return p.name == wanted; };
    if (std::none_of(operation.params.begin(), operation.params.end(), known)) {
      std::vector<std::string> names;
      for (const auto& p : operation.params) names.emplace_back(p.name);
      return fail(
          usage_error("unknown parameter \"" + name + "\"" + did_you_mean(name, names), "leave it out or correct it"));
    }
  }
  for (const auto& param : operation.params) {
    const auto it = raw.find(param.name);
    if (it == raw.end() || (it->second.empty() && param.type != ParamType::flag)) {
      if (param.required) return fail(usage_error(spell(param) + " is missing", "see {help:" + operation.name() + "}"));
      continue;
    }
    if (param.type == ParamType::flag) {
      args.set(param.name, true);
      continue;
    }
    TENTO_TRY_ASSIGN(auto value, convert(param, it->second));
    args.set(param.name, std::move(value));
  }
  return args;
}

}  // namespace tento::host
