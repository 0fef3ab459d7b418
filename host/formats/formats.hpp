// SPDX-License-Identifier: Apache-2.0
// Answers as text, the same for every face: JSON, JSON Lines, CSV, iCalendar. Each is written as it is read, in bounded
// memory. A sink that wants no more ends it without an error. An error before the first piece leaves nothing written.
#pragma once

#include <string_view>

#include "host/formats/sink.hpp"
#include "host/operations/operation.hpp"
#include "host/operations/output.hpp"

namespace tento::host {

// JSON (RFC 8259): one record as its object; records as an array, or with a list name as `{"<name>":[…], …extras}`.
// JSON that was stored is copied, never parsed.
Result<void> write_json(const Output& output, std::string_view list_name, const Sink& sink);
// The document HTTP answers: the same with the list named as its shape says, and with a member `problem` (as
// problem_json gives it) where something is wrong although the result is here.
Result<void> write_json_document(const Output& output, const Shape& shape, const Sink& sink);
// One record a line.
Result<void> write_jsonl(const Output& output, const Sink& sink);
struct CsvOptions {
  // A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.
  bool safe = false;
};
// RFC 4180 with a header line; a column with parts is replaced by them.
Result<void> write_csv(const Output& output, const CsvOptions& options, const Sink& sink);
inline Result<void> write_csv(const Output& output, const Sink& sink) {
  return write_csv(output, {}, sink);
}
// RFC 5545: an entry for each dated cell; data of the encoding event.v1 is shown with its status, whether it takes
// time, its place and so on, under the event's own UID and in its own zone. Only for an output with `calendar`; else an
// error (unsupported).
Result<void> write_calendar(const Output& output, const Sink& sink);

}  // namespace tento::host
