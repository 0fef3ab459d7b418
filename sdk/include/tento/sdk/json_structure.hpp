// SPDX-License-Identifier: Apache-2.0
/// @file json_structure.hpp
/// Whether a text is structured as JSON is, for parsers that read on demand.
#pragma once

#include <string_view>

namespace tento {

/// Whether brackets, commas, colons and values stand as in JSON (RFC 8259) throughout: one value, with nothing behind
/// it. Strings and numbers by themselves are not judged. A parser that reads on demand looks only where it is asked to,
/// and loses its place where the structure is broken; after this, what is wrong with a value is of its own record
/// alone.
[[nodiscard]] bool is_structured_json(std::string_view json);

}  // namespace tento
