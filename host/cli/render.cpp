// SPDX-License-Identifier: Apache-2.0
// Chooses the renderer, and writes texts that are results of their own.
#include "host/cli/render.hpp"

#include <algorithm>
#include <string>

#include "host/base/text.hpp"
#include "host/formats/formats.hpp"

namespace tento::cli {

std::optional<Format> parse_format(std::string_view text) {
  if (text == "table") return Format::table;
  if (text == "json") return Format::json;
  if (text == "jsonl") return Format::jsonl;
  if (text == "csv") return Format::csv;
  if (text == "ics") return Format::ics;
  return std::nullopt;
}

namespace {

// What services said stands in these texts. JSON can say a control in letters, and a program that reads it gets the
// same; the other forms are for reading here.
std::string harmless_on_terminal(std::string_view text, bool json) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto control = host::control_at_front(text);
    if (control == 0 || text.front() == '\n' || text.front() == '\t' || text.front() == '\r')
      out += text.front();
    else
      out += json ? host::control_in_letters(text.substr(0, control)) : "?";
    text.remove_prefix(std::max<std::size_t>(control, 1));
  }
  return out;
}

}  // namespace

Result<void> render(const host::Output& output, TextOut& out, const RenderOptions& options) {
  Result<void> done;
  const bool terminal = options.width > 0;
  const bool json = output.text || options.format == Format::json || options.format == Format::jsonl;
  const host::Sink sink = [&](std::string_view text) {
    return terminal ? out.write(harmless_on_terminal(text, json)) : out.write(text);
  };
  if (output.text)
    done = output.text(sink);
  else if (options.format == Format::json)
    done = host::write_json(output, output.list_name, sink);
  else if (options.format == Format::jsonl)
    done = host::write_jsonl(output, sink);
  else if (options.format == Format::csv)
    done = host::write_csv(output, {.safe = options.csv_safe}, sink);
  else if (options.format == Format::ics)
    done = host::write_calendar(output, sink);
  else
    done = render_table(output, out, options);
  out.flush();
  if (out.closed()) return {};
  TENTO_TRY(out.result());
  return done;
}

}  // namespace tento::cli
