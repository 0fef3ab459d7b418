// SPDX-License-Identifier: Apache-2.0
// Results as text on a terminal or in a pipe: a table for people, or a format that HTTP has, too.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/cli/text_out.hpp"
#include "host/operations/output.hpp"

namespace tento::cli {

enum class Format { table, json, jsonl, csv, ics };
[[nodiscard]] std::optional<Format> parse_format(std::string_view text);

struct RenderOptions {
  Format format = Format::table;
  bool color = false;
  std::size_t width = 0;  // columns of the terminal; 0 = no terminal: everything is shown, and nothing cut
  bool all = false;       // on a terminal, too: every column
  bool csv_safe = false;  // see CsvOptions
};

// Writes the result; a reader that went away ends it without an error.
[[nodiscard]] Result<void> render(const host::Output& output, TextOut& out, const RenderOptions& options);

Result<void> render_table(const host::Output& output, TextOut& out, const RenderOptions& options);

}  // namespace tento::cli
