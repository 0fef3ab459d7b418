// SPDX-License-Identifier: Apache-2.0
/// @file fixed_text.hpp
/// Texts in arrays of a fixed size, as errors and the results of syncs cross the ABI: written and read so that neither
/// side can harm the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tento {

/// The same text as valid UTF-8 on one line: a byte that begins no character becomes `?`, a control character a space.
[[nodiscard]] std::string clean_line(std::string_view text);
/// The longest prefix of `text`, at most `size` bytes, that does not end within a character.
[[nodiscard]] std::string_view cut_text(std::string_view text, std::size_t size) noexcept;

namespace detail {

/// Writes `text` up to its first NUL into `size` bytes, cut at a character's border, the rest NUL. `size` is at
/// least 1.
void write_fixed(char* out, std::size_t size, std::string_view text) noexcept;
/// Reads up to the first NUL or the end; what is not UTF-8 becomes `?`, half a character at the very end is dropped.
[[nodiscard]] std::string read_fixed(const char* text, std::size_t size);

}  // namespace detail

/// Writes `text` into an array of the ABI: cut at a character's border, ended by NUL.
template <std::size_t N>
void write_fixed(char (&out)[N], std::string_view text) noexcept {
  detail::write_fixed(out, N, text);
}
/// Reads an array of the ABI that somebody else filled, whatever they put there, as valid UTF-8.
template <std::size_t N>
[[nodiscard]] std::string read_fixed(const char (&text)[N]) {
  return detail::read_fixed(text, N);
}

}  // namespace tento
