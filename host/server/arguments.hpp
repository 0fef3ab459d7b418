// SPDX-License-Identifier: Apache-2.0
// A request's texts by param name, wherever it has them: path, query, headers, body.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/operations/operation.hpp"
#include "host/server/exchange.hpp"
#include "host/server/route.hpp"

namespace tento::host::server {

// Errors are usage errors: an unknown name (with the nearest one), a name given twice, a broken escape, a body that is
// not a JSON object.
[[nodiscard]] Result<RawArgs> arguments_of(const Request& request, const Operation& operation,
                                           const PathParams& params);

// Whether a query asks for CSV without fields that spreadsheets take for formulas: `csv_safe=true`, of any operation.
inline constexpr std::string_view csv_safe_name = "csv_safe";
[[nodiscard]] Result<bool> wants_safe_csv(std::string_view query);

// A preference of the request (RFC 7240): the number of `wait=N`, where it asks for that.
[[nodiscard]] std::optional<std::int64_t> preferred_wait_s(const Request& request);

}  // namespace tento::host::server
