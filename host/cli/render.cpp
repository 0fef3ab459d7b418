// SPDX-License-Identifier: Apache-2.0
// Chooses the renderer, and writes texts that are results of their own.
#include "host/cli/render.hpp"

namespace tento::cli {

std::optional<Format> parse_format(std::string_view text) {
  if (text == "table") return Format::table;
  if (text == "json") return Format::json;
  if (text == "jsonl") return Format::jsonl;
  if (text == "csv") return Format::csv;
  return std::nullopt;
}

Result<void> render(const host::Output& output, TextOut& out, const RenderOptions& options) {
  Result<void> done;
  if (output.text)
    done = output.text([&](std::string_view text) { return out.write(text); });
  else if (options.format == Format::json || options.format == Format::jsonl)
    done = render_json(output, out, options.format == Format::jsonl);
  else if (options.format == Format::csv)
    done = render_csv(output, out);
  else
    done = render_table(output, out, options);
  out.flush();
  if (out.closed()) return {};
  TENTO_TRY(out.result());
  return done;
}

}  // namespace tento::cli
