// SPDX-License-Identifier: Apache-2.0
// gzip, streamed: cut anywhere, whole or damaged.
#include <doctest/doctest.h>

#include <vector>

#include "raw_server.hpp"
#include "sdk/http/src/decode.hpp"

using namespace tento;
using namespace tento::http::inner;

namespace {

// Decodes `in` in pieces of `in_size` into pieces of `out_size`; the tag of the error if there is one.
std::string decoded(std::string_view in, std::size_t in_size, std::size_t out_size) {
  auto decoder = *make_inflater();
  std::string out;
  std::vector<char> room(out_size);
  for (;;) {
    const std::string_view piece = in.substr(0, in_size);
    const auto step = decoder->decode(piece, room);
    if (!step) return step.error().tag;
    out.append(room.data(), step->given);
    in.remove_prefix(step->taken);
    if (step->taken == 0 && step->given == 0) break;
  }
  CHECK(in.empty());
  return decoder->whole() ? out : "cut";
}

}  // namespace

TEST_CASE("however it is cut") {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "line " + std::to_string(i * i) + "\n";
  const std::string packed = test::gzip(text);
  for (const std::size_t in : {std::size_t{1}, std::size_t{7}, packed.size()}) {
    for (const std::size_t out : {std::size_t{1}, std::size_t{13}, text.size(), text.size() + 1}) {
      CAPTURE(in);
      CAPTURE(out);
      CHECK(decoded(packed, in, out) == text);
    }
  }
}

TEST_CASE("members one after another are one text (RFC 1952 section 2.2)") {
  CHECK(decoded(test::gzip("one ") + test::gzip("") + test::gzip("two"), 5, 4) == "one two");
}

TEST_CASE("nothing at all is whole: an answer without a body has no stream either") {
  CHECK(decoded("", 1, 1).empty());
  CHECK(decoded(test::gzip(""), 100, 10).empty());
}

TEST_CASE("damage is told") {
  const std::string packed = test::gzip("some text that is long enough to be packed, packed, packed, packed");
  for (std::size_t size = 1; size < packed.size(); ++size) {
    CAPTURE(size);
    CHECK(decoded(packed.substr(0, size), 100, 100) == "cut");
  }
  CHECK(decoded("this is not gzip", 100, 100) == "bad_encoding");
  CHECK(decoded(packed + "trailing", 1000, 1000) == "bad_encoding");
  std::string wrong_sum = packed;
  wrong_sum[packed.size() - 6] ^= 1;
  CHECK(decoded(wrong_sum, 1000, 1000) == "bad_encoding");
  std::string wrong_length = packed;
  wrong_length.back() ^= 1;
  CHECK(decoded(wrong_length, 1000, 1000) == "bad_encoding");
}
