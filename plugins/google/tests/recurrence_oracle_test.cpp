// SPDX-License-Identifier: Apache-2.0
// Many rules, expanded here and by an implementation that others wrote.
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "google/recurrence.hpp"

namespace json = boost::json;
using namespace google;

namespace {

struct Case {
  SeriesRule rule;
  std::string text;  // for people, and for the other side
};

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  Case make() {
    Case out;
    EventTime& start = out.rule.start;
    start.all_day = chance(25);
    const int days = 16'800 + number(0, 1800);  // from 2015-12-31 on, across changes of clocks
    start.day = tento::Date(std::chrono::sys_days(std::chrono::days(days)));
    if (!start.all_day) {
      static const char* const zones[] = {"Europe/Berlin", "America/New_York",  "Australia/Lord_Howe",
                                          "Asia/Kolkata",  "America/Sao_Paulo", "Pacific/Apia",
                                          "UTC",           "Africa/Casablanca"};
      REQUIRE(start.plan_in(zones[number(0, 7)], Zone()).has_value());
      const auto wall = std::chrono::sys_days(start.day).time_since_epoch() + std::chrono::minutes(15 * number(0, 95));
      start.at = start.zone.moment(WallTime(wall));
    }
    out.rule.end = start;
    if (start.all_day) {
      out.rule.end.day = tento::Date(std::chrono::sys_days(start.day) + std::chrono::days(1));
    } else {
      out.rule.end.at += std::chrono::minutes(30);
    }
    out.rule.lines.push_back("RRULE:" + rule(start));
    align(out.rule);
    if (chance(30)) out.rule.lines.push_back(dates("EXDATE", out.rule, true));
    if (chance(20)) out.rule.lines.push_back(dates("RDATE", out.rule, false));
    return out;
  }
  int number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }

 private:
  std::string some_days() {
    static const char* const names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    std::string out;
    for (const char* name : names) {
      if (chance(35)) out += (out.empty() ? "" : ",") + std::string(name);
    }
    return out.empty() ? "WE" : out;
  }
  std::string some_numbers(int most, int from, int to) {
    std::string out;
    const int count = number(1, most);
    for (int i = 0; i < count; ++i) {
      int n = 0;
      while (n == 0) n = number(from, to);
      out += (out.empty() ? "" : ",") + std::to_string(n);
    }
    return out;
  }

  std::string rule(const EventTime& start) {
    static const char* const frequencies[] = {"DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"};
    const std::string frequency = frequencies[number(0, 5)];
    std::string out = "FREQ=" + frequency;
    if (chance(40)) out += ";INTERVAL=" + std::to_string(number(2, 4));
    if (frequency == "DAILY" && chance(20)) out += ";BYMONTH=" + some_numbers(3, 1, 12);
    if (frequency == "DAILY" && chance(20)) out += ";BYDAY=" + some_days();
    if (frequency == "WEEKLY" && chance(70)) out += ";BYDAY=" + some_days();
    if (frequency == "WEEKLY" && chance(30)) out += chance(50) ? ";WKST=SU" : ";WKST=MO";
    if (frequency == "MONTHLY") {
      switch (number(0, 3)) {
        case 0:
          out += ";BYMONTHDAY=" + some_numbers(3, -3, 31);
          break;
        case 1:
          out += ";BYDAY=" + std::string(chance(50) ? "2TU" : "-1FR");
          break;
        case 2:
          out += ";BYDAY=" + some_days() + ";BYSETPOS=" + std::string(chance(50) ? "1" : "-1");
          break;
        default:
          break;
      }
    }
    if (frequency == "YEARLY" && chance(50)) {
      out += ";BYMONTH=" + std::to_string(number(1, 12));
      if (chance(50)) out += ";BYDAY=" + std::string(chance(50) ? "1MO" : "-1SU");
    }
    if (chance(30)) {
      out += ";COUNT=" + std::to_string(number(1, 60));
    } else if (chance(50)) {
      EventTime until = start;
      const auto later = std::chrono::hours(number(1, 24 * 900));
      until.at += later;
      until.day = tento::Date(std::chrono::sys_days(start.day) + std::chrono::floor<std::chrono::days>(later));
      out += ";UNTIL=" + until.key();
    }
    return out;
  }

  // The standard leaves open what a first instance means that the rule does not give: the first one that it gives
  // becomes the first instance.
  void align(SeriesRule& rule) {
    SeriesRule endless = rule;
    std::string& line = endless.lines.front();
    for (const char* part : {";COUNT=", ";UNTIL="}) {
      const std::size_t at = line.find(part);
      if (at != std::string::npos) line.erase(at, line.find(';', at + 1) - at);
    }
    ExpandLimits limits;
    limits.from = tento::Date(std::chrono::year(2015), std::chrono::January, std::chrono::day(1));
    limits.to = tento::Date(std::chrono::year(2032), std::chrono::January, std::chrono::day(1));
    limits.most_instances = 2;
    const auto got = expand(endless, limits);
    if (!got || got->instances.size() < 2) return;
    rule.start = got->instances[1].start;
    rule.end = got->instances[1].end;
  }

  std::string dates(const std::string& name, const SeriesRule& rule, bool of_rule) {
    ExpandLimits limits;
    limits.from = tento::Date(std::chrono::year(2015), std::chrono::January, std::chrono::day(1));
    limits.to = tento::Date(std::chrono::year(2024), std::chrono::January, std::chrono::day(1));
    limits.most_instances = 40;
    const auto got = expand(rule, limits);
    std::string out = name;
    if (rule.start.all_day) out += ";VALUE=DATE";
    const bool local = !rule.start.all_day && chance(50);
    if (local) out += ";TZID=" + rule.start.zone_name;
    out += ":";
    for (int i = 0; i < 3; ++i) {
      EventTime at = rule.start;
      if (of_rule && got && !got->instances.empty()) {
        at = got->instances[static_cast<std::size_t>(number(0, static_cast<int>(got->instances.size()) - 1))].start;
      } else {
        at.at += std::chrono::hours(number(1, 20'000));
        at.day = tento::Date(std::chrono::sys_days(at.day) + std::chrono::days(number(1, 800)));
      }
      std::string text = at.key();
      if (local) {
        EventTime shown = at;
        shown.at = tento::Instant(at.zone.wall(at.at).time_since_epoch());
        text = shown.key();
        text.pop_back();
      }
      out += (i == 0 ? "" : ",") + text;
    }
    return out;
  }

  std::mt19937 random_;
};

std::int64_t milliseconds(const EventTime& time) {
  const auto at = time.all_day ? tento::Instant(std::chrono::sys_days(time.day)) : time.at;
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

constexpr int from_year = 2015, to_year = 2026;

std::string to_json(const SeriesRule& rule) {
  const auto year = [](int y) {
    EventTime at;
    at.all_day = true;
    at.day = tento::Date(std::chrono::year(y), std::chrono::January, std::chrono::day(1));
    return at;
  };
  json::object out;
  out["start"] = milliseconds(rule.start);
  out["all_day"] = rule.start.all_day;
  out["zone"] = rule.start.zone_name;
  out["lines"] = json::array(rule.lines.begin(), rule.lines.end());
  out["from"] = milliseconds(year(from_year));
  out["to"] = milliseconds(year(to_year));
  return json::serialize(out);
}

std::vector<std::string> ask_the_other(const std::vector<Case>& cases) {
  char folder[] = "/tmp/tento-oracle-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  const std::string file = std::string(folder) + "/cases";
  {
    std::ofstream out(file);
    for (const Case& one : cases) out << one.text << '\n';
  }
  const std::string command = std::string("'") + std::getenv("NODE") + "' '" + std::getenv("ORACLE") + "' '" +
                              std::getenv("ICAL_JS") + "' <'" + file + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  REQUIRE(pipe != nullptr);
  std::string all;
  char buffer[65536];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) all.append(buffer, n);
  std::remove(file.c_str());
  std::remove(folder);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    out.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

using Keys = std::vector<std::string>;

Keys keys_of(const std::string& line) {
  Keys out;
  const json::value list = json::parse(line);
  for (const json::value& one : list.as_array()) out.push_back(json::value_to<std::string>(one));
  return out;
}

}  // namespace

TEST_CASE("recurrence: many rules have the instances that another implementation gives them") {
  const int count = std::getenv("TENTO_LONG") != nullptr ? 20'000 : 1'000;
  std::vector<Case> cases;
  Maker maker(20260429);
  for (int i = 0; i < count; ++i) {
    cases.push_back(maker.make());
    cases.back().text = to_json(cases.back().rule);
  }
  const std::vector<std::string> expected = ask_the_other(cases);
  REQUIRE(expected.size() == cases.size());
  std::size_t instances = 0;
  std::size_t repeated = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ExpandLimits limits;
    limits.from = tento::Date(std::chrono::year(from_year), std::chrono::January, std::chrono::day(1));
    limits.to = tento::Date(std::chrono::year(to_year), std::chrono::January, std::chrono::day(1));
    const auto got = expand(cases[i].rule, limits);
    CAPTURE(cases[i].text);
    CAPTURE(cases[i].rule.start.key());
    REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().message));
    REQUIRE(got->complete);
    Keys mine;
    for (const Instance& one : got->instances) mine.push_back(one.start.key());
    const Keys theirs = keys_of(expected[i]);
    // Both ends of the range are days, of the zone here and of UTC there.
    const auto within = [](const std::string& key) { return key >= "20150103" && key < "20251230"; };
    std::string difference;
    for (std::size_t k = 0; k < std::max(mine.size(), theirs.size()) && difference.empty(); ++k) {
      const std::string a = k < mine.size() ? mine[k] : std::string("nothing");
      const std::string b = k < theirs.size() ? theirs[k] : std::string("nothing");
      if (a != b && (within(a) || within(b))) {
        difference = "the " + std::to_string(k + 1) + "th instance: " + a + " here, " + b + " there";
      }
    }
    CHECK(difference == "");
    instances += mine.size();
    repeated += mine.size() > 1 ? 1 : 0;
  }
  MESSAGE(instances << " instances of " << cases.size() << " series");
  CHECK(repeated > cases.size() / 2);
}
