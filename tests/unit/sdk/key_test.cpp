// SPDX-License-Identifier: Apache-2.0
// Patterns and keys: the grammar, every refusal, and the canonical form that row ids are made from.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <tento/sdk/key.hpp>

using namespace tento;

namespace {

Pattern pattern(std::string_view text) {
  const auto parsed = Pattern::parse(text);
  REQUIRE_MESSAGE(parsed.has_value(), std::string(text));
  return *parsed;
}
std::string values(const Result<std::vector<Param>>& params) {
  if (!params) return "error " + params.error().tag;
  std::string out;
  for (const Param& p : *params) out += p.name + "=" + p.value + ";";
  return out;
}

}  // namespace

TEST_CASE("pattern: what is one") {
  const Pattern p = pattern(":~acme-box:{authId}:calendar:{calId}:events2");
  CHECK(p.text() == ":~acme-box:{authId}:calendar:{calId}:events2");
  CHECK(p.segments() ==
        std::vector<Segment>{
            {"~acme-box", false}, {"authId", true}, {"calendar", false}, {"calId", true}, {"events2", false}});
  CHECK(pattern(":~a").segments().size() == 1);
}

TEST_CASE("pattern: what is refused, naming the segment") {
  struct Row {
    const char* text;
    const char* why;
  };
  const Row rows[] = {
      {"", "does not begin with a colon"},
      {"~a:b", "does not begin with a colon"},
      {":", "segment 1 is not a prefix"},
      {":a:b", "segment 1 is not a prefix"},
      {":~", "segment 1 is not a prefix"},
      {":~A", "segment 1 is not a prefix"},
      {":~1", "segment 1 is not a prefix"},
      {":~a-", "segment 1 is not a prefix"},
      {":~a_b", "segment 1 is not a prefix"},
      {":{authId}:a", "segment 1 is not a prefix"},
      {":{~a}:a", "segment 1 is not a prefix"},
      {":~a:", "segment 2 is empty"},
      {":~a::b", "segment 2 is empty"},
      {":~a:b:", "segment 3 is empty"},
      {":~a:Sleep", "segment 2 is neither a camelCase word"},
      {":~a:my_row", "segment 2 is neither a camelCase word"},
      {":~a:my-row", "segment 2 is neither a camelCase word"},
      {":~a:~b", "segment 2 is neither a camelCase word"},
      {":~a:..", "segment 2 is neither a camelCase word"},
      {":~a:%61", "segment 2 is neither a camelCase word"},
      {":~a:sleep ", "segment 2 is neither a camelCase word"},
      {":~a:{authId", "segment 2 is neither a camelCase word"},
      {":~a:authId}", "segment 2 is neither a camelCase word"},
      {":~a:x{authId}", "segment 2 is neither a camelCase word"},
      {":~a:{}", "segment 2 is a parameter whose name is not a camelCase word"},
      {":~a:{{authId}}", "segment 2 is a parameter whose name is not a camelCase word"},
      {":~a:{auth_id}", "segment 2 is a parameter whose name is not a camelCase word"},
      {":~a:{AuthId}", "segment 2 is a parameter whose name is not a camelCase word"},
      {":~a:{id}:b:{id}", "segment 4 names a parameter that an earlier segment has"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = Pattern::parse(row.text);
    REQUIRE_FALSE(parsed.has_value());
    CAPTURE(parsed.error().message);
    CHECK(parsed.error().message.find(row.why) != std::string::npos);
    CHECK(parsed.error().code == ErrorCode::invalid_argument);
  }
  CHECK(Pattern::parse(":~a:" + std::string(4096, 'b')).error().message.find("longer than 4096") != std::string::npos);
  CHECK(Pattern::parse(":~a:" + std::string(1025, 'b')).error().message.find("longer than 1024") != std::string::npos);
}

TEST_CASE("key: splitting gives raw segments") {
  CHECK(split_key(":~git:9f%3A3a:commits") == std::vector<std::string_view>{"~git", "9f%3A3a", "commits"});
  CHECK(split_key(":a") == std::vector<std::string_view>{"a"});
  CHECK(split_key(":~weather:Zürich") == std::vector<std::string_view>{"~weather", "Zürich"});
}

TEST_CASE("key: what is refused, and how it is told") {
  struct Row {
    std::string_view key;
    KeyDefect defect;
    const char* message;
  };
  using namespace std::string_view_literals;
  const std::string big = ":~a:" + std::string(1'000'000, 'x');
  const std::string at_limit = ":~a:" + std::string(1024, 'x'), over_limit = at_limit + 'x';
  std::string encoded_over = ":~a:";
  for (int i = 0; i < 1025; ++i) encoded_over += "%41";
  const Row rows[] = {
      {"", KeyDefect::no_colon, "the key `` does not begin with a colon, as in `:~provider:account:row`"},
      {"~a:b", KeyDefect::no_colon, "the key `~a:b` does not begin with a colon, as in `:~provider:account:row`"},
      {":", KeyDefect::empty_segment, "the key `:` is invalid: its segment 1 is empty"},
      {":~a:", KeyDefect::empty_segment, "the key `:~a:` is invalid: its segment 2 is empty"},
      {":~a::b", KeyDefect::empty_segment, "the key `:~a::b` is invalid: its segment 2 is empty"},
      {"::~a", KeyDefect::empty_segment, "the key `::~a` is invalid: its segment 1 is empty"},
      {":~a:b\0c"sv, KeyDefect::nul, "the key `:~a:b\\x00c` is invalid: its segment 2 holds a NUL"},
      {":~a:b%00c", KeyDefect::nul, "the key `:~a:b%00c` is invalid: its segment 2 holds a NUL"},
      {":~a:%", KeyDefect::bad_escape, nullptr},
      {":~a:%4", KeyDefect::bad_escape, nullptr},
      {":~a:%4:1", KeyDefect::bad_escape, nullptr},
      {":~a:%zz", KeyDefect::bad_escape, nullptr},
      {":~a:%%41", KeyDefect::bad_escape, nullptr},
      {":~a:100%:b", KeyDefect::bad_escape,
       "the key `:~a:100%:b` is invalid: its segment 2 holds a percent sign that two hex digits do not follow; write "
       "%25 for a percent "
       "sign"},
      {":~a:.", KeyDefect::dot_segment, nullptr},
      {":~a:..:b", KeyDefect::dot_segment,
       "the key `:~a:..:b` is invalid: its segment 2 is `.` or `..`, which is not allowed"},
      {":~a:%2e%2E", KeyDefect::dot_segment, nullptr},
      {":~a:.%2e", KeyDefect::dot_segment, nullptr},
      {":~a:...", KeyDefect::none, nullptr},
      {":~a:.b", KeyDefect::none, nullptr},
      {":~a:%252e", KeyDefect::none, nullptr},
      {":~a:\xff", KeyDefect::not_utf8, "the key `:~a:\\xff` is invalid: its segment 2 is not UTF-8"},
      {":~a:%FF", KeyDefect::not_utf8, nullptr},
      {":~a:%C3", KeyDefect::not_utf8, nullptr},
      {":~a:%C3:%A9", KeyDefect::not_utf8, nullptr},
      {":~a:%C3%A9", KeyDefect::none, nullptr},
      {":~a:\xc3%A9", KeyDefect::none, nullptr},
      {":~a:%C0%80", KeyDefect::not_utf8, nullptr},
      {":~a:%ED%A0%80", KeyDefect::not_utf8, nullptr},
      {":~a:%E0%80%AF", KeyDefect::not_utf8, nullptr},
      {":~a:%F4%90%80%80", KeyDefect::not_utf8, nullptr},
      {":~a:%F0%9F%8C%A6", KeyDefect::none, nullptr},
      {":~a:%F0%8F%BF%BF", KeyDefect::not_utf8, nullptr},
      {":~a:/", KeyDefect::none, nullptr},
      {":~a:\x01", KeyDefect::none, nullptr},
      {at_limit, KeyDefect::none, nullptr},
      {over_limit, KeyDefect::long_segment, nullptr},
      {encoded_over, KeyDefect::long_segment, nullptr},
      {big, KeyDefect::too_long, nullptr},
  };
  for (const Row& row : rows) {
    const std::string shown(row.key.substr(0, 80));
    CAPTURE(shown);
    CHECK(check_key(row.key) == row.defect);
    const auto split = split_key(row.key);
    CHECK(split.has_value() == (row.defect == KeyDefect::none));
    if (split) continue;
    if (row.message != nullptr) CHECK(split.error().message == row.message);
    const bool large = row.defect == KeyDefect::too_long || row.defect == KeyDefect::long_segment;
    CHECK(split.error().code == (large ? ErrorCode::too_large : ErrorCode::invalid_argument));
    CHECK(split.error().error_class == ErrorClass::config);
    CHECK(split.error().message.size() < 512);
  }
  CHECK(check_key(":" + std::string(1000, 'x') + ":" + std::string(1000, 'x') + ":" + std::string(1000, 'x') + ":" +
                  std::string(1024, 'x') + ":" + std::string(67, 'x')) == KeyDefect::none);  // 4096 bytes
}

TEST_CASE("percent: decoded once, encoded as little as can be") {
  CHECK(percent_decode("a%3Ab%2fc+d") == "a:b/c+d");
  CHECK(percent_decode("%2541") == "%41");
  CHECK(percent_decode("") == "");
  CHECK_FALSE(percent_decode("50%").has_value());
  CHECK_FALSE(percent_decode("%g1").has_value());
  CHECK_FALSE(percent_decode("%41%1").has_value());
  CHECK(percent_encode_param("a:b%c/d e~{}é\n\x7f") == "a%3Ab%25c/d e~{}é%0A%7F");
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  CHECK(percent_decode(percent_encode_param(all)) == all);
}

TEST_CASE("match: segment counts agree, literals compare raw, params are decoded once") {
  const Pattern p = pattern(":~git:{authId}:commits");
  CHECK(values(match_pattern(p, ":~git:9f3a:commits")) == "authId=9f3a;");
  CHECK(values(match_pattern(p, ":~git:a%3Ab%252F:commits")) == "authId=a:b%2F;");
  CHECK(values(match_pattern(p, ":~git:commits:commits")) == "authId=commits;");
  for (const char* miss : {":~git:9f3a", ":~git:9f3a:commits:daily", ":~git:9f3a:Commits", ":~Git:9f3a:commits",
                           ":~git:9f3a:%63ommits", ":~git:9f3a:commit", ":~git:9f3a:commitss", ":~gi:t9f3a:commits"}) {
    CAPTURE(miss);
    CHECK(values(match_pattern(p, miss)) == "error no_match");
    CHECK(match_pattern(p, miss).error().code == ErrorCode::not_found);
  }
  CHECK(values(match_pattern(p, ":~git::commits")) == "error invalid_key");
  CHECK(values(match_pattern(pattern(":~x:{a}:{b}"), ":~x:1:2")) == "a=1;b=2;");

  std::array<std::string_view, 2> raw;
  CHECK(matches(p, ":~git:a%3Ab:commits", raw));
  CHECK(raw[0] == "a%3Ab");
  CHECK(raw[1].empty());
  CHECK(matches(pattern(":~x:{a}:{b}"), ":~x:1:2", std::span(raw).first(1)));
  CHECK_FALSE(matches(p, ":~git::commits"));
}

TEST_CASE("canonical keys: one per meaning") {
  const Pattern p = pattern(":~git:{authId}:commits");
  const auto key = [&p](std::string value) { return p.key({{"authId", std::move(value)}}); };
  CHECK(key("9f3a") == ":~git:9f3a:commits");
  CHECK(key("a:b") == ":~git:a%3Ab:commits");
  CHECK(key("100%") == ":~git:100%25:commits");
  CHECK(key("/home/user/src") == ":~git:/home/user/src:commits");
  CHECK(*key("e\u0301") != *key("\u00e9"));  // no Unicode normalisation
  CHECK(key("tab\there") == ":~git:tab%09here:commits");

  // Every spelling of one key ends at the same canonical text.
  for (const char* spelling : {":~git:A%3ab:commits", ":~git:%41%3Ab:commits", ":~git:%41%3a%62:commits"}) {
    CAPTURE(spelling);
    const auto params = match_pattern(p, spelling);
    REQUIRE(params.has_value());
    CHECK(p.key(*params) == ":~git:A%3Ab:commits");
  }

  CHECK(key("").error().message.find("the parameter `authId` is empty") != std::string::npos);
  CHECK(key(std::string("a\0b", 3)).error().message.find("holds a NUL") != std::string::npos);
  CHECK_FALSE(key("..").has_value());
  CHECK_FALSE(key(".").has_value());
  CHECK_FALSE(key("\xff").has_value());
  CHECK(key(std::string(1024, 'x')).has_value());
  CHECK(key(std::string(1025, 'x')).error().code == ErrorCode::too_large);
  CHECK(p.key({}).error().message.find("`authId` is missing") != std::string::npos);
  CHECK(p.key({{"authId", "a"}, {"authId", "b"}}).error().message.find("is given twice") != std::string::npos);
  CHECK(p.key({{"authId", "a"}, {"calId", "b"}}).error().message.find("`calId` is unknown") != std::string::npos);
  CHECK(p.key({{"authid", "a"}}).error().message.find("`authId` is missing") != std::string::npos);
  const Pattern two = pattern(":~x:{a}:{b}");
  CHECK(two.key({{"b", "2"}, {"a", "1"}}) == ":~x:1:2");
  // Each value within its limit, all together beyond the key's.
  CHECK(two.key({{"a", std::string(1024, ':')}, {"b", std::string(1024, ':')}}).error().code == ErrorCode::too_large);
}

TEST_CASE("key: whatever key() writes, match_pattern reads back") {
  const Pattern p = pattern(":~x:{a}:mid:{b}");
  std::uint64_t state = 1;
  const auto random = [&state](std::uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  int kept = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string value[2];
    for (std::string& v : value) {
      for (std::uint64_t n = random(12); n > 0; --n) {
        static constexpr const char* key_pieces[] = {"a",    "Z", "0",    "%",   ":",   "/", ".", " ",   "\n",
                                                     "\x7f", "é", "🌦", "%41", "%3A", "{", "~", "\xff"};
        v += key_pieces[random(std::size(key_pieces))];
      }
    }
    const auto key = p.key({{"a", value[0]}, {"b", value[1]}});
    if (!key) continue;
    ++kept;
    const auto params = match_pattern(p, *key);
    REQUIRE(params.has_value());
    REQUIRE((*params)[0].value == value[0]);
    REQUIRE((*params)[1].value == value[1]);
    REQUIRE(p.key(*params) == *key);
  }
  CHECK(kept > 5000);
}
