// SPDX-License-Identifier: Apache-2.0
// The row of runs of the row of commits; the host serves it.
#include "rows.hpp"

namespace tento::git {
namespace {

constexpr std::array<Field, 0> fields{};

}  // namespace

constinit const tento_row commits_logs_row = [] {
  tento_row row = described<fields>(":~git:{authId}:commits:logs", "git-commits-logs");
  row.flags = TENTO_ROW_LOGS;
  row.fields = nullptr;
  return row;
}();

}  // namespace tento::git
