// SPDX-License-Identifier: Apache-2.0
// The book as cursors: a head, and series by a hash of their ids in buckets, cut into pieces that a cursor can hold.
#include "series_book.hpp"

#include <simdjson.h>

#include <boost/json.hpp>

namespace google::rows {
namespace {

namespace dom = simdjson::dom;
namespace json = boost::json;
using simdjson::SUCCESS;
using tento::Result;

// A book that was written in another form is none: the calendar is read anew.
constexpr std::int64_t format_version = 1;
constexpr std::size_t piece_bytes = 60'000;  // bytes; a cursor takes 65,536

// FNV-1a: the same in every build, unlike std::hash.
std::size_t bucket_of(std::string_view id) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return static_cast<std::size_t>((hash >> 32) % SeriesBook::buckets);
}

std::string piece_name(std::size_t bucket, std::size_t piece) {
  return "series." + std::to_string(bucket) + "." + std::to_string(piece);
}

std::string day_text(tento::Date day) {
  return day.ok() ? tento::PartialDate::ymd(day).text().substr(4) : std::string();
}

tento::Date read_day(std::string_view text) {
  const auto day = tento::PartialDate::parse("ymd-" + std::string(text));
  return day ? day->start() : tento::Date{};
}

json::object time_json(const EventTime& time) {
  json::object out;
  if (time.all_day) {
    out["d"] = day_text(time.day);
    return out;
  }
  out["t"] = time.at.time_since_epoch().count();
  out["z"] = time.zone_name;
  out["o"] = time.zone.offset_minutes(time.at);  // for a system that does not know the name
  return out;
}

std::string_view text(const dom::element& object, std::string_view name) {
  std::string_view out;
  return object[name].get(out) == SUCCESS ? out : std::string_view();
}

std::int64_t number(const dom::element& object, std::string_view name) {
  std::int64_t out = 0;
  return object[name].get(out) == SUCCESS ? out : 0;
}

// False for what is damaged.
Result<bool> read_time(const dom::element& object, std::string_view name, EventTime& out) {
  dom::element from;
  if (object[name].get(from) != SUCCESS) return false;
  if (const std::string_view day = text(from, "d"); !day.empty()) {
    out.all_day = true;
    out.day = read_day(day);
    return out.day.ok();
  }
  out.at = tento::Instant(std::chrono::microseconds(number(from, "t")));
  TENTO_TRY(out.plan_in(text(from, "z"), Zone::fixed(std::chrono::minutes(number(from, "o")))));
  return true;
}

json::object series_json(const std::string& id, const Series& series) {
  json::object out;
  out["id"] = id;
  if (series.known) {
    out["etag"] = series.etag;
    out["details"] = series.details;
    out["start"] = time_json(series.rule.start);
    out["end"] = time_json(series.rule.end);
    out["lines"] = json::array(series.rule.lines.begin(), series.rule.lines.end());
  }
  json::object exceptions;
  for (const auto& [key, cancelled] : series.exceptions) exceptions[key] = cancelled;
  out["exceptions"] = std::move(exceptions);
  return out;
}

Result<bool> read_series(const dom::element& from, Series& out) {
  dom::array lines;
  out.known = from["lines"].get(lines) == SUCCESS;
  if (out.known) {
    out.etag = text(from, "etag");
    out.details = text(from, "details");
    TENTO_TRY_ASSIGN(const bool starts, read_time(from, "start", out.rule.start));
    TENTO_TRY_ASSIGN(const bool ends, read_time(from, "end", out.rule.end));
    if (!starts || !ends) return false;
    for (const dom::element line : lines) {
      std::string_view one;
      if (line.get(one) != SUCCESS) return false;
      out.rule.lines.emplace_back(one);
    }
  }
  dom::object exceptions;
  if (from["exceptions"].get(exceptions) != SUCCESS) return false;
  for (const auto& [key, value] : exceptions) {
    bool cancelled = false;
    if (value.get(cancelled) != SUCCESS) return false;
    out.exceptions.emplace(key, cancelled);
  }
  return true;
}

}  // namespace

Result<SeriesBook> SeriesBook::load(const tento::SyncState& state, const tento::Uuid& row_id) {
  SeriesBook book;
  const auto read = [&](const std::string& name) -> Result<std::string> {
    TENTO_TRY_ASSIGN(auto value, state.load_cursor(row_id, name));
    if (value) book.stored_[name] = *value;
    return std::move(value).value_or("");
  };
  // What is damaged is written over, whole.
  const auto nothing = [&book] {
    SeriesBook none;
    none.stored_ = std::move(book.stored_);
    none.discarded = !none.stored_.empty();
    return none;
  };
  TENTO_TRY_ASSIGN(const std::string head, read("head"));
  if (head.empty()) return nothing();
  dom::parser parser;
  dom::element root;
  dom::array chunks;
  if (parser.parse(head).get(root) != SUCCESS || number(root, "form") != format_version ||
      root["pieces"].get(chunks) != SUCCESS || chunks.size() != buckets) {
    return nothing();
  }
  book.token = text(root, "token");
  book.from = read_day(text(root, "from"));
  book.to = read_day(text(root, "to"));
  std::vector<std::int64_t> pieces;
  for (const dom::element one : chunks) pieces.push_back(std::int64_t(one.is_int64() ? std::int64_t(one) : -1));
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    if (pieces[bucket] < 0 || pieces[bucket] > 100'000) return nothing();
    std::string all;
    for (std::size_t piece = 0; piece < static_cast<std::size_t>(pieces[bucket]); ++piece) {
      TENTO_TRY_ASSIGN(const std::string some, read(piece_name(bucket, piece)));
      if (some.empty()) return nothing();
      all += some;
    }
    if (all.empty()) continue;
    dom::array list;
    if (parser.parse(all).get(list) != SUCCESS) return nothing();
    for (const dom::element one : list) {
      Series series;
      TENTO_TRY_ASSIGN(const bool whole, read_series(one, series));
      if (!whole) return nothing();
      book.series.emplace(text(one, "id"), std::move(series));
    }
  }
  return book;
}

std::string SeriesBook::head(const std::vector<std::size_t>& chunks) const {
  json::object out;
  out["form"] = format_version;
  out["token"] = token;
  out["from"] = day_text(from);
  out["to"] = day_text(to);
  out["pieces"] = json::array(chunks.begin(), chunks.end());
  return json::serialize(out);
}

std::vector<std::pair<std::string, std::string>> SeriesBook::changes() const {
  std::vector<json::array> lists(buckets);
  for (const auto& [id, one] : series) {
    if (one.known || !one.exceptions.empty()) lists[bucket_of(id)].push_back(series_json(id, one));
  }
  std::map<std::string, std::string, std::less<>> wanted;
  std::vector<std::size_t> chunks(buckets);
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    if (lists[bucket].empty()) continue;
    const std::string all = json::serialize(lists[bucket]);
    for (std::size_t at = 0; at < all.size(); at += piece_bytes) {
      wanted[piece_name(bucket, chunks[bucket]++)] = all.substr(at, piece_bytes);
    }
  }
  wanted["head"] = head(chunks);
  std::vector<std::pair<std::string, std::string>> out;
  for (auto& [name, value] : wanted) {
    const auto at = stored_.find(name);
    if (at == stored_.end() || at->second != value) out.emplace_back(name, std::move(value));
  }
  for (const auto& [name, value] : stored_) {
    if (!wanted.contains(name)) out.emplace_back(name, std::string());
  }
  return out;
}

}  // namespace google::rows
