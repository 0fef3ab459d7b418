// SPDX-License-Identifier: Apache-2.0
// Calling a slot, whatever it does: exceptions, unknown statuses and garbage in the error become one typed error.
#pragma once

#include <tento/base.h>

#include <cxxabi.h>

#include <functional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/capability/provider_port.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {

// The error of an exception that came out of a slot, and its log line. Call it inside the handler.
[[nodiscard]] Error exception_error(const ProviderPort& port, std::string_view slot);
// What a slot answered, cleaned: one line of text, a retry within reason, a status of HTTP.
[[nodiscard]] Result<void> slot_result(const ProviderPort& port, std::string_view slot, tento_status status,
                                       const tento_error& err);

// Calls `slot` with `args` and a place for its error at the end.
template <class Slot, class... Args>
Result<void> call_slot(const ProviderPort& port, std::string_view name, Slot slot, Args... args) {
  // Left uninitialised but for what an unfilled error is read by: clearing it all costs more than the call.
  tento_error err;
  err.code = TENTO_E_UNSPECIFIED;
  err.error_class = TENTO_CLASS_INTERNAL;
  err.retry_after_ms = -1;
  err.http_status = 0;
  err.tag[0] = err.message[0] = err.remedy[0] = '\0';
  tento_status status = TENTO_FAILED;
  try {
    status = may_throw(slot)(args..., &err);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    return fail(exception_error(port, name));
  }
  if (status != TENTO_OK) return slot_result(port, name, status, err);
  // A copy, since making one clears the room of the error as well.
  static const Result<void> done;
  return done;
}

// Receives at most one text of at most `most` bytes. Not copied, not moved: the ABI's sink points here.
class TextCatcher {
 public:
  explicit TextCatcher(std::size_t most);
  TextCatcher(const TextCatcher&) = delete;
  TextCatcher& operator=(const TextCatcher&) = delete;
  [[nodiscard]] const tento_text_sink* sink() const { return &sink_; }
  [[nodiscard]] bool called() const { return called_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  // Fails when a text was refused, whatever the slot said then: without it another would be taken for what it meant.
  [[nodiscard]] Result<void> check(const ProviderPort& port, std::string_view slot) const;

 private:
  static tento_status put(const tento_text_sink* sink, tento_str text) noexcept;
  std::size_t most_;
  std::string text_;
  bool called_ = false;
  std::string refused_;  // why
  tento_text_sink sink_;
};

}  // namespace tento::host
