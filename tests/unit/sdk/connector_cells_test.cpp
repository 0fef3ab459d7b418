// SPDX-License-Identifier: Apache-2.0
// Batches of cells: how full they get, that they are padded, and that adding one allocates nothing. Params and keys.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <ostream>
#include <string>
#include <tento/sdk.hpp>

namespace {
std::atomic<std::size_t> g_allocations{0};  // what this test counts; operator new has no other place for it
}
void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* at = std::malloc(size)) return at;
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept {
  std::free(at);
}
void operator delete(void* at, std::size_t) noexcept {
  std::free(at);
}

using namespace tento;

namespace {

// Remembers the shape of each batch and checks its padding by reading it.
class Target final : public BatchTarget {
 public:
  Result<void> put(const tento_cell_batch& batch) override {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < batch.count; ++i) {
      const CellView cell = CellView::from_abi(batch, i);
      bytes += cell.bytes();
      for (std::size_t k = 0; k < TENTO_PADDING; ++k)
        sum_ += static_cast<unsigned char>(cell.data.data()[cell.data.size() + k]);
      if (keep_) last_ = std::string(cell.id) + "=" + std::string(cell.data);
    }
    padded_ = padded_ && (batch.flags & TENTO_BATCH_PADDED) != 0;
    most_cells_ = std::max(most_cells_, static_cast<std::size_t>(batch.count));
    most_bytes_ = std::max(most_bytes_, bytes);
    total_ += batch.count;
    ++batches_;
    if (batches_ == fail_at_) return fail(ErrorCode::io, ErrorClass::transient, "disk");
    return {};
  }
  bool keep_ = true;
  bool padded_ = true;
  std::size_t most_cells_ = 0, most_bytes_ = 0, total_ = 0, batches_ = 0, fail_at_ = 0;
  unsigned sum_ = 0;
  std::string last_;
};

struct Place {
  std::string city;
  std::optional<std::string> country;
  std::uint8_t floor = 0;
  static constexpr auto fields = params(param("locationId", &Place::city, alias("lid"), alias("city")),
                                        param("country", &Place::country), param("floor", &Place::floor));
};

tento_param given(std::string_view name, std::string_view value) {
  return {str(name), str(value)};
}

}  // namespace

TEST_CASE("cells: a writer flushes at 256 cells and at 64 KiB, padded, and loses none") {
  Target target;
  CellWriter writer(target);
  const SemanticTime day = *PartialDate::ymd(2026, 4, 29);
  const auto add = [&](int number, std::string_view data) {
    const std::string id = std::to_string(number);
    return writer.add({id, day, data}).has_value();
  };
  for (int i = 0; i < 1000; ++i) REQUIRE(add(i, "{}"));
  REQUIRE(writer.flush().has_value());
  CHECK(target.most_cells_ == 256);
  CHECK(target.total_ == 1000);
  CHECK(target.last_ == "999={}");
  CHECK(target.padded_);

  const std::string large(30000, 'x');
  for (int i = 0; i < 7; ++i) REQUIRE(add(i, large));
  const std::string larger(1u << 20u, 'y');
  REQUIRE(writer.add({"one", day, larger}).has_value());
  REQUIRE(writer.flush().has_value());
  CHECK(target.total_ == 1008);
  CHECK(target.last_ == "one=" + larger);
  CHECK(writer.count() == 1008);
  REQUIRE(writer.flush().has_value());
  CHECK(target.total_ == 1008);
}

TEST_CASE("cells: a cell that no host has to take is refused, and a failing target ends the writing") {
  Target target;
  CellWriter writer(target);
  const SemanticTime day = *PartialDate::ymd(2026, 4, 29);
  const std::string huge(TENTO_MAX_CELL_BYTES, 'x');
  const auto refused = writer.add({"id", day, huge});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::too_large);
  CHECK(writer.count() == 0);
  REQUIRE(writer.add({"i", day, std::string_view(huge).substr(1)}).has_value());
  target.fail_at_ = 1;
  CHECK(writer.flush().error().message == "disk");
}

TEST_CASE("cells: adding one allocates nothing, copied or borrowed") {
  Target target;
  target.keep_ = false;
  CellWriter writer(target);
  const SemanticTime day = *PartialDate::ymd(2026, 4, 29);
  const std::string data(395 + TENTO_PADDING, 'x');
  const std::string_view cell_data = std::string_view(data).substr(0, 395);
  REQUIRE(writer.add({"0123456789", day, cell_data}).has_value());
  const std::size_t before = g_allocations;
  for (int i = 0; i < 100000; ++i) {
    if (!writer.add({"0123456789", day, cell_data})) FAIL("refused");
  }
  for (int i = 0; i < 100000; ++i) {
    if (!writer.add_borrowed({"0123456789", day, cell_data})) FAIL("refused");
  }
  REQUIRE(writer.flush().has_value());
  CHECK(g_allocations == before);
  CHECK(target.total_ == 200001);
  CHECK(target.most_bytes_ <= 256 * (10 + 395));
}

TEST_CASE("cells: borrowed bytes fill a batch to 256 cells or the most a batch may have, copied ones 64 KiB") {
  Target target;
  const SemanticTime day = *PartialDate::ymd(2026, 4, 29);
  const std::string padded(4000 + TENTO_PADDING, 'x');
  const std::string_view data = std::string_view(padded).substr(0, 4000);
  const auto batches_of = [&](std::size_t borrowed, std::size_t copied) {
    const std::size_t before = target.batches_;
    CellWriter writer(target);
    for (std::size_t i = 0; i < borrowed; ++i) REQUIRE(writer.add_borrowed({"id", day, data}).has_value());
    for (std::size_t i = 0; i < copied; ++i) REQUIRE(writer.add({"id", day, data}).has_value());
    REQUIRE(writer.flush().has_value());
    return target.batches_ - before;
  };
  CHECK(batches_of(256, 0) == 1);
  CHECK(batches_of(257, 0) == 2);
  CHECK(batches_of(0, 16) == 1);
  CHECK(batches_of(0, 17) == 2);
  CHECK(batches_of(200, 16) == 1);
  CHECK(batches_of(200, 17) == 2);
  // No batch is larger than every host takes.
  target.most_bytes_ = 0;
  const std::string megabyte(TENTO_MAX_BATCH_BYTES / 4 + TENTO_PADDING, 'x');
  CellWriter writer(target);
  for (int i = 0; i < 9; ++i) {
    REQUIRE(
        writer.add_borrowed({"id", day, std::string_view(megabyte).substr(0, TENTO_MAX_BATCH_BYTES / 4)}).has_value());
  }
  REQUIRE(writer.flush().has_value());
  CHECK(target.most_bytes_ <= TENTO_MAX_BATCH_BYTES);
}

TEST_CASE("cells: a batch with a shorter stride has no raw, and values survive the way there and back") {
  tento_cell cells[2]{};
  cells[0].id = str("a");
  cells[0].date = SemanticTime(*PartialDate::y(2026)).to_abi();
  cells[0].raw = str("raw");
  const tento_cell_batch batch{sizeof batch, 0, 1, TENTO_CELL_MIN_STRIDE, cells};
  CHECK(CellView::from_abi(batch, 0).id == "a");
  CHECK(CellView::from_abi(batch, 0).raw.empty());

  const Cell cell{.id = "x",
                  .date = *PartialDate::ym(2026, 4),
                  .end_date = *PartialDate::ym(2026, 5),
                  .data = "{}",
                  .version = "v",
                  .raw = "r"};
  CHECK(*CellView(cell).to_cell() == cell);
  CellView bad(cell);
  bad.date.month = 13;
  CHECK_FALSE(bad.to_cell().has_value());
  CHECK(CellView(WriteOutput::removed("x").cells[0]).date.kind == TENTO_TIME_NONE);
  CHECK(CellView(WriteOutput::removed(SemanticTime(*PartialDate::y(2026))).cells[0]).date.kind == TENTO_TIME_YEAR);
}

TEST_CASE("params: names, aliases, optionals, integers, and what is wrong with them") {
  const tento_param by_alias[] = {given("lid", "Perth"), given("floor", "255")};
  const auto place = decode_params<Place>(by_alias);
  REQUIRE(place.has_value());
  CHECK(place->city == "Perth");
  CHECK_FALSE(place->country.has_value());
  CHECK(place->floor == 255);
  const tento_param too_large[] = {given("city", "Perth"), given("floor", "256")};
  CHECK(decode_params<Place>(too_large).error().message ==
        "path parameter 'floor' is not a whole number of its range: '256'");
  const tento_param missing[] = {given("floor", "1")};
  CHECK(decode_params<Place>(missing).error().message == "path parameter 'locationId' was not given");
  CHECK(decode_params<Place>(missing, Missing::allow)->city.empty());
  CHECK(decode_params<NoParams>(missing).has_value());
}

TEST_CASE("params: keys are formatted in canonical form") {
  Place place;
  place.city = "a:b%c d";
  place.floor = 3;
  CHECK(tento::lookup_key(":~weather:{lid}:{floor}", place) == ":~weather:a%3Ab%25c d:3");
  CHECK(tento::lookup_key(":~weather:{lid}:{country}", place).empty());
  CHECK(tento::lookup_key(":~weather:{nobody}", place).empty());
  CHECK(tento::lookup_key(":~weather:fixed", NoParams{}) == ":~weather:fixed");
}
