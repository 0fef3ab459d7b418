// SPDX-License-Identifier: Apache-2.0
// Crashes of a provider's code, noted beside the private copy of its file while the process dies of them, so that the
// next starts know.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "host/loader/image.hpp"
#include "host/loader/provider.hpp"

namespace tento::host {

// A file that crashed this often within `crash_window_s` is not opened until that is over. Another build of it has
// another digest, and with it a record of its own.
inline constexpr std::size_t most_crashes = 2;
inline constexpr std::int64_t crash_window_s = 24 * 3600;

// Where the crashes of a copy are noted: a line each, `<unix seconds> <how and in what>`.
[[nodiscard]] std::filesystem::path crash_record(const Image& image);
// Adds a line. Does only what a signal handler may; what cannot be written is not noted.
void note_crash(const char* record, const char* how, const char* what) noexcept;
// Why the file is not opened now, if so; `now_s` = unix seconds.
[[nodiscard]] std::optional<Rejection> crashed_too_often(const Image& image, std::int64_t now_s);

}  // namespace tento::host
