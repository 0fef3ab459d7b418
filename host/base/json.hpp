// SPDX-License-Identifier: Apache-2.0
// JSON written into a text, value by value and without a tree (RFC 8259).
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tento::host {

// Appends `"…"` with what RFC 8259 wants escaped.
void append_json_string(std::string& out, std::string_view text);

// Appends to a text that outlives it. It puts the commas; that what begins also ends is up to the caller.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  // The name of the member whose value is written next.
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) JsonWriter& number(Number value) { return raw(std::to_string(value)); }
  // What is JSON already.
  JsonWriter& raw(std::string_view json) {
    value() += json;
    return *this;
  }
  // The text that the next value is to be appended to by the caller itself.
  std::string& value() {
    separate();
    return out_;
  }

  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, const char* value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, bool value) { return key(name).boolean(value); }
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) JsonWriter& member(std::string_view name, Number value) {
    return key(name).number(value);
  }
  // Null where the text is empty.
  JsonWriter& member_or_null(std::string_view name, std::string_view value) {
    key(name);
    return value.empty() ? null() : text(value);
  }

 private:
  JsonWriter& open(char bracket) {
    value() += bracket;
    first_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
  }
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }

  std::string& out_;
  bool first_ = true;  // nothing is before the next value: a bracket or a name was written last
};

}  // namespace tento::host
