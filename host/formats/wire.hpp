// SPDX-License-Identifier: Apache-2.0
// An Output as it travels from a running host to the command line, so that every format of the command line works the
// same there. JSON lines: any number of {"progress":…}, then {"output":…} (the columns and all that is known before the
// records), each record as an array, and {"end":…}. {"error":…} may stand in the place of any of them and ends it. What
// breaks off without an end or an error was cut.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "host/formats/answer_writer.hpp"
#include "host/operations/output.hpp"
#include "host/operations/progress.hpp"

namespace tento::host {

// The header, the records, the end; an error of the records or of the extras becomes the last line, so it never fails.
// A sink that wants no more ends it.
[[nodiscard]] std::unique_ptr<AnswerWriter> wire_writer(const Output& output, Sink sink);
inline void encode_output(const Output& output, Sink sink) {
  static_cast<void>(wire_writer(output, std::move(sink))->write_all());
}
// The answer of a handler that failed.
void encode_error(const Error& error, const Sink& sink);
// One progress line, before the rest.
void encode_progress(const Progress& progress, const Sink& sink);

// Reads some bytes into the buffer, at least one; 0 = the end. Blocks.
using ByteSource = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;

// Reads up to the header, telling progress on the way; the rest is read by the output's `stream` (once), `text` and
// `extras`, in this order, so what the source needs must live as long as the output. The error of a handler comes back
// as it was.
[[nodiscard]] Result<Output> decode_output(ByteSource source, const std::function<void(const Progress&)>& progress);

}  // namespace tento::host
