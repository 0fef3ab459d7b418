// SPDX-License-Identifier: Apache-2.0
// Answers as text, the same for every face: JSON, JSON Lines, CSV, iCalendar. Each is written as it is read, in bounded
// memory. A sink that wants no more ends it without an error. An error before the first piece leaves nothing written.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "host/formats/answer_writer.hpp"
#include "host/operations/operation.hpp"
#include "host/operations/output.hpp"

namespace tento::host {

// JSON (RFC 8259): one record as its object; records as an array, or with a list name as `{"<name>":[…], …extras}`.
// JSON that was stored is copied, never parsed.
[[nodiscard]] std::unique_ptr<AnswerWriter> json_writer(const Output& output, std::string_view list_name, Sink sink);
// The document HTTP answers: the same with the list named as its shape says, and with a member `problem` (as
// problem_json gives it) where something is wrong although the result is here.
[[nodiscard]] std::unique_ptr<AnswerWriter> json_document_writer(const Output& output, const Shape& shape, Sink sink);
// One record a line.
[[nodiscard]] std::unique_ptr<AnswerWriter> jsonl_writer(const Output& output, Sink sink);
struct CsvOptions {
  // A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers.
  bool safe = false;
};
// RFC 4180 with a header line; a column with parts is replaced by them.
[[nodiscard]] std::unique_ptr<AnswerWriter> csv_writer(const Output& output, const CsvOptions& options, Sink sink);
// RFC 5545: an entry for each dated cell; data of the encoding event.v1 is shown with its status, whether it takes
// time, its place and so on, under the event's own UID and in its own zone. Only for an output with `calendar`; else it
// fails (unsupported).
[[nodiscard]] std::unique_ptr<AnswerWriter> calendar_writer(const Output& output, Sink sink);

// The same, written to their end.
inline Result<void> write_json(const Output& output, std::string_view list_name, Sink sink) {
  return json_writer(output, list_name, std::move(sink))->write_all();
}
inline Result<void> write_json_document(const Output& output, const Shape& shape, Sink sink) {
  return json_document_writer(output, shape, std::move(sink))->write_all();
}
inline Result<void> write_jsonl(const Output& output, Sink sink) {
  return jsonl_writer(output, std::move(sink))->write_all();
}
inline Result<void> write_csv(const Output& output, const CsvOptions& options, Sink sink) {
  return csv_writer(output, options, std::move(sink))->write_all();
}
inline Result<void> write_csv(const Output& output, Sink sink) {
  return write_csv(output, {}, std::move(sink));
}
inline Result<void> write_calendar(const Output& output, Sink sink) {
  return calendar_writer(output, std::move(sink))->write_all();
}

}  // namespace tento::host
