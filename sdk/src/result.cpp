// SPDX-License-Identifier: Apache-2.0
// Errors across the ABI.
#include <tento/sdk/result.hpp>

#include <algorithm>
#include <tento/sdk/fixed_text.hpp>

namespace tento {
namespace {

bool is_tag(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

Error Error::from_abi(const tento_error& abi) {
  Error out;
  if (abi.code <= TENTO_E_EXCEPTION) out.code = static_cast<ErrorCode>(abi.code);
  if (abi.error_class <= TENTO_CLASS_PROVIDER) out.error_class = static_cast<ErrorClass>(abi.error_class);
  out.retry_after_ms = std::max<std::int64_t>(abi.retry_after_ms, -1);
  out.http_status = abi.http_status;
  out.message = read_fixed(abi.message);
  out.tag = read_fixed(abi.tag);
  if (!is_tag(out.tag)) out.tag.clear();
  out.remedy = read_fixed(abi.remedy);
  return out;
}

void Error::to_abi(tento_error& out) const noexcept {
  out.code = static_cast<tento_error_code>(code);
  out.error_class = static_cast<tento_error_class>(error_class);
  out.retry_after_ms = retry_after_ms;
  out.http_status = http_status;
  out.reserved = 0;
  write_fixed(out.tag, is_tag(tag) ? std::string_view(tag) : std::string_view());
  write_fixed(out.message, message);
  write_fixed(out.remedy, remedy);
  out.ext = 0;
}

Result<void> to_result(tento_status status, const tento_error& err) {
  switch (status) {
    case TENTO_OK:
      return {};
    case TENTO_FAILED:
      return fail(Error::from_abi(err));
    case TENTO_STOPPED:
      return stopped();
    default:
      return fail(ErrorCode::unspecified, ErrorClass::internal,
                  "a slot answered the unknown status " + std::to_string(status));
  }
}

tento_status to_status(const Error& error, tento_error* err) noexcept {
  if (error.stopped) return TENTO_STOPPED;
  if (err != nullptr) error.to_abi(*err);
  return TENTO_FAILED;
}

}  // namespace tento
