// SPDX-License-Identifier: Apache-2.0
// Errors as text.
#include "host/cli/exit.hpp"

#include "host/operations/problem.hpp"
#include "host/operations/wording.hpp"

namespace tento::cli {

std::string error_text(const Error& given, std::string_view what, bool json, const host::Operation* operation) {
  const auto error = in_words_of(host::Face::command_line, given, operation);
  if (json) return host::problem_json(error, what) + "\n";
  std::string out = "tento: ";
  if (!what.empty()) out += std::string(what) + ": ";
  out += error.message.empty() ? std::string(host::tag_or_code(error)) : error.message;
  out += '\n';
  if (error.retry_after_ms >= 0) out += "  retry after " + std::to_string((error.retry_after_ms + 999) / 1000) + " s\n";
  if (!error.remedy.empty()) out += "  remedy: " + error.remedy + "\n";
  return out;
}

}  // namespace tento::cli
