// SPDX-License-Identifier: Apache-2.0
// The writer of one answer: it writes part after part as the output has them, so that whoever sends the answer can rest
// in between. The formats say what stands before the records, what each of them is, and what stands behind them.
#pragma once

#include <span>
#include <utility>

#include <tento/sdk/result.hpp>

#include "host/formats/sink.hpp"
#include "host/operations/output.hpp"

namespace tento::host {

class AnswerWriter {
 public:
  virtual ~AnswerWriter() = default;
  AnswerWriter(const AnswerWriter&) = delete;
  AnswerWriter& operator=(const AnswerWriter&) = delete;

  // Writes the next part, which of an output that does not come in parts is all of it. False: that was the last, or the
  // reader has gone.
  Result<bool> next() {
    if (!std::exchange(begun_, true)) begin(out_);
    const auto more = part(out_);
    if (more && *more && out_.flush()) {
      out_.release();
      release();
      return true;
    }
    TENTO_TRY(end(out_, more ? Result<void>() : tl::unexpected(more.error())));
    return false;
  }
  Result<void> write_all() {
    for (;;) {
      TENTO_TRY_ASSIGN(const bool more, next());
      if (!more) return {};
    }
  }

 protected:
  // The output outlives it.
  AnswerWriter(const Output& output, Sink sink) : output_(output), out_(std::move(sink)) {}

  [[nodiscard]] const Output& output() const { return output_; }
  virtual void begin(Pieces&) {}
  // False: the reader has gone.
  virtual bool record(Pieces& out, std::span<const FieldView> record) = 0;
  virtual Result<bool> part(Pieces& out) {
    return visit_part(output_, [&](std::span<const FieldView> each) { return record(out, each); });
  }
  // Between two parts: gives back what is not needed to go on.
  virtual void release() {}
  // `read`: whether the records came to their end.
  virtual Result<void> end(Pieces& out, Result<void> read) { return out.finish(std::move(read)); }

 private:
  const Output& output_;
  Pieces out_;
  bool begun_ = false;
};

}  // namespace tento::host
