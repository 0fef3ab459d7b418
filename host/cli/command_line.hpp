// SPDX-License-Identifier: Apache-2.0
// Arguments -> what was asked for. Commands and their options are made from the table of operations.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/operations/operation.hpp"

namespace tento::cli {

// Options that stand before or after the command.
struct GlobalOption {
  std::string_view name;  // without dashes
  std::string_view value_name;
  std::string_view help;
  std::vector<std::string_view> choices;
  bool repeat = false;
};
[[nodiscard]] const std::vector<GlobalOption>& global_options();
// The same without a value.
struct GlobalFlag {
  std::string_view name;
  std::string_view help;
};
[[nodiscard]] const std::vector<GlobalFlag>& global_flags();

// NOLINTNEXTLINE(bugprone-exception-escape): see RawArgs
struct Invocation {
  const host::Operation* operation = nullptr;  // null: `print` says it all
  host::RawArgs args;
  std::map<std::string, std::vector<std::string>, std::less<>> globals;  // only those given
  std::optional<std::string> print;                                      // help or a script, for standard output
  std::optional<std::string> completion;                                 // shell a completion was asked for
  bool all = false;                                                      // tables: every column
  bool csv_safe = false;                                                 // CSV: no formulas
  bool serve = false;                                                    // run as a service
};

// Errors carry the usage tag, with the nearest option or command.
[[nodiscard]] Result<Invocation> parse_command_line(int argc, const char* const* argv);

using host::option_name;
using host::takes_no_value;

// The completion script for bash.
[[nodiscard]] std::string bash_completion();

}  // namespace tento::cli
