// SPDX-License-Identifier: Apache-2.0
// A year in parts: each is committed by itself, progress shows, and what was interrupted goes on where it was.
#include <ostream>

#include "sync_plugin/parts.hpp"
#include "sync_plugin/unsettled.hpp"
#include "world.hpp"

using namespace whoop::test;
using namespace whoop::rows;
using namespace tento::testing;
namespace json = boost::json;
using Texts = std::vector<std::string>;
using std::chrono::sys_days;

namespace {

sys_days day(const std::string& text) {
  const auto out = read_day(text);
  REQUIRE_MESSAGE(out.has_value(), text);
  return *out;
}

Days between(const std::string& from, const std::string& to) {
  return {day(from), day(to)};
}

tento::Instant moment(const std::string& text) {
  return *tento::SemanticTime::parse(text)->instant();
}

// How many lists were asked for.
std::size_t lists(Service& service) {
  return service.requests().size();
}

}  // namespace

TEST_CASE("parts: a month each, the newest first, without gap or overlap") {
  for (const Days all : {between("2025-04-02", "2026-04-02"), between("2026-01-01", "2026-02-01"),
                         between("2026-01-01", "2026-02-02"), between("2026-01-01", "2026-01-02")}) {
    const auto parts = in_parts(all);
    REQUIRE_FALSE(parts.empty());
    CHECK(parts.front().to == all.to);
    CHECK(parts.back().from == all.from);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      CHECK(parts[i].count() > 0);
      CHECK(parts[i].count() <= 31);
      if (i > 0) CHECK(parts[i].to == parts[i - 1].from);
    }
  }
  CHECK(in_parts(between("2025-04-02", "2026-04-02")).size() == 12);
  CHECK(in_parts(between("2026-04-02", "2026-04-02")).empty());
}

TEST_CASE("parts: what is left of a window after a run that was interrupted") {
  const Days window = between("2025-04-02", "2026-04-02");
  const auto reached = [](const std::string& from, const std::string& to) {
    return Reached{between(from, to), moment("2026-04-29T12:00:00Z")};
  };
  CHECK(left_of(window, std::nullopt) == in_parts(window));
  CHECK(left_of(window, reached("2026-01-30", "2026-04-02")) == in_parts(between("2025-04-02", "2026-01-30")));
  // Midnight came in between.
  const auto moved = left_of(between("2025-04-03", "2026-04-03"), reached("2026-01-30", "2026-04-02"));
  CHECK(moved.front() == between("2026-04-02", "2026-04-03"));
  CHECK(moved.back().from == day("2025-04-03"));
  CHECK(moved.at(1).to == day("2026-01-30"));
  // Other days altogether.
  CHECK(left_of(between("2020-01-01", "2020-06-01"), reached("2026-01-30", "2026-04-02")) ==
        in_parts(between("2020-01-01", "2020-06-01")));
  CHECK(left_of(window, reached("2025-01-01", "2026-04-02")).empty());

  const auto now = moment("2026-04-29T18:00:00Z");
  const std::string text = reached("2026-01-30", "2026-04-02").text();
  CHECK(text == "2026-01-30 2026-04-02 2026-04-29T12:00:00Z");
  CHECK(Reached::parse(text, now)->done == between("2026-01-30", "2026-04-02"));
  CHECK_FALSE(Reached::parse(text, now + std::chrono::hours(24)).has_value());
  CHECK_FALSE(Reached::parse(text, now - std::chrono::hours(24)).has_value());
  for (const char* wrong : {"", "2026-01-30 2026-04-02", "2026-04-02 2026-01-30 2026-04-29T12:00:00Z",
                            "2026-02-30 2026-04-02 2026-04-29T12:00:00Z", "2026-01-30 2026-04-02 yesterday at noon"}) {
    CAPTURE(wrong);
    CHECK_FALSE(Reached::parse(wrong, now).has_value());
  }
}

TEST_CASE("parts: windows whose sides are open, in the middle of a day, or beyond reason") {
  const tento::Date today = day("2026-04-29");
  CHECK(days_of({}, today) == between("2025-04-02", "2026-04-30"));
  const auto time = [](const std::string& text) { return *tento::SemanticTime::parse(text); };
  CHECK(days_of({time("2026-04-20T10:00:00Z"), time("2026-04-22T00:00:01Z")}, today) ==
        between("2026-04-20", "2026-04-23"));
  CHECK(days_of({time("2026-04-20T10:00:00Z"), time("2026-04-22T00:00:00Z")}, today) ==
        between("2026-04-20", "2026-04-22"));
  CHECK(days_of({time("y-1000"), time("y-9999")}, today) == between("2010-01-01", "2026-05-02"));
  CHECK(days_of({time("y-2030"), time("y-2031")}, today).count() == 0);
}

TEST_CASE("unsettled days: kept in order, each due once a day, and not too many") {
  const auto noon = moment("2026-04-29T12:00:00Z");
  UnsettledDays days;
  days.looked(between("2026-04-01", "2026-04-10"), {day("2026-04-02"), day("2026-04-05")}, noon);
  days.looked(between("2026-04-20", "2026-04-21"), {day("2026-04-20")}, noon - std::chrono::hours(30));
  CHECK(days.text() ==
        "2026-04-02 2026-04-29T12:00:00Z\n2026-04-05 2026-04-29T12:00:00Z\n2026-04-20 2026-04-28T06:00:00Z\n");
  const auto read =
      UnsettledDays::parse("rubbish\n2026-99-99 2026-04-29T12:00:00Z\n" + days.text() + "2026-04-21 soon");
  CHECK(read.text() == days.text());
  CHECK(read.due_before(day("2026-04-23"), noon, 3) == std::vector{day("2026-04-20")});
  CHECK(read.due_before(day("2026-04-23"), noon + std::chrono::hours(24), 2) ==
        std::vector{day("2026-04-20"), day("2026-04-02")});
  CHECK(read.due_before(day("2026-04-02"), noon + std::chrono::hours(24), 3).empty());
  CHECK(read.due_before(day("2026-04-23"), noon - std::chrono::hours(48), 9).size() == 3);  // a clock was wrong
  days.looked(between("2026-04-01", "2026-04-10"), {}, noon);
  CHECK(days.text() == "2026-04-20 2026-04-28T06:00:00Z\n");
  std::set<sys_days> many;
  for (int i = 0; i < 300; ++i) many.insert(day("2025-04-02") + std::chrono::days(i));
  days.looked(between("2025-01-01", "2026-04-10"), many, noon);
  CHECK(days.due_before(day("2026-04-23"), noon + std::chrono::hours(24), 999).size() == UnsettledDays::most);
}

TEST_CASE("a year: a commit for each month, and progress that says how far back it is") {
  World w;
  w.service.tell("set", {{"limits", {{"minute", 1000}, {"day", 10000}}}});
  w.service.seed(400);
  w.sync("stage3");
  CHECK(w.cells().size() == 369);  // a year, and the days around it that came along
  CHECK(w.host.store.transactions() == 12);
  CHECK(lists(w.service) == 24);
  CHECK(w.coverage("2025-04-02") == "have");
  CHECK(w.coverage("2026-04-01") == "have");
  CHECK(w.coverage("2026-04-02") == "unknown");
  CHECK_FALSE(w.host.store.cursor(sleep_key, "reached").has_value());
  const auto reports = w.host.progress.reports();
  REQUIRE(reports.size() == 12);
  CHECK(reports.front().done == 31);
  CHECK(reports.front().total == 365);
  CHECK(reports.front().text == "sleeps back to 2026-03-02");
  CHECK(reports.back().done == 365);
}

TEST_CASE("a year: cancelled anywhere, it goes on from the last month that landed") {
  World w;
  w.service.tell("set", {{"limits", {{"minute", 100000}, {"day", 100000}}}});
  w.service.seed(400);
  std::size_t landed = 0;
  const auto rounds = cancel_at_every_step(*w.provider, sleep_key, "stage3", [&](std::size_t) {
    CHECK(w.host.store.open_transactions() == 0);
    CHECK(w.cells().size() >= landed);
    landed = w.cells().size();
  });
  REQUIRE_MESSAGE(rounds.has_value(), (rounds ? "" : rounds.error().message));
  CHECK(landed == 369);
  for (const char* each : {"2025-04-02", "2025-07-15", "2025-12-24", "2026-04-01"}) CHECK(w.coverage(each) == "have");
  CHECK_FALSE(w.host.store.cursor(sleep_key, "reached").has_value());
}

TEST_CASE("a year: a refusal in the middle loses nothing of what landed, and what landed is not asked for again") {
  World w;
  w.service.tell("set", {{"limits", {{"minute", 9}, {"day", 10000}}}});
  w.service.seed(400);
  CHECK(w.failed_sync("stage3").error_class == tento::ErrorClass::rate_limit);
  CHECK(w.host.store.transactions() == 4);
  w.service.tell("set", {{"limits", {{"minute", 1000}, {"day", 10000}}}});
  w.service.requests();
  w.sync("stage3");
  CHECK(lists(w.service) == 16);
  CHECK(w.cells().size() == 369);
  for (const char* each : {"2025-04-02", "2025-12-24", "2026-01-01", "2026-04-01"}) CHECK(w.coverage(each) == "have");

  // Once it is done, everything is asked for again.
  w.sync("stage3");
  CHECK(lists(w.service) == 24);
}

TEST_CASE("a year: others who wait come first, after each month") {
  World w;
  w.service.tell("set", {{"limits", {{"minute", 1000}, {"day", 10000}}}});
  w.service.seed(400);
  const auto first = w.sync("stage3", sleep_key, {.yield_after = 0});
  CHECK(first.more);
  CHECK(w.host.store.transactions() == 1);
  std::size_t runs = 1;
  while (w.sync("stage3", sleep_key, {.yield_after = 0}).more) ++runs;
  CHECK(runs == 11);
  CHECK(w.cells().size() == 369);
  CHECK(w.provider->sync_all(recovery_key).has_value());
  CHECK(w.cells(recovery_key).size() == 395);
}
