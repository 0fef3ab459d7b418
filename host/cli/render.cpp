// SPDX-License-Identifier: Apache-2.0
// Chooses the renderer, and writes texts that are results of their own.
#include "host/cli/render.hpp"

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

Result<void> render(const host::Output& output, TextOut& out, const RenderOptions& options) {
  Result<void> done;
  const host::Sink sink = [&](std::string_view text) { return out.write(text); };
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
