// SPDX-License-Identifier: Apache-2.0
// Answers out of a stream of bytes: heads, bodies by length, in chunks or until the end. Plain types; the parser is
// Beast's and lives in answer.cpp alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tento/sdk/transport.hpp>

#include "deadline.hpp"
#include "decode.hpp"
#include "wire.hpp"

namespace tento::http::inner {

/// The head of an answer.
struct AnswerHead {
  std::uint32_t status = 0;
  Headers headers;
  std::optional<std::uint64_t> content_length;  ///< of the Content-Length line, whether or not a body follows
  bool has_body = false;                        ///< not everything is there with the head
};

/// Reads one answer after the other from one connection. Its buffer is kept from one to the next.
class AnswerReader {
 public:
  AnswerReader();
  ~AnswerReader();
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  /// Reads a whole head of at most `max_head` bytes, passing over interim ones (1xx). `bodiless`: the answer of HEAD or
  /// CONNECT, which no body follows.
  Result<AnswerHead> read_head(Source& source, bool bodiless, std::size_t max_head, const Deadline& deadline,
                               const Step& step);
  /// Whether a byte of the answer came.
  [[nodiscard]] bool got_some() const noexcept;
  /// Reads some of the body through `decoder` (null = as it is). At least one byte unless it is the end. `raw` grows by
  /// the bytes received.
  Result<Body::Chunk> read_body(Source& source, std::span<char> out, Decoder* decoder, std::uint64_t& raw,
                                const Deadline& deadline, const Step& step);
  /// Whether the answer was read to its end and another may follow on the same connection.
  [[nodiscard]] bool reusable() const noexcept;
  /// Leaves nothing of the answers read so far in the buffer, which is empty.
  void wipe_rest() noexcept;
  /// Bytes that are there already and belong to nothing yet: behind the head of a CONNECT they are the tunnel's.
  [[nodiscard]] bool has_rest() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::http::inner
