// SPDX-License-Identifier: Apache-2.0
// Members by name and type.
#include "members.hpp"

#include <cmath>

namespace whoop {
namespace {

namespace dom = simdjson::dom;
using simdjson::SUCCESS;
using tento::Result;

constexpr std::string_view odd_record_tag = "whoop_odd_record";
// Nobody sleeps or walks for longer, and sums of a few of them still are numbers.
constexpr std::int64_t longest_ms = std::int64_t{1000} * 366 * 86'400 * 1000;

}  // namespace

tl::unexpected<tento::Error> odd(std::string why) {
  return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider, std::move(why),
                     std::string(odd_record_tag));
}

bool is_odd(const tento::Error& error) noexcept {
  return error.tag == odd_record_tag;
}

tl::unexpected<tento::Error> bad_answer(std::string_view where, std::string_view why) {
  return tento::fail(tento::ErrorCode::invalid_data, tento::ErrorClass::provider,
                     std::string(where) + ": " + std::string(why), "whoop_bad_answer");
}

std::string shown(std::string_view text) {
  return "`" + std::string(text.substr(0, 40)) + "`";
}

std::optional<dom::element> Members::find(const char* name) const {
  dom::element out;
  if (object_[name].get(out) != SUCCESS || out.is_null()) return std::nullopt;
  return out;
}

tl::unexpected<tento::Error> Members::wrong(const char* name, std::string_view what) const {
  return odd("`" + within_ + name + "` " + std::string(what));
}

Result<std::string_view> Members::text(const char* name) const {
  TENTO_TRY_ASSIGN(const std::string_view out, text_if(name));
  if (out.empty()) return wrong(name, find(name) ? "is empty" : "is missing");
  return out;
}

Result<std::string_view> Members::text_if(const char* name) const {
  const auto found = find(name);
  if (!found) return std::string_view();
  std::string_view out;
  if (found->get(out) != SUCCESS) return wrong(name, "is not text");
  return out;
}

Result<std::int64_t> Members::id(const char* name) const {
  const auto found = find(name);
  if (!found) return wrong(name, "is missing");
  std::int64_t out = 0;
  if (found->get(out) != SUCCESS) return wrong(name, "is not a whole number");
  if (out < 0) return wrong(name, "is negative");
  return out;
}

Result<std::optional<tento::Instant>> Members::time_if(const char* name) const {
  TENTO_TRY_ASSIGN(const std::string_view text, text_if(name));
  if (text.empty()) return std::optional<tento::Instant>();
  const auto time = tento::SemanticTime::parse(text);
  if (!time || !time->is_instant()) return wrong(name, "holds " + shown(text) + ", which is not a time");
  return time->instant();
}

Result<tento::Instant> Members::time(const char* name) const {
  TENTO_TRY_ASSIGN(const auto found, time_if(name));
  if (!found) return wrong(name, "is missing");
  return *found;
}

Result<int> Members::offset(const char* name) const {
  TENTO_TRY_ASSIGN(const std::string_view text, this->text(name));
  if (text == "Z") return 0;
  const bool led_by_sign = text.size() == 6 && (text[0] == '+' || text[0] == '-');
  const auto time = tento::SemanticTime::parse("2000-01-01T00:00:00" + std::string(text));
  if (!led_by_sign || !time || !time->is_instant()) {
    return wrong(name, "holds " + shown(text) + ", which is not an offset from UTC");
  }
  return time->offset_minutes().value_or(0);  // -00:00 says none
}

Result<bool> Members::flag(const char* name) const {
  std::optional<bool> out;
  TENTO_TRY(read(name, out));
  if (!out) return wrong(name, "is missing");
  return *out;
}

Result<void> Members::read(const char* name, std::optional<double>& out) const {
  const auto found = find(name);
  if (!found) return {};
  double value = 0;
  if (found->get(value) != SUCCESS || !std::isfinite(value)) return wrong(name, "is not a number");
  out = value;
  return {};
}

Result<void> Members::read(const char* name, std::optional<bool>& out) const {
  const auto found = find(name);
  if (!found) return {};
  bool value = false;
  if (found->get(value) != SUCCESS) return wrong(name, "is neither true nor false");
  out = value;
  return {};
}

Result<void> Members::read(const char* name, std::optional<std::int64_t>& out) const {
  TENTO_TRY(read_signed(name, out));
  if (out && *out < 0) return wrong(name, "is negative");
  return {};
}

Result<void> Members::read_signed(const char* name, std::optional<std::int64_t>& out) const {
  const auto found = find(name);
  if (!found) return {};
  std::int64_t value = 0;
  double real = 0;
  if (found->get(real) == SUCCESS && std::abs(real) > static_cast<double>(longest_ms)) {
    return wrong(name, "is beyond all measure");
  }
  if (found->get(value) != SUCCESS) {  // 30.0 is as good as 30
    value = static_cast<std::int64_t>(real);
    if (!found->is_double() || static_cast<double>(value) != real) return wrong(name, "is not a whole number");
  }
  out = value;
  return {};
}

Result<std::optional<Members>> Members::object_if(const char* name) const {
  const auto found = find(name);
  if (!found) return std::optional<Members>();
  if (!found->is_object()) return wrong(name, "is not an object");
  return std::optional<Members>(Members(*found, within_ + name + "."));
}

}  // namespace whoop
