// SPDX-License-Identifier: Apache-2.0
// Where the text of an answer goes: pieces of about 64 KiB, to a reader that may go away.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <tento/sdk/result.hpp>

namespace tento::host {

// Takes a piece of text, borrowed for the call. False = the reader is gone: nothing more is wanted.
using Sink = std::function<bool(std::string_view)>;

// Collects small texts into pieces.
class Pieces {
 public:
  explicit Pieces(Sink sink) : sink_(std::move(sink)) {}
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;

  bool write(std::string_view text) {
    if (!open_) return false;
    buffer_ += text;
    return buffer_.size() < piece_size || flush();
  }
  bool flush() {
    if (open_ && !buffer_.empty()) {
      sent_ = true;
      open_ = sink_(buffer_);
    }
    buffer_.clear();
    return open_;
  }
  // What was collected must have been flushed. Holds no memory until more is written. (An assignment would keep it.)
  void release() { std::string().swap(buffer_); }
  // Ends the answer. An error that came before the first piece leaves nothing written, so that a face can still answer
  // with the error alone; later, the reader gets what there was until then.
  Result<void> finish(Result<void> done) {
    if (done || sent_) flush();
    return done;
  }

 private:
  static constexpr std::size_t piece_size = std::size_t{64} * 1024;
  const Sink sink_;
  std::string buffer_;
  bool open_ = true;
  bool sent_ = false;
};

}  // namespace tento::host
