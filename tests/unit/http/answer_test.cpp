// SPDX-License-Identifier: Apache-2.0
// Answers out of bytes, whole and cut at every place: heads, bodies of each kind, and what is no HTTP.
#include <doctest/doctest.h>

#include <vector>

#include "raw_server.hpp"
#include "sdk/http/src/answer.hpp"

using namespace tento;
using namespace tento::http;
using namespace tento::http::inner;
using tento::test::ok_line;

namespace {

// Bytes that come `piece` at a time.
class Bytes final : public Source {
 public:
  Bytes(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}
  Result<std::size_t> read_some(std::span<char> out, const Deadline&, const Step&) override {
    const std::size_t size = std::min({out.size(), piece_, bytes_.size() - at_});
    bytes_.copy(out.data(), size, at_);
    at_ += size;
    return size;
  }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

struct Got {
  std::string tag;  // of the error; empty = none
  std::string message;
  AnswerHead head;
  std::string body;
  bool reusable = false;
};

struct Way {
  std::size_t piece = 1u << 20;
  std::size_t room = 1u << 16;
  bool bodiless = false;
  bool gzipped = false;
  std::size_t max_head = 8192;
};

Got got(const std::string& bytes, const Way& way = {}) {
  Bytes source(bytes, way.piece);
  AnswerReader reader;
  Deadline deadline(Clock::time_point::max(), {});
  deadline.set_origin("http://h");
  Got out;
  const auto head = reader.read_head(source, way.bodiless, way.max_head, deadline, {});
  if (!head) {
    out.tag = head.error().tag;
    out.message = head.error().message;
    return out;
  }
  out.head = *head;
  std::unique_ptr<Decoder> decoder;
  if (way.gzipped) decoder = *make_inflater();
  std::vector<char> room(way.room);
  std::uint64_t raw = 0;
  while (out.head.has_body) {
    const auto chunk = reader.read_body(source, room, decoder.get(), raw, deadline, {});
    if (!chunk) {
      out.tag = chunk.error().tag;
      out.message = chunk.error().message;
      return out;
    }
    REQUIRE((chunk->size != 0 || chunk->end));
    out.body.append(room.data(), chunk->size);
    if (chunk->end) break;
  }
  out.reusable = reader.reusable();
  return out;
}

// The same at every way of cutting it.
void check_everywhere(const std::string& bytes, const std::string& body, bool reusable, bool gzipped = false) {
  for (const std::size_t piece : {1u, 2u, 3u, 7u, 64u, 100'000u}) {
    for (const std::size_t room : {1u, 3u, 100u, 100'000u}) {
      CAPTURE(piece);
      CAPTURE(room);
      const Got answer = got(bytes, {.piece = piece, .room = room, .gzipped = gzipped});
      CHECK(answer.tag == "");
      CHECK(answer.body == body);
      CHECK(answer.reusable == reusable);
    }
  }
}

std::string tag_of(const std::string& bytes) {
  return got(bytes).tag;
}

}  // namespace

TEST_CASE("a body of a known length") {
  check_everywhere(std::string(ok_line) + "Content-Length: 5\r\n\r\nhello", "hello", true);
  check_everywhere(std::string(ok_line) + "content-length: 0\r\n\r\n", "", true);
  check_everywhere(std::string(ok_line) + "Content-Length: 5, 5\r\n\r\nhello", "hello", true);
  check_everywhere(std::string(ok_line) + "Connection: close\r\nContent-Length: 5\r\n\r\nhello", "hello", false);
}

TEST_CASE("a body in chunks, with extensions and trailers") {
  check_everywhere(
      std::string(ok_line) + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;a=b;c=\"d\"\r\n, world\r\n0\r\n\r\n",
      "hello, world", true);
  const std::string trailers =
      "Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n";
  check_everywhere(ok_line + trailers, "0123456789", true);
  CHECK(got(ok_line + trailers).head.headers.size() == 1);
}

TEST_CASE("a body until the connection ends is never followed by another") {
  check_everywhere(std::string(ok_line) + "\r\nall of it", "all of it", false);
  check_everywhere("HTTP/1.0 200 OK\r\n\r\nold", "old", false);
}

TEST_CASE("HTTP/1.0 keeps a connection only when it says so") {
  check_everywhere("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "old", false);
  check_everywhere("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold", "old", true);
}

TEST_CASE("gzip, cut everywhere") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "row " + std::to_string(i) + "\n";
  const std::string packed = test::gzip(text);
  check_everywhere(ok_line + std::string("Content-Length: ") + std::to_string(packed.size()) + "\r\n\r\n" + packed,
                   text, true, true);
  std::string chunks;
  for (std::size_t at = 0; at < packed.size(); at += 16) {
    const std::string piece = packed.substr(at, 16);
    chunks += (piece.size() == 16 ? std::string("10") : std::string(1, "0123456789abcdef"[piece.size()])) + "\r\n" +
              piece + "\r\n";
  }
  check_everywhere(ok_line + std::string("Transfer-Encoding: chunked\r\n\r\n") + chunks + "0\r\n\r\n", text, true,
                   true);
  CHECK(got(std::string(ok_line) + "\r\n" + packed.substr(0, packed.size() - 3), {.gzipped = true}).tag ==
        "bad_encoding");
  CHECK(got(std::string(ok_line) + "\r\nnot gzip", {.gzipped = true}).tag == "bad_encoding");
}

TEST_CASE("what has no body: HEAD, 204, 304") {
  const Got head = got(std::string(ok_line) + "Content-Length: 5\r\n\r\n", {.bodiless = true});
  CHECK_FALSE(head.head.has_body);
  CHECK(head.head.content_length == 5);
  CHECK(head.reusable);
  for (const char* status : {"204 No Content", "304 Not Modified"}) {
    const Got answer = got("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 7\r\nETag: \"x\"\r\n\r\n");
    CHECK(answer.tag == "");
    CHECK_FALSE(answer.head.has_body);
    CHECK(answer.reusable);
  }
}

TEST_CASE("interim answers are passed over, but not for ever") {
  const std::string one = "HTTP/1.1 100 Continue\r\n\r\n";
  const Got answer =
      got(one + "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok_line + "Content-Length: 1\r\n\r\nx");
  CHECK(answer.head.status == 200);
  CHECK(answer.head.headers.size() == 1);
  CHECK(answer.body == "x");
  std::string many;
  for (int i = 0; i < 100; ++i) many += one;
  CHECK(tag_of(many) == "bad_response");
  CHECK(tag_of("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n") == "bad_response");
}

TEST_CASE("a second answer that nobody asked for spoils the connection") {
  const std::string one = std::string(ok_line) + "Content-Length: 1\r\n\r\nx";
  const Got answer = got(one + one);
  CHECK(answer.body == "x");
  CHECK_FALSE(answer.reusable);
}

TEST_CASE("header lines as they came") {
  const Got answer =
      got(std::string(ok_line) + "ETag:  \"a\" \r\nx-Empty:\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX: \xe4\r\n\r\n");
  REQUIRE(answer.head.headers.size() == 5);
  CHECK(answer.head.headers[0] == Header{"ETag", "\"a\""});
  CHECK(answer.head.headers[1] == Header{"x-Empty", ""});
  CHECK(answer.head.headers[2] == Header{"Set-Cookie", "a"});
  CHECK(answer.head.headers[3] == Header{"Set-Cookie", "b"});
  CHECK(answer.head.headers[4].value == "\xe4");
}

TEST_CASE("a line that goes on in the next one is one line (RFC 9112 section 5.2)") {
  const Got answer = got(std::string(ok_line) + "X-Long: one\r\n two\r\n\tthree\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(answer.head.headers.size() == 2);
  CHECK(answer.head.headers[0].value == "one two three");
}

TEST_CASE("bad lengths and chunks") {
  for (const char* lines :
       {"Content-Length: -1", "Content-Length: 5x", "Content-Length: 0x5", "Content-Length: ", "Content-Length: +5",
        "Content-Length: 99999999999999999999999", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6",
        "Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: xchunked", "Transfer-Encoding: identity"}) {
    CAPTURE(lines);
    CHECK(tag_of(ok_line + std::string(lines) + "\r\n\r\nhello") == "bad_response");
  }
  for (const char* chunks : {"-5\r\nhello\r\n0\r\n\r\n", "5hello\r\n0\r\n\r\n", "zz\r\nhello\r\n",
                             "5\r\nhello0\r\n\r\n", "11111111111111111\r\nhello", "\r\n", "5 5\r\nhello\r\n",
                             "5\nhello\r\n0\r\n\r\n", "0\r\nbad trailer\r\n\r\n", "0\r\nContent-Length: 3\r\n\r\n"}) {
    CAPTURE(chunks);
    CHECK(tag_of(ok_line + std::string("Transfer-Encoding: chunked\r\n\r\n") + chunks) == "bad_response");
  }
}

TEST_CASE("what ends too early") {
  const std::string whole = std::string(ok_line) + "Content-Length: 5\r\n\r\nhello";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(tag_of(whole.substr(0, size)) == "connection_lost");
  }
  const std::string chunked = std::string(ok_line) + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < chunked.size(); ++size) {
    CAPTURE(size);
    CHECK(tag_of(chunked.substr(0, size)) == "connection_lost");
  }
}

TEST_CASE("what is no HTTP/1.1") {
  for (const char* bytes : {"garbage\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
                            "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1200 OK\r\n\r\n", "HTTP/1.1 200 O\x01K\r\n\r\n",
                            "HTTP/1.1 200 OK\n\n", "SSH-2.0-OpenSSH_9.2\r\n", "\x15\x03\x01\x02\x02P\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK(tag_of(bytes) == "bad_response");
  }
  using std::string_literals::operator""s;
  for (const std::string& line :
       {"Na me: x"s, "Name : x"s, ": x"s, "X: a\0b"s, "X: a\x7f"s, "X: a\rb"s, "no colon"s, "Na\xc3\xa9: x"s}) {
    CAPTURE(line);
    CHECK(tag_of(ok_line + line + "\r\n\r\n") == "bad_response");
  }
}

TEST_CASE("a head has a limit, and so have chunk lines and trailers") {
  std::string flood = ok_line;
  for (int i = 0; i < 1000; ++i) flood += "X-" + std::to_string(i) + ": y\r\n";
  CHECK(tag_of(flood + "\r\n") == "head_too_large");
  CHECK(tag_of(std::string(ok_line) + "X: " + std::string(100'000, 'y')) == "head_too_large");
  CHECK(tag_of(std::string(100'000, 'y')) == "bad_response");
  CHECK(tag_of("HTTP/1.1 200 " + std::string(100'000, 'y')) == "head_too_large");
  CHECK(got(std::string(ok_line) + "X: " + std::string(100'000, 'y'), {.piece = 100}).tag == "head_too_large");
  CHECK(got(flood + "\r\n", {.piece = 100, .max_head = 100'000}).tag == "");
  const std::string chunked = std::string(ok_line) + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0";
  CHECK(tag_of(chunked + ";x=" + std::string(1'000'000, 'y')) == "bad_response");
  CHECK(tag_of(chunked + "\r\nX: " + std::string(1'000'000, 'y')) == "bad_response");
}
