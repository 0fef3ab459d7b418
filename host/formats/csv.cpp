// SPDX-License-Identifier: Apache-2.0
// Results as CSV (RFC 4180): a header, CRLF, quotes where they are needed.
#include "host/formats/flatten.hpp"
#include "host/formats/formats.hpp"

namespace tento::host {
namespace {

void append_field(std::string& line, std::string_view text) {
  const bool quote = text.find_first_of(",\"\r\n") != std::string_view::npos ||
                     (!text.empty() && (text.front() == ' ' || text.back() == ' '));
  if (!quote) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

bool write_line(Pieces& out, std::string& line, const std::vector<std::string>& texts) {
  line.clear();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) line += ',';
    append_field(line, texts[i]);
  }
  // A line with one empty field would read as no line.
  if (line.empty()) line = "\"\"";
  line += "\r\n";
  return out.write(line);
}

}  // namespace

Result<void> write_csv(const Output& output, const Sink& sink) {
  Pieces out(sink);
  std::string line;
  write_line(out, line, flat_titles(output, false));
  Flattener flatten(output, false);
  return out.finish(for_each_record(
      output, [&](std::span<const FieldView> record) { return write_line(out, line, flatten(record)); }));
}

}  // namespace tento::host
