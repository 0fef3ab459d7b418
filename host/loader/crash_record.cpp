// SPDX-License-Identifier: Apache-2.0
// Crashes are written by a process that is about to end, and read by the next one.
#include "host/loader/crash_record.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <ctime>
#include <string_view>

#include "host/base/text.hpp"

namespace tento::host {
namespace {

constexpr std::size_t longest_line = 512;
// What is looked at of a record, from its end: more than the crashes that count.
constexpr std::size_t longest_record = (most_crashes + 1) * longest_line;

// A line of a bounded length.
class Line {
 public:
  void add(const char* text) noexcept {
    const std::size_t size = std::min(std::strlen(text), bytes_.size() - 1 - size_);
    for (std::size_t i = 0; i < size; ++i) bytes_[size_ + i] = text[i] == '\n' ? ' ' : text[i];
    size_ += size;
  }
  void add(std::int64_t number) noexcept {
    std::array<char, 24> digits{};
    auto at = digits.size() - 1;
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    add(digits.data() + at);
  }
  std::string_view ended() noexcept {
    bytes_[size_] = '\n';
    return {bytes_.data(), size_ + 1};
  }

 private:
  std::array<char, longest_line> bytes_;
  std::size_t size_ = 0;
};

std::string end_of_record(const Image& image) {
  const FileHandle file(::open(crash_record(image).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) return {};
  std::string out(longest_record, '\0');
  const auto from = std::max<off_t>(0, status.st_size - static_cast<off_t>(out.size()));
  const auto size = ::pread(file.get(), out.data(), out.size(), from);
  out.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return out;
}

}  // namespace

std::filesystem::path crash_record(const Image& image) {
  return image.path.parent_path() / "crashes";
}

void note_crash(const char* record, const char* how, const char* what) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  Line line;
  line.add(static_cast<std::int64_t>(now.tv_sec));
  line.add(" ");
  line.add(how);
  line.add(" in ");
  line.add(what);
  const auto text = line.ended();
  const int file = ::open(record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return;
  // Whoever dies has nobody to tell that it failed.
  [[maybe_unused]] const auto written = ::write(file, text.data(), text.size());
  ::close(file);
}

std::optional<Rejection> crashed_too_often(const Image& image, std::int64_t now_s) {
  const std::string record = end_of_record(image);
  std::size_t crashes = 0;
  std::int64_t first_s = 0;
  std::string_view last;
  for (std::string_view rest = record; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    std::int64_t at_s = 0;
    const auto [end, bad] = std::from_chars(line.data(), line.data() + line.size(), at_s);
    // A clock that was ahead would keep it out for ever.
    if (bad != std::errc() || at_s > now_s || now_s - at_s >= crash_window_s) continue;
    if (crashes++ == 0) first_s = at_s;
    last = line.substr(static_cast<std::size_t>(end - line.data()));
    while (last.starts_with(' ')) last.remove_prefix(1);
  }
  if (crashes < most_crashes) return std::nullopt;
  return Rejection{
      "crashed_in_use",
      fmt::format("it ended the host {} times within a day, the last time by {}", crashes, plain(last, longest_line)),
      fmt::format("put another build of it there and tell its author; to have this one tried again before {} minutes "
                  "are over, remove {}",
                  (first_s + crash_window_s - now_s + 59) / 60, crash_record(image).string())};
}

}  // namespace tento::host
