// SPDX-License-Identifier: Apache-2.0
// Bytes as UTF-8.
#include "gitlog/text.hpp"

#include <doctest/doctest.h>

#include <string>

using gitlog::clip;
using gitlog::is_utf8;
using gitlog::to_utf8;

TEST_CASE("well-formed UTF-8 is what RFC 3629 says") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFF"}) {
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("a known encoding is transcoded") {
  CHECK(to_utf8("Andr\xE9", "ISO-8859-1") == "Andr\xC3\xA9");
  CHECK(to_utf8("Andr\xE9", "latin1") == "Andr\xC3\xA9");
  CHECK(to_utf8("\x80", "cp1252") == "\xE2\x82\xAC");
  CHECK(to_utf8("\xA4", "iso8859-15") == "\xE2\x82\xAC");
  CHECK(to_utf8("\x93\xFA\x96\x7B", "Shift_JIS") == "\xE6\x97\xA5\xE6\x9C\xAC");
  CHECK(to_utf8("\xC4\xE3", "GBK") == "\xE4\xBD\xA0");
}

TEST_CASE("what cannot be transcoded is replaced, never dropped") {
  CHECK(to_utf8("a\xE9z", "") == "a\xEF\xBF\xBDz");
  CHECK(to_utf8("a\xE9z", "UTF-8") == "a\xEF\xBF\xBDz");
  CHECK(to_utf8("a\xE9z", "no-such-encoding") == "a\xEF\xBF\xBDz");
  CHECK(to_utf8("a\xE9z", "ISO-2022-CN-EXT") == "a\xEF\xBF\xBDz");
  CHECK(to_utf8("\x81", "Shift_JIS") == "\xEF\xBF\xBD");
  CHECK(to_utf8("fine \xC3\xA9", "no-such-encoding") == "fine \xC3\xA9");
}

TEST_CASE("a text is cut at a character border") {
  CHECK(clip("abc", 3) == "abc");
  CHECK(clip("ab\xC3\xA9", 3) == "ab");
  CHECK(clip("\xF0\x9F\x98\x80", 3).empty());
}
