// SPDX-License-Identifier: Apache-2.0
/// @file settings.hpp
/// Reads an account's settings by name and type. Apart from the core headers because it needs simdjson, which a
/// provider that includes it links (`pkg-config --libs simdjson`).
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "context.hpp"
#include "result.hpp"

namespace tento {

/// The settings of an account, parsed once: `TENTO_TRY_ASSIGN(Settings settings, Settings::of(ctx));`.
/// Each getter gives nothing for a setting that is absent or null, and an error for one of another type.
class Settings {
 public:
  /// Parses the settings of the call's account.
  [[nodiscard]] static Result<Settings> of(const CallCtx& ctx) { return parse(ctx.settings_json()); }
  /// Parses a JSON object.
  [[nodiscard]] static Result<Settings> parse(std::string_view json) {
    Settings out;
    simdjson::dom::element document;
    if (out.parser_->parse(json.data(), json.size()).get(document) != simdjson::SUCCESS ||
        document.get_object().get(out.object_) != simdjson::SUCCESS) {
      return fail(ErrorCode::invalid_data, ErrorClass::config, "the account's settings are no JSON object");
    }
    return out;
  }
  /// A text.
  [[nodiscard]] Result<std::optional<std::string>> string(std::string_view name) const {
    TENTO_TRY_ASSIGN(const auto found, get<std::string_view>(name, "a text"));
    if (!found) return std::optional<std::string>();
    return std::optional<std::string>(std::string(*found));
  }
  /// A text that has to be there.
  [[nodiscard]] Result<std::string> required_string(std::string_view name) const {
    TENTO_TRY_ASSIGN(std::optional<std::string> found, string(name));
    if (!found || found->empty()) {
      return fail(ErrorCode::invalid_argument, ErrorClass::config,
                  "the setting '" + std::string(name) + "' is missing; set it on the account");
    }
    return std::move(*found);
  }
  /// A whole number.
  [[nodiscard]] Result<std::optional<std::int64_t>> integer(std::string_view name) const {
    return get<std::int64_t>(name, "a whole number");
  }
  /// Any number.
  [[nodiscard]] Result<std::optional<double>> number(std::string_view name) const {
    return get<double>(name, "a number");
  }
  /// True or false.
  [[nodiscard]] Result<std::optional<bool>> boolean(std::string_view name) const {
    return get<bool>(name, "true or false");
  }
  /// A list of texts; empty when absent.
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view name) const {
    std::vector<std::string> out;
    TENTO_TRY_ASSIGN(const auto found, get<simdjson::dom::array>(name, "a list of texts"));
    if (!found) return out;
    for (const simdjson::dom::element item : *found) {
      std::string_view text;
      if (item.get(text) != simdjson::SUCCESS) return wrong(name, "a list of texts");
      out.emplace_back(text);
    }
    return out;
  }

 private:
  static tl::unexpected<Error> wrong(std::string_view name, std::string_view wanted) {
    return fail(
        ErrorCode::invalid_data, ErrorClass::config,
        "the setting '" + std::string(name) + "' is not " + std::string(wanted) + "; correct it on the account");
  }
  template <class T>
  [[nodiscard]] Result<std::optional<T>> get(std::string_view name, std::string_view wanted) const {
    simdjson::dom::element element;
    if (object_.at_key(name).get(element) != simdjson::SUCCESS || element.is_null()) return std::optional<T>();
    T out;
    if (element.get(out) != simdjson::SUCCESS) return wrong(name, wanted);
    return std::optional<T>(std::move(out));
  }

  // Apart, since the object points into it: settings may be moved.
  std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
  simdjson::dom::object object_;
};

}  // namespace tento
