// SPDX-License-Identifier: Apache-2.0
// What SQLite or the disk refused, as an Error that says what, where and what to do. Thrown only inside this folder.
#pragma once

#include <string_view>

#include "host/store/disk_errors.hpp"
#include "host/store/failure.hpp"

struct sqlite3;

namespace tento::host::sqlite {

// The Error for a result code of SQLite. `db` may be null; `file` is named in the text.
[[nodiscard]] Error sqlite_error(sqlite3* db, int code, std::string_view doing, std::string_view file);

}  // namespace tento::host::sqlite
