// SPDX-License-Identifier: Apache-2.0
// Buffered output to a descriptor.
#include "host/cli/text_out.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tento::cli {

namespace {
constexpr std::size_t flush_at = 64 * 1024;
}

bool TextOut::write(std::string_view text) {
  if (error_ != 0) return false;
  buffer_ += text;
  return buffer_.size() < flush_at || flush();
}

bool TextOut::flush() {
  std::string_view rest = buffer_;
  while (error_ == 0 && !rest.empty()) {
    const auto n = ::write(descriptor_, rest.data(), rest.size());
    if (n >= 0)
      rest.remove_prefix(static_cast<std::size_t>(n));
    else if (errno != EINTR)
      error_ = errno;
  }
  buffer_.clear();
  return error_ == 0;
}

bool TextOut::closed() const {
  return error_ == EPIPE;
}

Result<void> TextOut::result() const {
  if (error_ == 0 || closed()) return {};
  return fail(ErrorCode::io, ErrorClass::config,
              "the result cannot be written: " + std::generic_category().message(error_));
}

}  // namespace tento::cli
