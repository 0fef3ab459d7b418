// SPDX-License-Identifier: Apache-2.0
// Records as flat texts, for tables and CSV: a column with parts is replaced by them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/operations/output.hpp"

namespace tento::host {

// The titles of the flat columns. `for_people`: a terminal table, which leaves details out and counts lists.
[[nodiscard]] std::vector<std::string> flat_titles(const Output& output, bool for_people);

// Turns records into flat texts, taking the parts out of JSON columns.
class Flattener {
 public:
  Flattener(const Output& output, bool for_people);
  ~Flattener();
  Flattener(const Flattener&) = delete;
  Flattener& operator=(const Flattener&) = delete;
  // The texts live until the next call. Absent values are empty.
  const std::vector<std::string>& operator()(std::span<const FieldView> record);

 private:
  struct Parser;
  const Output& output_;
  bool for_people_;
  std::unique_ptr<Parser> parser_;
  std::vector<std::string> texts_;
};

}  // namespace tento::host
