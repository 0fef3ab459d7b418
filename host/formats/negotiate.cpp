// SPDX-License-Identifier: Apache-2.0
// Reads the header Accept and matches it against what there is.
#include "host/formats/negotiate.hpp"

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <string>

namespace tento::host {
namespace {

constexpr Format ndjson{Media::jsonl, "application/x-ndjson"};

constexpr std::array<std::pair<std::string_view, Media>, 4> suffixes{
    {{".json", Media::json}, {".jsonl", Media::jsonl}, {".csv", Media::csv}, {".ics", Media::calendar}}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}
std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// Takes the text up to the next `mark` that is not within quotes.
std::string_view take(std::string_view& rest, char mark) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (quoted && rest[at] == '\\')
      ++at;
    else if (rest[at] == '"')
      quoted = !quoted;
    else if (!quoted && rest[at] == mark)
      break;
  }
  at = std::min(at, rest.size());
  const auto part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return trim(part);
}

// 0 to 1000; nothing when it is no weight.
std::optional<int> weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  if (text.size() > 1) {
    if (text[1] != '.') return std::nullopt;
    int unit = 100;
    for (const char c : text.substr(2)) {
      if (c < '0' || c > '9') return std::nullopt;
      thousandths += (c - '0') * unit;
      unit /= 10;
    }
  }
  return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

struct Range {
  std::string_view type, subtype;
  int q = 1000;
};

// What is no media range says nothing.
std::optional<Range> read_range(std::string_view element) {
  const auto name = take(element, ';');
  const auto slash = name.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Range range{trim(name.substr(0, slash)), trim(name.substr(slash + 1))};
  if (range.type.empty() || range.subtype.empty() || (range.type == "*" && range.subtype != "*")) return std::nullopt;
  while (!element.empty()) {
    const auto parameter = take(element, ';');
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos || !same(trim(parameter.substr(0, equals)), "q")) continue;
    const auto q = weight(trim(parameter.substr(equals + 1)));
    if (!q) return std::nullopt;
    range.q = *q;
  }
  return range;
}

// How exactly a range names a type: 0 = not at all, 3 = by name.
int exactness(const Range& range, const Format& format) {
  const auto name = format.content_type.substr(0, format.content_type.find(';'));
  const auto slash = name.find('/');
  if (range.type == "*") return format.media == Media::wire ? 0 : 1;
  if (!same(range.type, name.substr(0, slash))) return 0;
  if (range.subtype == "*") return format.media == Media::wire ? 0 : 2;
  return same(range.subtype, name.substr(slash + 1)) ? 3 : 0;
}

Error none_acceptable(const Shape& shape) {
  std::string all;
  for (const auto& format : formats_of(shape))
    if (format.media != Media::wire) all += (all.empty() ? "" : ", ") + std::string(format.content_type);
  auto e = fail(ErrorCode::unsupported, ErrorClass::config, "none of the formats asked for; there is " + all,
                std::string(not_acceptable_tag))
               .value();
  e.remedy = "correct the header Accept or the suffix, or leave them out";
  return e;
}

}  // namespace

SuffixedPath split_suffix(std::string_view path) {
  for (const auto& [suffix, media] : suffixes) {
    if (!path.ends_with(suffix)) continue;
    const auto rest = path.substr(0, path.size() - suffix.size());
    if (!rest.empty() && rest.back() != '/') return {rest, media};
  }
  return {path, std::nullopt};
}

Result<Format> choose_format(const Shape& shape, std::string_view accept, std::optional<Media> suffix) {
  auto offered = formats_of(shape);
  if (suffix) {
    const auto it = std::find_if(offered.begin(), offered.end(), [&](const Format& f) { return f.media == *suffix; });
    if (it == offered.end()) return fail(none_acceptable(shape));
    return *it;
  }
  if (trim(accept).empty()) return offered.front();
  boost::container::small_vector<Range, 8> ranges;
  while (!accept.empty())
    if (auto range = read_range(take(accept, ','))) ranges.push_back(*range);
  // Another name of one of them, for those who ask by it.
  if (shape.text.empty()) offered.push_back(ndjson);
  const Format* best = nullptr;
  int best_q = 0, best_exactness = 0;
  for (const auto& format : offered) {
    int q = 0, exact = 0;
    for (const auto& range : ranges)
      if (const int e = exactness(range, format); e > exact) exact = e, q = range.q;
    // Of equal weights the one that was named wins, then the one that is preferred here.
    if (exact == 0 || q == 0 || q < best_q || (q == best_q && exact <= best_exactness)) continue;
    best = &format, best_q = q, best_exactness = exact;
  }
  if (best == nullptr) return fail(none_acceptable(shape));
  return *best;
}

}  // namespace tento::host
