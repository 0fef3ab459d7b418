// SPDX-License-Identifier: Apache-2.0
// Ingest, CPU per cell: page bytes -> simdjson -> the table of a dep -> checked -> committed cell, against a bare
// prepared upsert of the same bytes into the same schema with the same settings and batches.
#include <simdjson.h>

#include <array>
#include <atomic>
#include <new>

#include "host/capability/cell_intake.hpp"
#include "tests/bench/harness.hpp"
#include "tests/bench/store_fixture.hpp"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// Counted, to print how many a cell costs; the baseline runs under the same counter. Not
// inlined: at -O3 the compiler would see half of a pair and warn of a mismatch.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* at = std::malloc(size == 0 ? 1 : size)) return at;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* at) noexcept {
  std::free(at);
}
[[gnu::noinline]] void operator delete(void* at, std::size_t) noexcept {
  std::free(at);
}

namespace {

using namespace tento;
using namespace tento::bench;

constexpr std::uint64_t cells_per_round = 20'000;

// What an API answers: a JSON array of records.
struct Page {
  std::string bytes;  // with the padding simdjson wants
  std::size_t size = 0;
};

std::vector<Page> pages_of(std::uint64_t first, std::uint64_t per_page) {
  std::vector<Page> pages;
  for (std::uint64_t n = first; n < first + cells_per_round; n += per_page) {
    Page page;
    page.bytes = "[";
    for (std::uint64_t i = n; i < n + per_page; ++i) page.bytes.append(i == n ? "" : ",").append(sample(i).data);
    page.bytes += "]";
    page.size = page.bytes.size();
    page.bytes.resize(page.size + simdjson::SIMDJSON_PADDING);
    pages.push_back(std::move(page));
  }
  return pages;
}

// The host's side of `persist_cells`, reached through the table a provider gets: the host's own checks of a batch
// (limits, UTF-8, JSON, dates), then the store.
struct Backend {
  host::Store* store;
  Uuid row;
  host::Zone zone = must(host::Zone::find("Europe/Berlin"));
  host::CellIntake intake;
  std::uint64_t crossings = 0;
};

tento_status persist_cells(void* self, const tento_call*, const tento_uuid*, const tento_cell_batch* batch,
                           tento_error*) noexcept {
  auto& backend = *static_cast<Backend*>(self);
  ++backend.crossings;
  host::CellRules rules;
  rules.zone = &backend.zone;
  const auto cells = backend.intake.take(batch, rules);
  return cells && backend.store->cells().persist(backend.row, *cells, {}) ? TENTO_OK : TENTO_FAILED;
}

// The provider's side: reads three keys of every record and hands the record itself over, without copying it.
class Provider {
 public:
  Provider(const tento_backend& table, void* self) : table_(table), self_(self) {}

  void sync(const Page& page) {
    batch_.clear();
    auto document = parser_.iterate(page.bytes.data(), page.size, page.bytes.size());
    for (auto record : document.get_array()) {
      simdjson::ondemand::object object;
      std::string_view id;
      std::int64_t at = 0;
      std::string_view raw;
      if (record.get_object().get(object) != simdjson::SUCCESS || object["id"].get(id) != simdjson::SUCCESS ||
          object["at"].get(at) != simdjson::SUCCESS || object.raw_json().get(raw) != simdjson::SUCCESS)
        give_up("the page is not what was made");
      tento_cell cell{};
      cell.id = str(id);
      cell.date.kind = TENTO_TIME_INSTANT;
      cell.date.offset_minutes = TENTO_OFFSET_UNKNOWN;
      cell.date.unix_us = at * 1'000'000;
      cell.data = str(raw);
      batch_.push_back(cell);
    }
    tento_cell_batch batch{};
    batch.struct_size = sizeof batch;
    batch.flags = TENTO_BATCH_PADDED;  // behind every record there is the next one, or the page's padding
    batch.count = batch_.size();
    batch.stride = sizeof(tento_cell);
    batch.cells = batch_.data();
    tento_error error;
    if (table_.persist_cells(self_, nullptr, nullptr, &batch, &error) != TENTO_OK) give_up("persist_cells failed");
  }

 private:
  const tento_backend& table_;
  void* self_;
  simdjson::ondemand::parser parser_;
  std::vector<tento_cell> batch_;
};

// Prepared statement, bound values, nothing looked at: what SQLite itself costs.
class BareIngest {
 public:
  explicit BareIngest(Bare& db)
      : db_(db),
        upsert_(db.prepare("INSERT INTO cells(row, start_us, end_us, ident, date, end_date, change_seq, hash, version, "
                           "data) VALUES(2,?1,?1,?2,?3,0,1,?4,x'',?5) ON CONFLICT(row, ident) DO UPDATE SET "
                           "start_us=?1, end_us=?1, date=?3, hash=?4, data=?5")),
        begin_(db.prepare("BEGIN IMMEDIATE")),
        commit_(db.prepare("COMMIT")) {}

  void batch(const std::vector<Sample>& samples, std::size_t first, std::size_t count) {
    step(begin_);
    for (std::size_t i = first; i < first + count; ++i) {
      const auto& s = samples[i];
      sqlite3_bind_int64(upsert_, 1, s.at_us);
      sqlite3_bind_blob(upsert_, 2, s.id.data(), static_cast<int>(s.id.size()), SQLITE_STATIC);
      sqlite3_bind_int64(upsert_, 3, packed_);
      sqlite3_bind_blob(upsert_, 4, hash_.data(), static_cast<int>(hash_.size()), SQLITE_STATIC);
      sqlite3_bind_text(upsert_, 5, s.data.data(), static_cast<int>(s.data.size()), SQLITE_STATIC);
      step(upsert_);
    }
    step(commit_);
  }

 private:
  static void step(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) give_up("the bare upsert failed");
    sqlite3_reset(statement);
  }
  Bare& db_;
  sqlite3_stmt* upsert_;
  sqlite3_stmt* begin_;
  sqlite3_stmt* commit_;
  std::int64_t packed_ = host::pack_time(input(sample(0)).date);
  std::array<char, 16> hash_{"fifteen letters"};
};

void compare(Report& report, std::uint64_t batch) {
  // Two files of one shape, so that neither side writes into the other's pages.
  const Folder ours_folder, bare_folder;
  auto store = open_store(ours_folder.path());
  open_store(bare_folder.path());
  Bare bare_db(bare_folder.path());
  BareIngest bare(bare_db);

  tento_backend table{};
  table.struct_size = sizeof table;
  table.persist_cells = persist_cells;
  Backend backend;
  backend.store = store.cells.get();
  backend.row = store.row.id;
  Provider provider(table, &backend);

  // The bytes of every round are made beforehand; both sides take the same cells in the same order.
  constexpr int rounds = 40;
  std::vector<std::vector<Page>> pages;
  std::vector<std::vector<Sample>> samples;
  int ours_round = 0, bare_round = 0;
  const auto prepare = [&](int round) {
    while (static_cast<int>(pages.size()) <= round) {
      const auto first = pages.size() * cells_per_round;
      pages.push_back(pages_of(first, batch));
      samples.emplace_back();
      for (std::uint64_t i = 0; i < cells_per_round; ++i) samples.back().push_back(sample(first + i));
    }
  };
  prepare(rounds - 1);
  std::uint64_t counted = 0;
  PairOptions options;
  options.speed = true;
  report.pair(
      "ingest in batches of " + std::to_string(batch) + ", cells per CPU second", 1, at_least(0.9),
      [&] {
        const auto before = allocations.load();
        for (const auto& page : pages.at(static_cast<std::size_t>(ours_round++))) provider.sync(page);
        counted += allocations.load() - before;
        return cells_per_round;
      },
      [&] {
        const auto& cells = samples.at(static_cast<std::size_t>(bare_round++));
        for (std::uint64_t i = 0; i < cells_per_round; i += batch) bare.batch(cells, i, batch);
        return cells_per_round;
      },
      options);
  const double thousands = ours_round * static_cast<double>(cells_per_round) / 1000;
  report.number("  allocations per 1,000 cells", static_cast<double>(counted) / thousands, informative());
  report.number("  crossings per 1,000 cells", static_cast<double>(backend.crossings) / thousands, informative());
}

}  // namespace

int main(int argc, char** argv) {
  Report report("ingest", argc, argv);
  compare(report, 200);
  compare(report, 1000);
  return report.finish();
}
