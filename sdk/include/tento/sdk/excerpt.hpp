// SPDX-License-Identifier: Apache-2.0
/// @file excerpt.hpp
/// Where in a text something is wrong, for errors: the host and the fakes say it in the same words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "build_mode.hpp"

namespace tento {

/// `at byte 5, between `{"a":` and `}``: an offset and what stands around it, cut and with bytes beyond ASCII as \\xNN.
[[nodiscard]] std::string place_in(std::string_view text, std::size_t offset);
/// Offset of the first byte that is not UTF-8 (RFC 3629); std::string_view::npos when all of it is.
[[nodiscard]] std::size_t first_not_utf8(std::string_view text) noexcept;

}  // namespace tento
