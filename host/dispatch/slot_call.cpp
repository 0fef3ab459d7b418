// SPDX-License-Identifier: Apache-2.0
// What came out of a slot, in the host's words.
#include "host/dispatch/slot_call.hpp"

#include <simdjson.h>

#include <algorithm>
#include <exception>

#include "host/base/log.hpp"
#include "host/base/text.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t longest_retry_ms = std::int64_t{31} * 24 * 3600 * 1000;  // milliseconds

}  // namespace

Error exception_error(const ProviderPort& port, std::string_view slot) {
  std::string what = "of a type that tells nothing";
  try {
    throw;
  } catch (const std::exception& e) {
    what = plain(e.what());
  } catch (...) {
  }
  Error error;
  error.code = ErrorCode::exception;
  error.error_class = ErrorClass::internal;
  error.message = port.id() + " threw an exception through its slot " + std::string(slot) + ": " + what;
  error.tag = "exception";
  port.log(LogLevel::error, "threw an exception through its slot " + std::string(slot) + ": " + what);
  return error;
}

Result<void> slot_result(const ProviderPort& port, std::string_view slot, tento_status status, const tento_error& err) {
  if (status != TENTO_FAILED && status != TENTO_STOPPED) {
    port.log(LogLevel::error,
             "answered the unknown status " + std::to_string(status) + " from its slot " + std::string(slot));
    return fail(
        ErrorCode::unspecified, ErrorClass::internal,
        port.id() + " answered the unknown status " + std::to_string(status) + " from its slot " + std::string(slot),
        "unknown_status");
  }
  auto result = to_result(status, err);
  if (result || result.error().stopped) return result;
  Error& error = result.error();
  error.message = plain(error.message);
  error.remedy = plain(error.remedy);
  if (error.message.empty()) {
    error.message = port.id() + " failed in its slot " + std::string(slot) + " and gave no reason";
  }
  error.retry_after_ms = std::min(error.retry_after_ms, longest_retry_ms);
  if (error.http_status < 100 || error.http_status > 999) error.http_status = 0;
  return result;
}

TextCatcher::TextCatcher(std::size_t most) : most_(most), sink_{sizeof sink_, 0, this, &put} {}

tento_status TextCatcher::put(const tento_text_sink* sink, tento_str text) noexcept {
  try {
    auto& self = *static_cast<TextCatcher*>(sink->self);
    const auto refuse = [&self](std::string why) -> tento_status {
      if (self.refused_.empty()) self.refused_ = std::move(why);
      return TENTO_FAILED;
    };
    if (self.called_) return refuse("more than one text");
    if (text.data == nullptr && text.size != 0) return refuse("a text that is null and has a size");
    if (text.size > self.most_)
      return refuse("a text of " + std::to_string(text.size) + " bytes; at most " + std::to_string(self.most_) +
                    " are taken");
    if (!simdjson::validate_utf8(text.data == nullptr ? "" : text.data, static_cast<std::size_t>(text.size)))
      return refuse("a text that is not UTF-8");
    self.text_ = view(text);
    self.called_ = true;
    return TENTO_OK;
  } catch (...) {
    return TENTO_FAILED;
  }
}

Result<void> TextCatcher::check(const ProviderPort& port, std::string_view slot) const {
  if (refused_.empty()) return {};
  const std::string what = port.id() + " gave in its slot " + std::string(slot) + " " + refused_;
  port.log(LogLevel::error, what);
  return fail(ErrorCode::invalid_data, ErrorClass::internal, what, "invalid_text");
}

}  // namespace tento::host
