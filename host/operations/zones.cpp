// SPDX-License-Identifier: Apache-2.0
// Names of the zone database, and which of them a mistyped one may mean.
#include "host/operations/zones.hpp"

// The library was built to read the system's zone files; its header has to agree.
#define USE_OS_TZDB 1
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>

#include <algorithm>
#include <utility>

#include "host/base/did_you_mean.hpp"
#include "host/base/text.hpp"
#include "host/operations/operation.hpp"

namespace tento::host {
namespace {

std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == ' ' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::string_view city_of(std::string_view zone) {
  return zone.substr(zone.rfind('/') + 1);  // npos + 1 = 0: all of it
}

// How far a zone is from what was meant; more than `most_slips` = something else.
std::size_t slips(const std::string& meant, const std::string& zone) {
  const std::string_view city = city_of(meant);
  if (meant == zone || city == city_of(zone)) return 0;
  if (city.size() >= 3 && city_of(zone).starts_with(city)) return 1;
  return std::min(edit_distance(meant, zone), edit_distance(city, city_of(zone)));
}

}  // namespace

std::vector<std::string> nearest_zones(std::string_view text, std::size_t most) {
  constexpr std::size_t longest = 64;  // a pasted document is no zone
  if (text.empty() || text.size() > longest) return {};
  const std::string meant = folded(text);
  const std::size_t most_slips = std::max<std::size_t>(1, city_of(meant).size() / 3);
  std::vector<std::pair<std::size_t, std::string>> found;
  for (const auto& zone : date::get_tzdb().zones) {
    const auto distance = slips(meant, folded(zone.name()));
    if (distance <= most_slips) found.emplace_back(distance, zone.name());
  }
  // Of equal ones the places go before the old short names.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    const auto place = [](const std::string& name) { return name.find('/') == std::string::npos; };
    return std::make_tuple(a.first, place(a.second), a.second) < std::make_tuple(b.first, place(b.second), b.second);
  });
  std::vector<std::string> out;
  for (auto& [distance, name] : found) {
    if (out.size() == most) break;
    out.push_back(std::move(name));
  }
  return out;
}

Result<Zone> zone_argument(std::string_view name) {
  if (auto zone = Zone::find(name)) return zone;
  const std::string offered = join(nearest_zones(name));
  return fail(usage_error(
      "{param:zone}: \"" + plain(name, 64) + "\" is not a time zone" +
          (offered.empty() ? std::string() : "; nearest: " + offered),
      offered.empty() ? "use an IANA name such as Europe/Berlin" : "use one of them, or another IANA name"));
}

}  // namespace tento::host
