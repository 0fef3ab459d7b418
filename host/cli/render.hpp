// SPDX-License-Identifier: Apache-2.0
// Results as text: a table for people, JSON, JSON lines, CSV. One renderer for every operation.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/cli/text_out.hpp"
#include "host/operations/output.hpp"

namespace tento::cli {

enum class Format { table, json, jsonl, csv };
[[nodiscard]] std::optional<Format> parse_format(std::string_view text);

struct RenderOptions {
  Format format = Format::table;
  bool color = false;
  std::size_t width = 0;  // columns of the terminal; 0 = do not cut
};

// Writes the result; a reader that went away ends it without an error.
[[nodiscard]] Result<void> render(const host::Output& output, TextOut& out, const RenderOptions& options);

// ---- the parts

Result<void> render_json(const host::Output& output, TextOut& out, bool lines);
Result<void> render_csv(const host::Output& output, TextOut& out);
Result<void> render_table(const host::Output& output, TextOut& out, const RenderOptions& options);

// The columns of flat formats: a column with parts is replaced by them.
[[nodiscard]] std::vector<std::string> flat_titles(const host::Output& output, bool for_people);

// Turns records into flat texts, taking the parts out of JSON columns.
class Flattener {
 public:
  Flattener(const host::Output& output, bool for_people);
  ~Flattener();
  Flattener(const Flattener&) = delete;
  Flattener& operator=(const Flattener&) = delete;
  // The texts live until the next call. Absent values are empty.
  const std::vector<std::string>& operator()(std::span<const host::FieldView> record);

 private:
  struct Parser;
  const host::Output& output_;
  bool for_people_;
  std::unique_ptr<Parser> parser_;
  std::vector<std::string> texts_;
};

}  // namespace tento::cli
