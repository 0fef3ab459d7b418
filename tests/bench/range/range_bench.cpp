// SPDX-License-Identifier: Apache-2.0
// A range of 1,000 cells to JSON, against the bare loop: step the same statement over the same file, append the bytes.
#include <cstring>

#include "host/store/cells_json.hpp"
#include "tests/bench/harness.hpp"
#include "tests/bench/store_fixture.hpp"

namespace {

using namespace tento;
using namespace tento::bench;

constexpr std::uint64_t stored = 100'000;
constexpr std::uint64_t in_range = 1'000;
constexpr int reads = 50;

host::Moments range_of(std::uint64_t nth) {
  const auto first = (nth * 7919) % (stored - in_range);
  return {sample(first).at_us, sample(first + in_range).at_us};
}

void fill(Store& store) {
  std::vector<Sample> samples(1000);
  std::vector<host::CellInput> cells(1000);
  for (std::uint64_t n = 0; n < stored; n += 1000) {
    for (std::uint64_t i = 0; i < 1000; ++i) cells[i] = input(samples[i] = sample(n + i));
    must(store.cells->cells().persist(store.row.id, cells, {}));
  }
}

std::string_view text(sqlite3_stmt* statement, int column) {
  return {static_cast<const char*>(sqlite3_column_blob(statement, column)),
          static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

// Step and append, nothing else, but the same answer: the columns of both dates, and their text by the same function.
std::size_t bare_range(sqlite3_stmt* statement, const host::Moments& range, std::string& out) {
  std::size_t count = 0;
  sqlite3_bind_int64(statement, 1, range.from_us);
  sqlite3_bind_int64(statement, 2, range.to_us);
  out += '[';
  while (sqlite3_step(statement) == SQLITE_ROW) {
    out += count++ == 0 ? "{\"id\":\"" : ",{\"id\":\"";
    out += text(statement, 0);
    out += "\",\"date\":\"";
    host::append_semantic_time(
        out, host::unpack_time(sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2)));
    if (const auto end = sqlite3_column_int64(statement, 4); end == 0) {
      out += "\",\"end_date\":null,\"data\":";
    } else {
      out += "\",\"end_date\":\"";
      host::append_semantic_time(out, host::unpack_time(end, sqlite3_column_int64(statement, 5)));
      out += "\",\"data\":";
    }
    out += text(statement, 3);
    const auto version = text(statement, 6);
    out += version.empty() ? ",\"version\":null}" : ",\"version\":" + std::string(version) + '}';
  }
  out += ']';
  sqlite3_reset(statement);
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  Report report("range", argc, argv);
  const Folder folder;
  auto store = open_store(folder.path());
  fill(store);
  Bare bare(folder.path());
  auto* statement = bare.prepare(
      "SELECT ident, date, start_us, data, end_date, end_us, version FROM cells WHERE row = 1 AND start_us >= ?1 AND "
      "start_us < "
      "?2 "
      "ORDER BY start_us, end_us DESC, ident");

  std::string ours, theirs;
  must(store.cells->cells().append_json(ours, store.row.id, range_of(3), 0));
  bare_range(statement, range_of(3), theirs);
  if (ours != theirs)
    give_up("the two loops give different bytes:\n" + ours.substr(0, 600) + "\n" + theirs.substr(0, 600));

  const auto run = [&](auto&& read) {
    return [read, out = std::string()]() mutable {
      std::uint64_t cells = 0;
      for (int i = 0; i < reads; ++i) {
        out.clear();
        cells += read(range_of(static_cast<std::uint64_t>(i)), out);
        keep(out);
      }
      return cells;
    };
  };
  report.pair("range of 1,000 cells to JSON, ns per cell", 1e9, at_most(1.1),
              run([&](const host::Moments& range, std::string& out) {
                return must(store.cells->cells().append_json(out, store.row.id, range, 0));
              }),
              run([&](const host::Moments& range, std::string& out) { return bare_range(statement, range, out); }),
              {.pairs = 15});
  return report.finish();
}
