// SPDX-License-Identifier: Apache-2.0
// Changes of cells as faces tell them.
#pragma once

#include <string>
#include <string_view>

#include "host/model/change.hpp"

namespace tento::host {

[[nodiscard]] std::string_view to_string(ChangeKind kind);
// {kind,key,id,date,end_date,data,version}; data that was stored is copied. What is gone has none.
void append_change_json(std::string& out, const Change& change);

}  // namespace tento::host
