// SPDX-License-Identifier: Apache-2.0
// Content codings (RFC 9110 section 8.4): bytes as received in, bytes as meant out, however they are cut.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <tento/sdk/result.hpp>

namespace tento::http::inner {

/// Turns the received bytes of a body into what the reader gets.
class Decoder {
 public:
  virtual ~Decoder() = default;
  /// What one step took and gave.
  struct Step {
    std::size_t taken = 0;
    std::size_t given = 0;
  };
  /// Takes of `in` and gives into `out` as much as it can.
  virtual Result<Step> decode(std::span<const char> in, std::span<char> out) = 0;
  /// Whether what was taken is whole: the received body may end here.
  [[nodiscard]] virtual bool whole() const = 0;
};

/// gzip (RFC 1952, members one after another) and deflate in its zlib wrapping (RFC 1950). Errors say what is wrong
/// without naming where the body came from; the tag is `bad_encoding`.
Result<std::unique_ptr<Decoder>> make_inflater();

}  // namespace tento::http::inner
