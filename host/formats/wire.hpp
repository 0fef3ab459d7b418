// SPDX-License-Identifier: Apache-2.0
// An Output as it travels from a running host to the command line, so that every format of the command line works the
// same there. JSON lines: any number of {"progress":…}, then {"output":…} (the columns and all that is known before the
// records), each record as an array, and {"end":…}. {"error":…} may stand in the place of any of them and ends it. What
// breaks off without an end or an error was cut.
#pragma once

#include <cstddef>
#include <functional>

#include "host/formats/sink.hpp"
#include "host/operations/output.hpp"
#include "host/operations/progress.hpp"

namespace tento::host {

// The header, the records, the end; an error of the stream or of the extras becomes the last line, so this fails never.
// A sink that wants no more ends it.
void encode_output(const Output& output, const Sink& sink);
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
