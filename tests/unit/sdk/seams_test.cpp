// SPDX-License-Identifier: Apache-2.0
// Clock, random and transport: what every implementation of a seam promises.
#include <doctest/doctest.h>

#include <array>
#include <ostream>
#include <string>
#include <tento/sdk/clock.hpp>
#include <tento/sdk/looked_at.hpp>
#include <tento/sdk/random.hpp>
#include <tento/sdk/transport.hpp>

using namespace tento;
using namespace std::chrono_literals;

TEST_CASE("manual clock: stands until moved, and setting the day leaves durations alone") {
  ManualClock clock(Instant{5s});
  const std::int64_t before = clock.monotonic_ns();
  CHECK(clock.now() == Instant{5s});
  CHECK(clock.monotonic_ns() == before);
  clock.advance(1500us);
  CHECK(clock.now() == Instant{5s + 1500us});
  CHECK(clock.monotonic_ns() - before == 1'500'000);
  clock.set(Instant{1h});
  CHECK(clock.now() == Instant{1h});
  CHECK(clock.monotonic_ns() - before == 1'500'000);
}

TEST_CASE("system clock: microseconds of today") {
  const SystemClock clock;
  CHECK(clock.now() > Instant{} + std::chrono::days{20000});
  const std::int64_t first = clock.monotonic_ns();
  CHECK(clock.monotonic_ns() >= first);
}

TEST_CASE("seeded random: the same everywhere, fair below a bound") {
  SeededRandom a(42), b(42), c(43);
  const std::uint64_t first = a.next();
  CHECK(first == 13930160852258120406u);  // mt19937_64 of seed 42, as the C++ standard fixes it
  CHECK(b.next() == first);
  CHECK(c.next() != first);
  CHECK(a.below(0) == 0);
  CHECK(a.below(1) == 0);
  std::array<int, 3> seen{};
  for (int i = 0; i < 3000; ++i) {
    const std::uint64_t n = a.below(3);
    REQUIRE(n < 3);
    ++seen[n];
    const double u = a.unit();
    REQUIRE((u >= 0 && u < 1));
  }
  for (const int n : seen) CHECK((n > 900 && n < 1100));
  std::array<std::byte, 11> x{}, y{};
  SeededRandom(7).fill(x);
  SeededRandom(7).fill(y);
  CHECK(x == y);
  CHECK(x[8] != std::byte{0});
}

namespace {

// Numbers that were written down.
class ListedRandom final : public Random {
 public:
  explicit ListedRandom(std::vector<std::uint64_t> numbers) : numbers_(std::move(numbers)) {}
  std::uint64_t next() override { return numbers_.at(at_++); }

 private:
  std::vector<std::uint64_t> numbers_;
  std::size_t at_ = 0;
};

// A body that lies about its length by having more than was announced.
http::Response answer(std::string bytes, std::optional<std::uint64_t> announced, std::size_t chunk) {
  http::Response r;
  r.final_url = "https://example.com/x";
  r.content_length = announced;
  r.body = std::make_unique<http::MemoryBody>(std::move(bytes), chunk);
  return r;
}

}  // namespace

TEST_CASE("random below: numbers of the incomplete block are thrown away") {
  // 2^64 mod 3 is 1, so that 0 alone would make a zero likelier than the others.
  CHECK(ListedRandom({0, 5}).below(3) == 2);
  CHECK(ListedRandom({1}).below(3) == 1);
}

TEST_CASE("headers: names compare without case, the first one counts") {
  const http::Headers headers = {{"Content-Type", "a"}, {"content-type", "b"}, {"X", ""}};
  CHECK(http::find_header(headers, "CONTENT-TYPE") == "a");
  CHECK(http::find_header(headers, "x") == "");
  CHECK_FALSE(http::find_header(headers, "content").has_value());
  CHECK_FALSE(http::same_name("[", "{"));
}

TEST_CASE("whole: lent where the body is kept, gathered where it is not, within a limit, with room to read ahead") {
  const std::string text(200'000, 'x');
  http::Response kept = answer(text, text.size(), 0);
  const auto lent = http::whole(kept);
  REQUIRE(lent.has_value());
  CHECK(lent->view() == text);
  CHECK(lent->readable() == text.size() + 64);
  CHECK(http::whole(kept)->data() == lent->data());
  http::Response none;
  CHECK(http::whole(none)->view() == "");

  // A body that knows nothing of it.
  class Pieces final : public http::Body {
   public:
    Result<Chunk> read(std::span<char> buffer) override { return memory_.read(buffer); }

   private:
    http::MemoryBody memory_{std::string(200'000, 'y'), 1000};
  };
  http::Response pieces = answer("", {}, 0);
  pieces.body = std::make_unique<Pieces>();
  auto gathered = http::whole(pieces);
  REQUIRE(gathered.has_value());
  CHECK(gathered->view() == std::string(200'000, 'y'));
  const char* const at = gathered->data();
  CHECK(std::move(*gathered).take().data() == at);

  http::Response large = answer(text, {}, 0);
  CHECK(http::whole(large, text.size() - 1).error().message ==
        "the answer of https://example.com/x is larger than 199999 bytes");
  pieces.body = std::make_unique<Pieces>();
  CHECK(http::whole(pieces, 199'999).error().tag == "body_too_large");
  // A part of it is no whole.
  http::Response begun = answer(text, {}, 0);
  char some[10];
  REQUIRE(begun.body->read(some).has_value());
  CHECK(http::whole(begun).error().code == ErrorCode::invalid_argument);
}

TEST_CASE("read_all: whole, in any pieces, within a limit, with room to read ahead") {
  const std::string text(200'000, 'x');
  for (const std::size_t chunk : {std::size_t{0}, std::size_t{1000}, std::size_t{65536}}) {
    for (const std::optional<std::uint64_t> announced :
         {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{text.size()},
          std::optional<std::uint64_t>{10}}) {
      http::Response r = answer(text, announced, chunk);
      const auto whole = http::read_all(r);
      REQUIRE(whole.has_value());
      CHECK(*whole == text);
      CHECK(whole->capacity() - whole->size() >= 64);
    }
  }
  http::Response none;
  CHECK(http::read_all(none) == "");
  http::Response empty = answer("", 0, 0);
  CHECK(http::read_all(empty) == "");
  http::Response exact = answer(text, {}, 0);
  CHECK(http::read_all(exact, text.size()).has_value());
  http::Response large = answer(text, {}, 0);
  CHECK(http::read_all(large, text.size() - 1).error().message ==
        "the answer of https://example.com/x is larger than 199999 bytes");
  http::Response announced = answer("", text.size(), 0);
  CHECK(http::read_all(announced, 10).error().code == ErrorCode::too_large);
}

TEST_CASE("looked at: what lies ahead of now was never looked at") {
  using namespace std::chrono_literals;
  ManualClock clock(*SemanticTime::parse("2026-04-29T12:00:00.5Z")->instant());
  const std::string text = look_text(clock.now());
  CHECK(text == "2026-04-29T12:00:00Z");
  CHECK(looked_at(text, clock.now()) == clock.now() - 500ms);
  clock.advance(24h);
  CHECK(looked_at(text, clock.now()).has_value());
  clock.set(*SemanticTime::parse("2026-04-29T11:59:59Z")->instant());  // it was ahead, and was set right
  CHECK_FALSE(looked_at(text, clock.now()).has_value());
  CHECK_FALSE(looked_at(text, clock.now(), 0s).has_value());
  CHECK(looked_at(text, clock.now(), 1s).has_value());
  for (const char* never : {"", "-", "yesterday", "ymd-2026-04-01", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    CAPTURE(never);
    CHECK_FALSE(looked_at(never, clock.now()).has_value());
  }
}
