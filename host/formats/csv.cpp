// SPDX-License-Identifier: Apache-2.0
// Results as CSV (RFC 4180): a header, CRLF, quotes where they are needed.
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

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

bool is_number(std::string_view text) {
  double ignored = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [at, bad] = std::from_chars(text.data(), text.data() + text.size(), ignored);
  return bad == std::errc() && at == text.data() + text.size();
}

// Whether a spreadsheet calculates it. The wide forms of the four signs are read as them in some languages.
bool is_formula(std::string_view text) {
  if (text.empty()) return false;
  for (const std::string_view wide : {"\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"})
    if (text.starts_with(wide)) return true;
  return std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos && !is_number(text);
}

bool write_line(Pieces& out, std::string& line, const std::vector<std::string>& texts, bool safe) {
  line.clear();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) line += ',';
    if (safe && is_formula(texts[i]))
      append_field(line, "'" + texts[i]);
    else
      append_field(line, texts[i]);
  }
  // A line with one empty field would read as no line.
  if (line.empty()) line = "\"\"";
  line += "\r\n";
  return out.write(line);
}

class CsvWriter final : public AnswerWriter {
 public:
  CsvWriter(const Output& output, const CsvOptions& options, Sink sink)
      : AnswerWriter(output, std::move(sink)), safe_(options.safe) {}

 private:
  void begin(Pieces& out) override { write_line(out, line_, flat_titles(output(), false), safe_); }
  bool record(Pieces& out, std::span<const FieldView> record) override {
    if (!flatten_) flatten_.emplace(output(), false);
    return write_line(out, line_, (*flatten_)(record), safe_);
  }
  void release() override {
    flatten_.reset();
    std::string().swap(line_);
  }

  const bool safe_;
  std::optional<Flattener> flatten_;
  std::string line_;
};

}  // namespace

std::unique_ptr<AnswerWriter> csv_writer(const Output& output, const CsvOptions& options, Sink sink) {
  return std::make_unique<CsvWriter>(output, options, std::move(sink));
}

}  // namespace tento::host
