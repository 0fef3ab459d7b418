// SPDX-License-Identifier: Apache-2.0
// Batches: what is taken, and what one bad cell says about itself.
#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "host/capability/cell_intake.hpp"

using namespace tento;
using namespace tento::host;

namespace {

const Zone& berlin() {
  static const Zone zone = *Zone::find("Europe/Berlin");
  return zone;
}

tento_semantic_time day(unsigned d) {
  return SemanticTime(*PartialDate::ymd(2026, 4, d)).to_abi();
}

tento_cell cell(std::string_view id, tento_semantic_time date, std::string_view data = "{}") {
  tento_cell out{};
  out.id = str(id);
  out.date = date;
  out.data = str(data);
  return out;
}

tento_cell_batch batch_of(const std::vector<tento_cell>& cells) {
  return {sizeof(tento_cell_batch), 0, cells.size(), sizeof(tento_cell), cells.data()};
}

// The message of the error, or `ok`.
std::string said(const tento_cell_batch& batch, bool single = false) {
  CellIntake intake;
  const auto taken = intake.take(&batch, CellRules{single, true, &berlin()});
  return taken ? "ok" : taken.error().message;
}
std::string said(const tento_cell& one, bool single = false) {
  const std::vector<tento_cell> cells = {cell("good", day(1)), one};
  return said(batch_of(cells), single);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("good cells come through with their moments, byte for byte") {
  tento_cell one = cell("a", day(1), R"( {"n": 1.50} )");
  one.version = TENTO_STR("\"etag\"");
  one.raw = TENTO_STR("\xff raw");
  one.end_date = day(3);
  tento_cell gone = cell("b", {}, "");
  gone.flags = TENTO_CELL_TOMBSTONE;
  const std::vector<tento_cell> cells = {one, gone};
  const auto batch = batch_of(cells);
  CellIntake intake;
  const auto taken = intake.take(&batch, CellRules{false, true, &berlin()});
  REQUIRE(taken);
  REQUIRE(taken->size() == 2);
  CHECK((*taken)[0].data.data() == one.data.data);
  CHECK((*taken)[0].raw == "\xff raw");
  CHECK((*taken)[0].version == "\"etag\"");
  CHECK(((*taken)[0].end_us - (*taken)[0].start_us) == std::int64_t{3} * 86'400'000'000);
  CHECK((*taken)[1].tombstone);
}

TEST_CASE("one bad cell fails its batch and is named by index and id") {
  CHECK(said(cell("bad", day(2), "{\"a\":\xff}")) ==
        "cell 1 (id `bad`): its data is not UTF-8 at byte 5, between `{\"a\":` and `\\xff}`");
  CHECK(said(cell("bad", day(2), "{\"a\":}")) ==
        "cell 1 (id `bad`): its data is not JSON: syntax error at byte 5, between `{\"a\":` and `}`");
  CHECK(has(said(cell("bad", day(2), "{\"a\":1")), "incomplete JSON at byte 6, after `{\"a\":1`, where it ends"));
  CHECK(has(said(cell("bad", day(2), "1 2")), "extra data at byte 2, between `1 ` and `2`"));
  const std::string far = "[" + std::string(5000, ' ') + "NaN]";
  CHECK(has(said(cell("bad", day(2), far)), "at byte 5001, between `                        ` and `NaN]`"));
  for (const char* text : {"\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\x80\""}) {
    CAPTURE(text);
    CHECK(has(said(cell("bad", day(2), text)), "its data is not UTF-8 at byte 1, between `\"` and `\\x"));
  }
  for (const char* text : {"", " ", "{", "nul", "[1,]", "{'a':1}", "1 2", "\"\x01\"", "01", "\xef\xbb\xbf{}", "NaN"}) {
    CAPTURE(text);
    CHECK(has(said(cell("bad", day(2), text)), "its data is not JSON"));
  }
  CHECK(has(said(cell("bad", day(2), std::string(2000, '['))), "its data is not JSON"));
  CHECK(has(said(cell("\xff", day(2))), "its id is not UTF-8"));
  CHECK(has(said(cell(std::string_view("a\0b", 3), day(2))), "its id is not UTF-8 without NUL"));
  CHECK(has(said(cell(std::string(513, 'i'), day(2))), "its id has 513 bytes; at most 512"));
  CHECK(said(cell(std::string(512, 'i'), day(2))) == "ok");
  CHECK(has(said(cell("", day(2))), "cell 1 (no id): it has no id"));
  CHECK(said(cell("", day(2)), true) == "ok");
  CHECK(has(said(cell("bad", {})), "it has no date"));
  tento_semantic_time never = day(2);
  never.month = 13;
  CHECK(has(said(cell("bad", never)), "its date is invalid"));
  tento_cell odd = cell("bad", day(2));
  odd.flags = 6;
  CHECK(has(said(odd), "it has unknown flags (6)"));
  odd = cell("bad", day(2));
  odd.end_date = day(1);
  CHECK(has(said(odd), "it ends (ymd-2026-04-01) before it begins (ymd-2026-04-02)"));
  odd = cell("bad", day(2));
  odd.flags = TENTO_CELL_TOMBSTONE;
  CHECK(has(said(odd), "it is a tombstone, yet has data"));
  odd = cell("", {}, "");
  odd.flags = TENTO_CELL_TOMBSTONE;
  CHECK(has(said(odd, true), "it has no date"));
  odd = cell("bad", day(2));
  odd.data = {nullptr, 5};
  CHECK(has(said(odd), "a text is null but has a size"));
  odd.data = {"x", UINT64_MAX};
  CHECK(has(said(odd), "it is larger than 4194304 bytes"));
}

TEST_CASE("JSON that only a slower reader can take is taken") {
  CHECK(said(cell("big", day(2), R"({"n":123456789012345678901234567890})")) == "ok");
  CHECK(said(cell("big", day(2), R"([-98765432109876543210, 1e5])")) == "ok");
  CHECK(has(said(cell("big", day(2), R"({"n":123456789012345678901234567890,})")), "its data is not JSON"));
  CHECK(has(said(cell("big", day(2), R"([123456789012345678901234567890] x)")), "its data is not JSON"));
}

TEST_CASE("batches keep to their limits, strides and alignment") {
  std::vector<tento_cell> cells(4097, cell("a", day(1)));
  CHECK(has(said(batch_of(cells)), "4097 cells; at most 4096"));
  cells.resize(4096);
  CHECK(said(batch_of(cells)) == "ok");
  const std::string half = "\"" + std::string(TENTO_MAX_BATCH_BYTES / 2, 'x') + "\"";
  CHECK(has(said(batch_of({cell("a", day(1), half), cell("b", day(2), half)})),
            "with it the batch is larger than 1048576"));
  const std::string large = "\"" + std::string(TENTO_MAX_CELL_BYTES - 3, 'x') + "\"";
  CHECK(said(batch_of({cell("a", day(1), large)})) == "ok");
  CHECK(has(said(batch_of({cell("ab", day(1), large)})), "larger than 4194304"));

  cells.resize(2);
  auto batch = batch_of(cells);
  for (const std::uint64_t stride : {std::uint64_t{0}, std::uint64_t{80}, std::uint64_t{90}, UINT64_MAX - 7}) {
    batch.stride = stride;
    CHECK(has(said(batch), "a multiple of 8 and at least 88"));
  }
  batch = batch_of(cells);
  batch.cells = nullptr;
  CHECK(has(said(batch), "null or not aligned"));
  batch.count = 0;
  CHECK(said(batch) == "ok");
  batch.struct_size = 8;
  CHECK(has(said(batch), "struct_size is 8"));
  CellIntake intake;
  CHECK_FALSE(intake.take(nullptr, CellRules{false, true, &berlin()}));
}

TEST_CASE("a short stride has no version and no raw, a long one is stepped over") {
  tento_cell one = cell("a", day(1));
  one.version = TENTO_STR("v");
  one.raw = TENTO_STR("r");
  for (const std::size_t stride : {std::size_t{88}, std::size_t{104}, std::size_t{120}, std::size_t{160}}) {
    CAPTURE(stride);
    alignas(8) char bytes[320];
    std::memset(bytes, 0x5a, sizeof bytes);
    for (std::size_t i = 0; i < 2; ++i) std::memcpy(bytes + i * stride, &one, std::min(stride, sizeof one));
    const tento_cell_batch batch{sizeof batch, 0, 2, stride, reinterpret_cast<const tento_cell*>(bytes)};
    CellIntake intake;
    const auto taken = intake.take(&batch, CellRules{false, true, &berlin()});
    REQUIRE(taken);
    CHECK((*taken)[1].id == "a");
    CHECK((*taken)[1].version == (stride >= 104 ? "v" : ""));
    CHECK((*taken)[1].raw == (stride >= 120 ? "r" : ""));
  }
}

TEST_CASE("padded data is parsed where it stands, plain data up to its last byte and no further") {
  std::string padded = R"({"a":[1,2,3]})";
  const std::size_t size = padded.size();
  padded.append(TENTO_PADDING, '!');
  const std::vector<tento_cell> cells = {cell("a", day(1), std::string_view(padded).substr(0, size))};
  auto batch = batch_of(cells);
  batch.flags = TENTO_BATCH_PADDED | 0x80;  // unknown bits are ignored
  CHECK(said(batch) == "ok");
  // At the very end of an allocation: the sanitizers see a byte too many.
  const auto exact = std::make_unique<char[]>(size);
  std::memcpy(exact.get(), padded.data(), size);
  CHECK(said(batch_of({cell("a", day(1), {exact.get(), size})})) == "ok");
}
