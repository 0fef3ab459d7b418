// SPDX-License-Identifier: Apache-2.0
// Records that are kept out, as a note that fits into the ABI whatever a service put into its records.
#include <doctest/doctest.h>

#include <ostream>
#include <string>
#include <tento/sdk/fixed_text.hpp>
#include <tento/sdk/skipped.hpp>

using tento::SkippedRecords;

TEST_CASE("skipped records: none leave a sync as it was") {
  SkippedRecords skipped;
  CHECK(skipped.count() == 0);
  CHECK(skipped.note().empty());
  CHECK(skipped.sentence("the list").empty());
  const tento::Synced done = skipped.into(tento::Synced(3, true));
  CHECK(done.seen == 3);
  CHECK(done.more);
  CHECK(done.skipped == 0);
  CHECK(done.skipped_note.empty());
}

TEST_CASE("skipped records: each is named with what is wrong with it") {
  SkippedRecords skipped;
  skipped.skip("event a", "`start` is missing", "a");
  CHECK(skipped.note() == "event a: `start` is missing");
  CHECK(skipped.sentence("the list") == "a record of the list is kept out: event a: `start` is missing");
  skipped.skip("record 7 of page 2", "it has no id");
  CHECK(skipped.count() == 2);
  CHECK(skipped.note() == "event a: `start` is missing; record 7 of page 2: it has no id");
  CHECK(skipped.sentence("the list").starts_with("2 records of the list are kept out: event a: "));
  CHECK(skipped.has_id("a"));
  CHECK_FALSE(skipped.has_id("b"));
  CHECK_FALSE(skipped.has_id(""));
  CHECK(skipped.into(tento::Synced(9)).skipped == 2);
  CHECK(skipped.into(tento::Synced(9)).skipped_note == skipped.note());
  skipped.clear();
  CHECK(skipped.count() == 0);
  CHECK_FALSE(skipped.has_id("a"));
}

TEST_CASE("skipped records: of many the first are named, the rest counted, and all of it crosses the ABI") {
  SkippedRecords skipped;
  for (int i = 0; i < 100'000; ++i) skipped.skip("event " + std::to_string(i), std::string(5000, 'y'));
  CHECK(skipped.count() == 100'000);
  CHECK(skipped.note().starts_with("event 0: yyy"));
  CHECK(skipped.note().find("; event 1: yyy") != std::string::npos);
  CHECK(skipped.note().ends_with("...; and 99998 more"));
  CHECK(skipped.note().size() <= SkippedRecords::most_note);
  // A short one that would still fit does not come after longer ones that did not: the first are named, in their order.
  skipped.skip("z", "z");
  CHECK(skipped.note().ends_with("...; and 99999 more"));
}

TEST_CASE("skipped records: what a service wrote cannot break the note") {
  SkippedRecords skipped;
  skipped.skip("event \x1b[31m\n\xff\xc3", "its \0 date" /* ends at the NUL */);
  CHECK(skipped.note() == "event  [31m ??: its ");
  skipped.clear();
  skipped.skip(std::string(200, 'x') + "\u00e9", "no");
  skipped.skip(std::string(96, 'x') + "\u00e9\u00e9\u00e9", "no");
  CHECK(skipped.note() == std::string(97, 'x') + "...: no; " + std::string(96, 'x') + "...: no");
}

TEST_CASE("texts: one line of valid UTF-8, and cuts at characters") {
  CHECK(tento::clean_line("a\r\nb\tc\x7f") == "a  b c ");
  CHECK(tento::clean_line("\xed\xa0\x80\xe2\x82\xac") == "???\u20ac");
  CHECK(tento::cut_text("ab\u00e9", 3) == "ab");
  CHECK(tento::cut_text("ab\u00e9", 4) == "ab\u00e9");
  CHECK(tento::cut_text("\u00e9", 0).empty());
}
