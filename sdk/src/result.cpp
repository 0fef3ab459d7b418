// SPDX-License-Identifier: Apache-2.0
// Errors across the ABI: fixed-size texts, cut and cleaned.
#include <tento/sdk/result.hpp>

#include <algorithm>
#include <cstring>

namespace tento {
namespace {

// Bytes of the character (UTF-8, RFC 3629) that begins at `at`; 0 when there is none.
std::size_t character(std::string_view text, std::size_t at) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xc2 && lead <= 0xdf   ? 2
                           : lead >= 0xe0 && lead <= 0xef ? 3
                           : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                          : 0;
  if (size == 0 || text.size() - at < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool beyond = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : size;
}

template <std::size_t N>
void write_text(char (&out)[N], std::string_view text) noexcept {
  text = text.substr(0, text.find('\0'));
  std::size_t size = std::min(text.size(), N - 1);
  if (size < text.size()) {
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  }
  text.copy(out, size);
  std::memset(out + size, 0, N - size);
}

template <std::size_t N>
std::string read_text(const char (&text)[N]) {
  const std::string_view whole(text, strnlen(text, N));
  std::string out;
  for (std::size_t at = 0; at < whole.size();) {
    const std::size_t size = character(whole, at);
    // A text that fills its array may have been cut in the middle of its last character.
    if (size == 0 && whole.size() >= N - 1 && N - at < 5) break;
    if (size == 0) {
      out += '?';
    } else {
      out.append(whole.substr(at, size));
    }
    at += std::max<std::size_t>(size, 1);
  }
  return out;
}

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
  out.message = read_text(abi.message);
  out.tag = read_text(abi.tag);
  if (!is_tag(out.tag)) out.tag.clear();
  out.action = read_text(abi.action);
  return out;
}

void Error::to_abi(tento_error& out) const noexcept {
  out.code = static_cast<tento_error_code>(code);
  out.error_class = static_cast<tento_error_class>(error_class);
  out.retry_after_ms = retry_after_ms;
  out.http_status = http_status;
  out.reserved = 0;
  write_text(out.tag, is_tag(tag) ? std::string_view(tag) : std::string_view());
  write_text(out.message, message);
  write_text(out.action, action);
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
