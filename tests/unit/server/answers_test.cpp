// SPDX-License-Identifier: Apache-2.0
// Statuses of errors, their documents, tags of entities.
#include <doctest/doctest.h>
#include <simdjson.h>
#include <zlib.h>

#include "host/server/host_names.hpp"
#include "host/server/problems.hpp"
#include "host/server/render.hpp"
#include "host/server/system_routes.hpp"
#include "tests/unit/server/answer_fields.hpp"

namespace {

using tento::Error;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::host::server::Answer;
using tento::host::server::problem;
using tento::host::server::tag_matches;
using tento::host::server::testing::field_of;

Error error_of(ErrorCode code, ErrorClass error_class = ErrorClass::config, std::string tag = {}) {
  Error e;
  e.code = code;
  e.error_class = error_class;
  e.message = "a message with \"quotes\"";
  e.tag = std::move(tag);
  e.remedy = "a remedy";
  return e;
}

std::string member(const Answer& answer, std::string_view name) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  REQUIRE(parser.parse(answer.body).get(document) == simdjson::SUCCESS);
  simdjson::dom::element value;
  if (document.at_key(name).get(value) != simdjson::SUCCESS) return "(missing)";
  return simdjson::minify(value);
}

}  // namespace

TEST_CASE("a problem is a document of RFC 9457 with the status that was sent") {
  auto error = error_of(ErrorCode::rate_limited, ErrorClass::rate_limit);
  error.retry_after_ms = 1500;
  const auto answer = problem(error, "row get", "/api/rows/%22/cells");
  CHECK(answer.status == 429);
  CHECK(answer.content_type == "application/problem+json");
  CHECK(field_of(answer, "Retry-After") == "2");  // never sooner than asked for
  CHECK(field_of(answer, "Cache-Control") == "no-store");
  CHECK(member(answer, "type") == "\"/errors/rate_limited\"");
  CHECK(member(answer, "title") == "\"row get\"");
  CHECK(member(answer, "status") == "429");
  CHECK(member(answer, "detail") == "\"a message with \\\"quotes\\\"\"");
  CHECK(member(answer, "instance") == "\"/api/rows/%22/cells\"");
  CHECK(member(answer, "class") == "\"rate_limit\"");
  CHECK(member(answer, "remedy") == "\"a remedy\"");
}

TEST_CASE("what only the server knows has the same members") {
  const auto own = problem("method_not_allowed", "request", "a \"detail\"", "a remedy");
  const auto other = problem(error_of(ErrorCode::conflict), "x");
  for (const auto* name : {"type", "title", "status", "detail", "code", "class", "retry_after", "remedy"}) {
    CAPTURE(name);
    CHECK(member(own, name) != "(missing)");
    CHECK(member(other, name) != "(missing)");
  }
  CHECK(field_of(problem(error_of(ErrorCode::auth_required, ErrorClass::auth, "unauthorized"), "x"),
                 "WWW-Authenticate") == "Bearer realm=\"tento\"");
  CHECK(field_of(other, "WWW-Authenticate") == "(missing)");
}

TEST_CASE("every type of a problem is a page") {
  using tento::host::server::error_page;
  for (const auto* code : {"usage", "conflict", "busy", "something_of_a_provider"}) {
    CAPTURE(code);
    CHECK(error_page(code).status == 200);
  }
  for (const auto* code : {"", "../x", "<script>", "UPPER", "a b"}) {
    CAPTURE(code);
    const auto answer = error_page(code);
    CHECK(answer.status == 404);
    CHECK(answer.body.find("<script>") == std::string::npos);
  }
}

TEST_CASE("tags of entities are compared weakly, one by one") {
  constexpr std::string_view tag = "W/\"abc\"";
  for (const auto* match :
       {"W/\"abc\"", "\"abc\"", "*", "\"x\", W/\"abc\"", "W/\"abc\", \"x\"", "\"x\",\"abc\" ,\"y\""}) {
    CAPTURE(match);
    CHECK(tag_matches(match, tag));
  }
  for (const auto* match : {"", "abc", "\"ab\"", "\"abcd\"", "W/\"ABC\"", "\"abc\"x", "x", "**"}) {
    CAPTURE(match);
    CHECK(!tag_matches(match, tag));
  }
  CHECK(!tag_matches("*", ""));
}

TEST_CASE("a host is its name whatever way it is written, and an address is no name") {
  using tento::host::server::is_address;
  using tento::host::server::plain_host;
  CHECK(plain_host("LocalHost.:7700") == "localhost:7700");
  CHECK(plain_host("[0:0:0:0:0:0:0:1]:7700") == "[::1]:7700");
  CHECK(plain_host("[nonsense]:1") == "[nonsense]:1");
  CHECK(plain_host("").empty());
  for (const auto* address : {"10.0.0.5", "10.0.0.5:7700", "[::1]", "[fe80::1]:80"}) {
    CAPTURE(address);
    CHECK(is_address(address));
  }
  for (const auto* name : {"", "localhost", "evil.example:80", "10.0.0.5.evil.example", "10.0.0:80", "::1", "[x]:80",
                           "10.0.0.5:port", "10.0.0.5:", "[::1", "0x7f.1"}) {
    CAPTURE(name);
    CHECK(!is_address(name));
  }
}

TEST_CASE("a name that is not this server's says which setting makes it one") {
  using tento::host::server::unknown_host;
  const auto answer = unknown_host("10.0.0.5:7700", "http://127.0.0.1:7700");
  CHECK(answer.status == 421);
  CHECK(member(answer, "remedy") ==
        "\"ask it as 127.0.0.1:7700, or set server.hosts = [\\\"10.0.0.5:7700\\\"] in tento.toml\"");
  CHECK(member(unknown_host("", "http://127.0.0.1:7700"), "remedy") == "\"send Host: 127.0.0.1:7700\"");
}

TEST_CASE("what is compressed on its way is the same text") {
  using tento::host::server::Gzip;
  auto gzip = Gzip::begin();
  REQUIRE(gzip);
  std::string text, small;
  for (int i = 0; i < 3000; ++i) {
    const auto piece = "line " + std::to_string(i * 7919 % 1000) + "\n";
    text += piece;
    small += gzip->add(piece);
  }
  small += gzip->end();
  CHECK(small.size() < text.size() / 2);
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string out(text.size() + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(small.data());
  stream.avail_in = static_cast<uInt>(small.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  CHECK(out == text);
}

TEST_CASE("an answer whose state the client has is not made") {
  using tento::host::Media;
  using tento::host::Output;
  using tento::host::server::learn_tags;
  using tento::host::server::Rendering;
  Output output;
  output.state = "row|7";
  output.beside = "fresh";
  const auto tag_of = [&](Media media, const std::string& asked, const std::string& epoch = "e") {
    Rendering rendering;
    rendering.format.media = media;
    rendering.conditional = true;
    rendering.asked = asked;
    CHECK(!learn_tags(rendering, output, epoch));
    return rendering.state_tag;
  };
  const auto json = tag_of(Media::json, "/a"), csv = tag_of(Media::csv, "/a");
  CHECK(json.starts_with("W/\""));
  CHECK(json != csv);
  CHECK(json != tag_of(Media::json, "/b"));
  CHECK(json != tag_of(Media::json, "/a", "another run"));
  output.beside = "stale";  // told in JSON alone
  CHECK(json != tag_of(Media::json, "/a"));
  CHECK(csv == tag_of(Media::csv, "/a"));
  Rendering again;
  again.format.media = Media::csv;
  again.conditional = true;
  again.asked = "/a";
  again.if_none_match = csv;
  const auto known = learn_tags(again, output, "e");
  REQUIRE(known);
  CHECK(known->status == 304);
  CHECK(field_of(*known, "ETag") == csv);
  output.state = "row|8";
  CHECK(!learn_tags(again, output, "e"));
}

TEST_CASE("the version of a cell is its strong tag, in JSON") {
  using tento::host::Media;
  using tento::host::Output;
  using tento::host::server::learn_tags;
  using tento::host::server::Rendering;
  Output output;
  output.version = "%22v1%22";
  for (const auto media : {Media::json, Media::csv}) {
    Rendering rendering;
    rendering.format.media = media;
    rendering.conditional = true;
    CHECK(!learn_tags(rendering, output, "e"));
    CHECK(rendering.version_tag == (media == Media::json ? "\"%22v1%22\"" : ""));
  }
}
