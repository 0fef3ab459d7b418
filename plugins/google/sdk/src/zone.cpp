// SPDX-License-Identifier: Apache-2.0
// Zones by date/tz, over the system's zone files; names of Windows by ICU's table.
#include "google/zone.hpp"

// The library was built to read the system's zone files; its header has to agree.
#define USE_OS_TZDB 1
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>
#include <fcntl.h>
#include <unicode/ucal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>

namespace google {
namespace {

using tento::Result;

// Where date/tz looks; the first that is a folder is the one it takes.
constexpr const char* zone_folders[] = {"/usr/share/zoneinfo/uclibc", "/usr/share/zoneinfo"};

constexpr std::string_view tzif_magic = "TZif";  // of a zone's file (RFC 8536)

const date::time_zone& zone_of(const void* zone) {
  return *static_cast<const date::time_zone*>(zone);
}

tento::Error database_error(const std::string& what) {
  auto error = tento::fail(tento::ErrorCode::io, tento::ErrorClass::config,
                           "the system's time zone database cannot be read: " + what +
                               "; install the package tzdata, and let the program read /usr/share/zoneinfo",
                           "google_zone_database")
                   .value();
  error.remedy = "install tzdata";
  return error;
}

// Whether `text` may be the name of a zone, so that it may be made a path: `America/Argentina/Buenos_Aires`,
// `Etc/GMT+5`.
bool is_iana_form(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '/' || text.back() == '/') return false;
  if (text == "localtime") return false;  // this machine's zone, which no calendar means
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '+' || c == '/';
  });
}

std::string folder() {
  for (const char* one : zone_folders) {
    if (access(one, F_OK) == 0) return one;
  }
  return zone_folders[1];
}

// What opening says: 0 or an errno. The first bytes of the file in `head`.
int open_errno(const std::string& path, std::string* head = nullptr) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return errno;
  char bytes[4] = {};
  if (head != nullptr) head->assign(bytes, static_cast<std::size_t>(std::max<ssize_t>(read(file, bytes, 4), 0)));
  close(file);
  return 0;
}

// `GMT+01:00`, `UTC-5`, `+0530`, `GMT`.
std::optional<std::chrono::minutes> offset_of(std::string_view text) {
  for (const std::string_view lead : {"GMT", "UTC"}) {
    if (text.starts_with(lead)) {
      text.remove_prefix(lead.size());
      if (text.empty()) return std::chrono::minutes(0);
      break;
    }
  }
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  std::string digits;
  std::size_t colon = 0;
  for (const char c : text.substr(1)) {
    if (c == ':' && colon == 0) {
      colon = digits.size();
      if (colon == 0) return std::nullopt;
    } else if (c >= '0' && c <= '9') {
      digits += c;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty() || digits.size() > 4 || (colon != 0 && digits.size() - colon != 2)) return std::nullopt;
  const std::size_t of_hours = digits.size() > 2 ? digits.size() - 2 : digits.size();
  const int whole_hours = std::stoi(digits.substr(0, of_hours));
  const int more_minutes = of_hours < digits.size() ? std::stoi(digits.substr(of_hours)) : 0;
  if (whole_hours > 18 || more_minutes > 59) return std::nullopt;
  return std::chrono::minutes(sign * (60 * whole_hours + more_minutes));
}

// The IANA name of a zone of Windows; empty = Windows has none of that name.
Result<std::string> iana_of_windows(std::string_view name) {
  if (name.empty() || name.size() > 64) return std::string();
  UChar asked[64];
  std::int32_t size = 0;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= 0x80) return std::string();
    asked[size++] = static_cast<UChar>(c);
  }
  UChar found[128];
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t length = ucal_getTimeZoneIDForWindowsID(asked, size, nullptr, found, 128, &status);
  if (U_FAILURE(status)) {
    return tento::fail(database_error(std::string("the table of Windows' names: ") + u_errorName(status)));
  }
  std::string out;
  for (std::int32_t i = 0; i < length; ++i) out += static_cast<char>(found[i]);
  return out;
}

}  // namespace

std::optional<tento::Error> detail::why_not_found(const std::string& folder, std::string_view name) {
  // Every database has it: where it is not to be had, nothing else can be said to be missing.
  if (const int error = open_errno(folder + "/UTC"); error != 0) {
    return database_error(folder + "/UTC: " + std::strerror(error));  // NOLINT(concurrency-mt-unsafe): glibc's is safe
  }
  if (!is_iana_form(name)) return std::nullopt;
  std::string head;
  const std::string path = folder + "/" + std::string(name);
  const int error = open_errno(path, &head);
  if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG) return std::nullopt;
  if (error != 0)
    return database_error(path + ": " + std::strerror(error));  // NOLINT(concurrency-mt-unsafe): see above
  // Folders and tables that lie beside zones, and zones that the library passes over since others are the same.
  if (head != tzif_magic || name.starts_with("posix") || name.starts_with("right/") || name == "Factory") {
    return std::nullopt;
  }
  return database_error(path + " was not there when the program first looked; start it again");
}

Result<std::optional<Zone>> Zone::find(std::string_view name) {
  Zone out;
  if (is_iana_form(name)) {
    try {
      const auto& zones = date::get_tzdb().zones;
      const auto at = std::lower_bound(zones.begin(), zones.end(), name,
                                       [](const date::time_zone& zone, std::string_view n) { return zone.name() < n; });
      if (at != zones.end() && at->name() == name) {
        out.zone_ = &*at;
        // The library's first look at a zone reads its file; what is wrong with that is found here.
        static_cast<void>(at->get_info(date::sys_seconds{}));
        return std::optional(out);
      }
    } catch (const std::exception& thrown) {
      // A table that lies beside zones is no zone, and nothing is wrong with the database.
      if (std::string head; open_errno(folder() + "/" + std::string(name), &head) == 0 && head != tzif_magic) {
        return std::optional<Zone>();
      }
      return tento::fail(database_error(std::string(name) + ": " + thrown.what()));
    }
  }
  if (const auto offset = offset_of(name)) return std::optional(fixed(*offset));
  TENTO_TRY_ASSIGN(const std::string other, iana_of_windows(name));
  if (!other.empty() && other != name) {
    TENTO_TRY_ASSIGN(const auto found, find(other));
    if (found) return found;
  }
  if (auto error = detail::why_not_found(folder(), name)) return tento::fail(std::move(*error));
  return std::optional<Zone>();
}

Zone Zone::fixed(std::chrono::minutes offset) noexcept {
  Zone out;
  out.offset_ = offset;
  return out;
}

std::string_view Zone::name() const noexcept {
  return zone_ == nullptr ? std::string_view() : std::string_view(zone_of(zone_).name());
}

WallTime Zone::wall(tento::Instant at) const {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const std::chrono::seconds offset = zone_ == nullptr ? offset_ : zone_of(zone_).get_info(second).offset;
  return WallTime(second.time_since_epoch() + offset);
}

int Zone::offset_minutes(tento::Instant at) const {
  const auto second = std::chrono::floor<std::chrono::seconds>(at);
  const std::chrono::seconds offset = zone_ == nullptr ? offset_ : zone_of(zone_).get_info(second).offset;
  return static_cast<int>(std::chrono::floor<std::chrono::minutes>(offset).count());
}

tento::Instant Zone::moment(WallTime wall) const {
  std::chrono::seconds offset = offset_;
  if (zone_ != nullptr) offset = zone_of(zone_).get_info(date::local_seconds(wall.time_since_epoch())).first.offset;
  return tento::Instant(wall.time_since_epoch() - offset);
}

}  // namespace google
