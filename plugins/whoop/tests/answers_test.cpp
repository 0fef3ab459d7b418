// SPDX-License-Identifier: Apache-2.0
// The library over answers that were made up: records of every form, and what no service should say.
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <tento/sdk/testing/transports.hpp>

#include "whoop/list.hpp"

using namespace whoop;
using namespace tento::testing;
namespace json = boost::json;
using tento::ErrorClass;
using tento::ErrorCode;

namespace {

const std::string base_url = "https://api.prod.whoop.com/developer";
const std::string range = "?limit=25&start=2026-04-20T00%3A00%3A00.000Z&end=2026-05-01T00%3A00%3A00.000Z";

tento::Instant moment(const std::string& text) {
  return *tento::SemanticTime::parse(text)->instant();
}

std::string file(const std::string& name) {
  const char* folder = std::getenv("FIXTURES");  // NOLINT(concurrency-mt-unsafe): one thread
  REQUIRE(folder != nullptr);
  std::ifstream in(std::string(folder) + "/" + name + ".json");
  std::ostringstream out;
  out << in.rdbuf();
  REQUIRE_MESSAGE(!out.str().empty(), name);
  return out.str();
}

// A fixture with members in the place of its own; a null takes one away.
std::string with(const std::string& name, const json::object& members) {
  json::object out = json::parse(file(name)).as_object();
  for (const auto& [member, value] : members) {
    if (value.is_null()) {
      out.erase(member);
    } else {
      out[member] = value;
    }
  }
  return json::serialize(out);
}

template <class Model>
struct Outcome {
  std::vector<Model> records;
  std::vector<OddRecord> odd;
  tento::Error error;
  std::size_t pages = 0;
};

template <class Model>
Outcome<Model> walk(CannedTransport& http, ClientOptions options = {}, Query query = {}) {
  Outcome<Model> out;
  const Client client(std::move(options));
  query.from = moment("2026-04-20T00:00:00Z");
  query.to = moment("2026-05-01T00:00:00Z");
  for (List<Model> list(client, http, query); list.more(); ++out.pages) {
    const auto read = list.fetch(
        [&out](Model& one) -> tento::Result<void> {
          out.records.push_back(one);
          return {};
        },
        [&out](const OddRecord& odd) { out.odd.push_back(odd); });
    if (!read) {
      out.error = read.error();
      return out;
    }
  }
  return out;
}

Outcome<Sleep> sleeps_of(const std::string& body, std::uint32_t status = 200, tento::http::Headers headers = {}) {
  CannedTransport http;
  http.on("GET", base_url + "/v2/activity/sleep" + range, answer(status, body, std::move(headers)));
  ClientOptions options;
  options.now = [] { return moment("2026-04-29T12:00:00Z"); };
  return walk<Sleep>(http, options);
}

template <class Model>
Outcome<Model> of_records(const std::string& path, const std::string& records) {
  CannedTransport http;
  http.on("GET", base_url + path + range, answer(200, R"({"records":[)" + records + "]}"));
  return walk<Model>(http);
}
Outcome<Sleep> sleeps(const std::string& records) {
  return of_records<Sleep>("/v2/activity/sleep", records);
}
Outcome<Cycle> cycles(const std::string& records) {
  return of_records<Cycle>("/v2/cycle", records);
}

std::string text(tento::Date day) {
  return tento::PartialDate::ymd(day).text().substr(4);
}

}  // namespace

TEST_CASE("records: everything that is told of them") {
  const auto slept = sleeps(file("sleep"));
  REQUIRE_MESSAGE(slept.error.message.empty(), slept.error.message);
  REQUIRE(slept.records.size() == 1);
  const Sleep& sleep = slept.records[0];
  CHECK(sleep.id == "6f1c2a8e-0b5d-4c37-9a41-2d7e80c5b9f3");
  CHECK(sleep.cycle_id == 501);
  CHECK(sleep.start == moment("2026-04-28T21:40:00.25Z"));
  CHECK(sleep.end == moment("2026-04-29T05:10:00Z"));
  CHECK(sleep.offset_minutes == 120);
  CHECK_FALSE(sleep.nap);
  CHECK(sleep.updated_at == "2026-04-29T06:00:00.000Z");
  CHECK(sleep.state == ScoreState::scored);
  CHECK(sleep.settled());
  REQUIRE(sleep.score.has_value());
  CHECK(sleep.score->stages.light_ms == 13'200'001);
  CHECK(sleep.score->stages.disturbances == 9);
  CHECK(sleep.score->need.nap_ms == -600'500);
  CHECK(sleep.score->respiratory_rate == 15.234375);
  CHECK(sleep.score->efficiency == 93.33341);
  CHECK(sleep.raw + "\n" == file("sleep"));  // byte for byte

  const auto recovered = of_records<Recovery>("/v2/recovery", file("recovery"));
  REQUIRE(recovered.records.size() == 1);
  CHECK(recovered.records[0].cycle_id == 501);
  CHECK(recovered.records[0].sleep_id == sleep.id);
  CHECK(recovered.records[0].score->hrv_rmssd_ms == 63.481);
  CHECK(recovered.records[0].score->calibrating == false);

  const auto cycle = cycles(file("cycle"));
  REQUIRE(cycle.records.size() == 1);
  CHECK_FALSE(cycle.records[0].end.has_value());
  CHECK(cycle.records[0].score->max_heart_rate == 149);

  const auto trained = of_records<Workout>("/v2/activity/workout", file("workout"));
  REQUIRE(trained.records.size() == 1);
  CHECK(trained.records[0].sport == "running");
  CHECK(trained.records[0].score->zones.zone_ms[5] == 119'500);
  CHECK(trained.records[0].score->altitude_change_m == -3.5);
}

TEST_CASE("days: a night is of the day on which it ends by the person's clock, whatever the offset") {
  struct Case {
    std::string offset;
    std::string end;
    const char* day;
  };
  for (const auto& [offset, end, day] :
       {Case{"Z", "2026-04-29T23:59:59.999Z", "2026-04-29"}, Case{"+14:00", "2026-04-29T10:00:00Z", "2026-04-30"},
        Case{"+14:00", "2026-04-29T09:59:59Z", "2026-04-29"}, Case{"-12:00", "2026-04-29T11:59:59Z", "2026-04-28"},
        Case{"-12:00", "2026-04-29T12:00:00Z", "2026-04-29"}, Case{"-00:30", "2026-04-29T00:29:59Z", "2026-04-28"},
        Case{"-00:30", "2026-04-29T00:30:00Z", "2026-04-29"}, Case{"+05:45", "2026-04-28T18:15:00Z", "2026-04-29"},
        Case{"-00:00", "2026-04-29T00:00:00Z", "2026-04-29"}}) {
    const std::string which = offset + " " + end;
    CAPTURE(which);
    const auto got =
        sleeps(with("sleep", {{"timezone_offset", offset}, {"start", "2026-04-28T10:00:00Z"}, {"end", end}}));
    REQUIRE_MESSAGE(got.records.size() == 1, (got.odd.empty() ? "" : got.odd[0].why));
    CHECK(text(got.records[0].day()) == day);
  }
  for (const std::string offset :
       {"", "z", "+2", "+0200", "+25:00", "-01:60", "Europe/Berlin", ".5Z", "+02:00 ", "02:00"}) {
    CAPTURE(offset);
    const auto got = sleeps(with("sleep", {{"timezone_offset", offset}}));
    REQUIRE(got.odd.size() == 1);
    CHECK(got.odd[0].why.find("`timezone_offset`") == 0);
    CHECK(got.odd[0].id == "6f1c2a8e-0b5d-4c37-9a41-2d7e80c5b9f3");
  }
}

TEST_CASE("days: bedtimes before and after midnight give each day one cycle") {
  const auto begun = [](int id, const std::string& start) {
    return with("cycle", {{"id", id}, {"start", start}, {"timezone_offset", "-04:00"}});
  };
  const auto got = cycles(begun(3, "2026-04-23T03:34:04Z") + "," + begun(2, "2026-04-22T04:01:01Z") + "," +
                          begun(1, "2026-04-21T04:36:29Z"));
  REQUIRE(got.records.size() == 3);
  CHECK(text(got.records[0].day()) == "2026-04-23");  // 23:34 on the 22nd
  CHECK(text(got.records[1].day()) == "2026-04-22");  // 00:01 on the 22nd
  CHECK(text(got.records[2].day()) == "2026-04-21");  // 00:36 on the 21st
}

TEST_CASE("scores: values only where the service has evaluated the record, and no last word before") {
  struct Case {
    json::object members;
    ScoreState state;
    bool score;
    bool settled;
  };
  const json::value odd_score{{"respiratory_rate", "none"}};
  for (const auto& [members, state, score, settled] :
       {Case{{{"score_state", "PENDING_SCORE"}}, ScoreState::pending, false, false},
        Case{{{"score_state", "PENDING_SCORE"}, {"score", odd_score}}, ScoreState::pending, false, false},
        Case{{{"score_state", "UNSCORABLE"}, {"score", nullptr}}, ScoreState::unscorable, false, true},
        Case{{{"score", nullptr}}, ScoreState::scored, false, false},
        Case{{{"score_state", "REVISED"}}, ScoreState::other, false, false},
        Case{{{"score", json::object()}}, ScoreState::scored, true, true}}) {
    const auto got = sleeps(with("sleep", members));
    REQUIRE_MESSAGE(got.records.size() == 1, (got.odd.empty() ? "" : got.odd[0].why));
    CHECK(got.records[0].state == state);
    CHECK(got.records[0].score.has_value() == score);
    CHECK(got.records[0].settled() == settled);
  }
}

TEST_CASE("odd records: each is kept out with a reason, and the others come") {
  struct Case {
    json::object members;
    const char* why;
  };
  const auto score = [](const std::string& stages) { return json::object{{"score", json::parse(stages)}}; };
  for (const auto& [members, why] :
       {Case{{{"id", nullptr}}, "`id` is missing"},
        Case{{{"id", 7}}, "`id` is not text"},
        Case{{{"id", std::string(513, 'x')}}, "`id` has 513 bytes"},
        Case{{{"cycle_id", "seven"}}, "`cycle_id` is not a whole number"},
        Case{{{"cycle_id", -1}}, "`cycle_id` is negative"},
        Case{{{"start", "yesterday"}}, "`start` holds `yesterday`, which is not a time"},
        Case{{{"end", "ymd-2026-04-29"}}, "`end` holds `ymd-2026-04-29`, which is not a time"},
        Case{{{"end", nullptr}}, "`end` is missing"},
        Case{{{"end", "2026-04-28T20:00:00Z"}}, "it ends before it starts"},
        Case{{{"start", "1903-01-01T00:00:00Z"}}, "it lasts for 45044 days"},
        Case{{{"updated_at", 5}}, "`updated_at` is not text"},
        Case{{{"nap", "no"}}, "`nap` is neither true nor false"},
        Case{{{"nap", nullptr}}, "`nap` is missing"},
        Case{{{"score_state", nullptr}}, "`score_state` is missing"},
        Case{{{"score", "98"}}, "`score` is not an object"},
        Case{score(R"({"respiratory_rate":"15"})"), "`score.respiratory_rate` is not a number"},
        Case{score(R"({"stage_summary":[]})"), "`score.stage_summary` is not an object"},
        Case{score(R"({"stage_summary":{"disturbance_count":-2}})"),
             "`score.stage_summary.disturbance_count` is negative"},
        Case{score(R"({"stage_summary":{"total_rem_sleep_time_milli":1.5}})"),
             "`score.stage_summary.total_rem_sleep_time_milli` is not a whole number"},
        Case{score(R"({"stage_summary":{"total_rem_sleep_time_milli":9000000000000000000}})"),
             "`score.stage_summary.total_rem_sleep_time_milli` is beyond all measure"}}) {
    const auto got = sleeps(with("sleep", members) + "," + file("sleep"));
    CHECK(got.records.size() == 1);
    REQUIRE(got.odd.size() == 1);
    CHECK(got.odd[0].why == why);
  }
  const auto got = sleeps(R"(5,null,[{}],"sleep",)" + file("sleep"));
  CHECK(got.records.size() == 1);
  REQUIRE(got.odd.size() == 4);
  CHECK(got.odd[3].what == "sleep 4 of page 1");
  CHECK(got.odd[3].why == "it is not an object");
}

TEST_CASE("odd records: a number beyond all numbers spoils its own record only") {
  std::string huge = file("sleep");
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"15.234375", "1e999"},
                                 {"13200001", "123456789012345678901234567890"},
                                 {"\"+02:00\"", "\"\\ud800\""}}) {
    std::string spoilt = huge;
    spoilt.replace(spoilt.find(from), from.size(), to);
    const auto got = sleeps(spoilt + "," + with("sleep", {{"id", "other"}}));
    REQUIRE_MESSAGE(got.error.message.empty(), got.error.message);
    REQUIRE(got.records.size() == 1);
    CHECK(got.records[0].id == "other");
    REQUIRE(got.odd.size() == 1);
    CHECK(got.odd[0].id == "6f1c2a8e-0b5d-4c37-9a41-2d7e80c5b9f3");
  }
  // 30.0 is as good as 30.
  std::string real = huge;
  real.replace(real.find("13200001"), 8, "13200001.0");
  CHECK(sleeps(real).records.at(0).score->stages.light_ms == 13'200'001);
}

TEST_CASE("pages: what is none is an error that says which") {
  const std::string page = R"({"records":[)" + file("sleep") + R"(],"next_token":"x"})";
  struct Case {
    std::string body;
    const char* why;
  };
  for (const auto& [body, why] :
       {Case{"", "not JSON"}, Case{"<html></html>", "not a JSON object"}, Case{"[]", "not a JSON object"},
        Case{page.substr(0, page.size() / 2), "not JSON"}, Case{page.substr(0, page.size() - 1), "not JSON"},
        Case{page + page, "not JSON"}, Case{"{}", "`records` is missing"},
        Case{R"({"records":null})", "`records` is not a list"}, Case{R"({"records":{}})", "`records` is not a list"},
        Case{R"({"error":"internal","error_description":"try later"})", "`records` is missing; it says: try later"},
        Case{R"({"records":[],"next_token":5})", "`next_token` is not text"},
        Case{R"({"records":[{"a":1e999]],"next_token":"x"})", "not JSON"},
        Case{R"({"records":[{"a":1e999},],"next_token":"x"})", "not JSON"}}) {
    const std::string begin = body.substr(0, 60);
    CAPTURE(begin);
    const auto got = sleeps_of(body);
    CHECK(got.error.code == ErrorCode::invalid_data);
    CHECK(got.error.error_class == ErrorClass::provider);
    CHECK(got.error.tag == "whoop_bad_answer");
    CHECK(got.error.message.find("page 1 of the sleeps from 2026-04-20 to 2026-05-01: ") == 0);
    CHECK_MESSAGE(got.error.message.find(why) != std::string::npos, got.error.message);
  }
  const auto large = sleeps_of(page.substr(0, page.size() - 1) + R"(,"x":")" + std::string(5u << 20, 'x') + "\"}");
  CHECK(large.error.code == ErrorCode::too_large);
  CHECK(large.error.error_class == ErrorClass::provider);
  CHECK(large.error.message.find("page 1 of the sleeps") == 0);
}

TEST_CASE("pages: the token of one asks for the next, and the last has none or an empty one") {
  CannedTransport http;
  const std::string url = base_url + "/v2/activity/sleep" + range;
  http.on("GET", url, answer(200, R"({"next_token":"a/b=","records":[)" + with("sleep", {{"id", "1"}}) + "]}"));
  http.on("GET", url + "&nextToken=a%2Fb%3D", answer(200, R"({"records":[)" + file("sleep") + R"(],"next_token":""})"));
  const auto got = walk<Sleep>(http);
  CHECK(got.error.message == "");
  CHECK(got.records.size() == 2);
  CHECK(got.pages == 2);

  CannedTransport round;
  round.on("GET", url, answer(200, R"({"records":[],"next_token":"a"})"));
  round.on("GET", url + "&nextToken=a", answer(200, R"({"records":[],"next_token":"a"})"));
  CHECK(walk<Sleep>(round).error.tag == "page_repeats");

  CannedTransport many;
  many.on("GET", url, answer(200, R"({"records":[],"next_token":"a"})"));
  many.on("GET", url + "&nextToken=a", answer(200, R"({"records":[],"next_token":"b"})"));
  Query query;
  query.limits.most_pages = 2;
  CHECK(walk<Sleep>(many, {}, query).error.tag == "too_many_pages");
}

TEST_CASE("refusals: what they mean, and when to ask again") {
  const auto dead = sleeps_of(R"({"message":"Authorization was not valid"})", 401);
  CHECK(dead.error.error_class == ErrorClass::auth);
  CHECK(dead.error.tag == "whoop_auth_expired");
  CHECK(dead.error.message ==
        "the sleeps from 2026-04-20 to 2026-05-01: the service answered 401: Authorization was not valid");
  const auto scope = sleeps_of("", 403);
  CHECK(scope.error.error_class == ErrorClass::auth);
  CHECK(scope.error.tag == "forbidden");
  const auto over = sleeps_of(R"({"error": "deactivated_user"})", 403);
  CHECK(over.error.error_class == ErrorClass::config);
  CHECK(over.error.tag == "whoop_membership_ended");
  CHECK(sleeps_of("<html>", 502).error.error_class == ErrorClass::transient);
  CHECK(sleeps_of("", 204).error.tag == "unexpected_status");

  struct Case {
    tento::http::Headers headers;
    std::int64_t wait_ms;
  };
  const std::string date = "Wed, 29 Apr 2026 12:00:00 GMT";
  for (const auto& [headers, wait_ms] :
       {Case{{}, 60'000},
        Case{{{"X-RateLimit-Limit", "100, 100;window=60, 10000;window=86400"},
              {"X-RateLimit-Remaining", "0"},
              {"X-RateLimit-Reset", "3"}},
             3'000},
        Case{{{"X-RateLimit-Reset", "7"}}, 7'000}, Case{{{"X-RateLimit-Reset", "-5"}}, 60'000},
        Case{{{"X-RateLimit-Reset", "soon"}}, 60'000}, Case{{{"X-RateLimit-Reset", "0"}}, 1'000},
        Case{{{"X-RateLimit-Reset", "31536000"}}, 86'400'000}, Case{{{"X-RateLimit-Reset", "1777464060"}}, 60'000},
        Case{{{"X-RateLimit-Reset", date}}, 60'000}, Case{{{"Retry-After", "12"}, {"X-RateLimit-Reset", "3"}}, 12'000},
        Case{{{"Retry-After", "Wed, 29 Apr 2026 12:00:30 GMT"}, {"Date", date}}, 30'000},
        Case{{{"Retry-After", "Wed, 29 Apr 1903 12:00:30 GMT"}, {"Date", date}}, 1'000},
        Case{{{"Retry-After", "999999999999"}}, 86'400'000}}) {
    const auto got = sleeps_of(R"({"message":"Too Many Requests"})", 429, headers);
    CHECK(got.error.error_class == ErrorClass::rate_limit);
    CHECK(got.error.tag == "rate_limited");
    CHECK(got.error.retry_after_ms == wait_ms);
  }
}

TEST_CASE("the profile and a single sleep") {
  CannedTransport http;
  const Client client;
  const std::string url = base_url + "/v2/user/profile/basic";
  http.on("GET", url, answer(200, file("profile")));
  http.on("GET", url, answer(200, R"({"user_id":"4711"})"));
  http.on("GET", url, answer(200, R"({"user_id":5})"));
  http.on("GET", url, answer(200, "true"));
  const auto mine = client.profile(http);
  REQUIRE(mine.has_value());
  CHECK(mine->user_id == 4711);
  CHECK(mine->email == "mo@example.com");
  CHECK(client.profile(http).error().message == "the profile of the account: `user_id` is not a whole number");
  CHECK(client.profile(http)->email == "");
  CHECK(client.profile(http).error().tag == "whoop_bad_answer");

  http.on("GET", base_url + "/v2/activity/sleep/a%2Fb", answer(200, file("sleep")));
  http.on("GET", base_url + "/v2/activity/sleep/a%2Fb", answer(404, ""));
  http.on("GET", base_url + "/v2/activity/sleep/a%2Fb", answer(200, with("sleep", {{"end", nullptr}})));
  CHECK((*client.sleep(http, "a/b"))->cycle_id == 501);
  CHECK_FALSE(client.sleep(http, "a/b")->has_value());
  CHECK(client.sleep(http, "a/b").error().message == "sleep a/b: `end` is missing");
}
