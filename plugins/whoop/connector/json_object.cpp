// SPDX-License-Identifier: Apache-2.0
// Members as text.
#include "json_object.hpp"

#include <boost/json.hpp>
#include <charconv>

namespace whoop::rows {

void JsonObject::put(std::string_view name, std::string_view json) {
  text_ += text_.empty() ? "{\"" : ",\"";
  text_.append(name).append("\":").append(json);
}

void JsonObject::add_text(std::string_view name, std::string_view text) {
  put(name, boost::json::serialize(boost::json::string_view(text.data(), text.size())));
}

void JsonObject::add(std::string_view name, std::optional<bool> value) {
  if (value) put(name, *value ? "true" : "false");
}

void JsonObject::add(std::string_view name, std::optional<std::int64_t> value) {
  if (value) put(name, std::to_string(*value));
}

void JsonObject::add(std::string_view name, std::optional<double> value) {
  if (!value) return;
  char digits[32];
  const auto end =
      std::to_chars(std::begin(digits), std::end(digits), *value).ptr;  // the shortest: 24 characters at most
  put(name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
}

void JsonObject::add_seconds(std::string_view name, std::optional<std::int64_t> ms) {
  if (!ms) return;
  const std::uint64_t all = *ms < 0 ? 0 - static_cast<std::uint64_t>(*ms) : static_cast<std::uint64_t>(*ms);
  std::string out = *ms < 0 ? "-" : "";
  out += std::to_string(all / 1000);
  if (const auto rest = all % 1000; rest != 0) {
    std::string digits = std::to_string(1000 + rest).substr(1);
    digits.resize(digits.find_last_not_of('0') + 1);
    out.append(".").append(digits);
  }
  put(name, out);
}

}  // namespace whoop::rows
