// SPDX-License-Identifier: Apache-2.0
// Whatever is done to them, a store in memory and one on disk answer alike, to the byte: by many steps drawn by chance,
// the same for both.
#include <doctest/doctest.h>

#include <array>
#include <random>

#include "host/store/cursors.hpp"
#include "tests/unit/store/contract/openings.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

// A store that is driven by a seed, and writes down what it answers. Ids that a store draws by itself are given names.
class Driven {
 public:
  template <class Backend>
  Driven(Backend backend, std::uint32_t seed) : f_(backend), random_(seed) {
    rows_ = {f_.row, f_.make_row(2, ":~x:a:other"), f_.make_row(3, ":~x:b:things", "b")};
    must(f_.a().accounts().put(f_.account(), std::nullopt));
    cursors_.resize(3);
  }

  // What the step answered.
  std::string step() {
    f_.now += below(3) == 0 ? 1'000'000 : 0;
    auto& store = below(2) == 0 ? f_.a() : f_.b();
    switch (below(12)) {
      case 0:
      case 1:
      case 2:
        return persist(store);
      case 3:
      case 4:
        return replace(store);
      case 5:
        return cover(store);
      case 6:
        return page(store);
      case 7:
        return json(store);
      case 8:
      case 9:
        return changes(store);
      case 10:
        return find(store);
      default:
        return below(6) == 0 ? drop(store) : dump_of(store);
    }
  }

 private:
  std::int64_t below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  const Uuid& any_row() { return rows_[static_cast<std::size_t>(below(3))]; }
  Moments any_range() {
    const auto from = below(40) - 2;
    return {from, from + below(25)};
  }

  // Views into texts_, which outlive the call that they are used for.
  std::vector<CellInput> any_cells() {
    texts_.clear();
    texts_.reserve(64);
    std::vector<CellInput> out;
    const auto count = below(8);
    for (std::int64_t i = 0; i < count; ++i) {
      CellInput c;
      if (below(6) != 0) c.id = texts_.emplace_back("id" + std::to_string(below(15)));
      c.start_us = below(30);
      c.end_us = c.start_us + below(4);
      if (below(3) == 0) {
        c.date = day(2026, 4, static_cast<int>(1 + c.start_us % 28));
        c.end_us = c.start_us + 3;
      } else {
        c.date = instant(c.start_us);
        if (c.id.empty()) c.end_us = c.start_us;
        if (below(2) == 0) c.end_date = instant(c.end_us);
      }
      c.data = texts_.emplace_back(std::to_string(below(3)));
      if (below(5) == 0) c.version = "v";
      if (below(7) == 0) c.raw = "raw";
      c.tombstone = below(5) == 0;
      out.push_back(c);
    }
    // A batch in which an identity comes twice counts the same only when it is not sorted: the later one alone.
    for (std::size_t i = 0; i < out.size(); ++i)
      for (std::size_t j = i + 1; j < out.size();)
        if (out[i].id == out[j].id) {
          out.erase(out.begin() + static_cast<std::ptrdiff_t>(j));
        } else {
          ++j;
        }
    return out;
  }

  std::string persist(Store& store) {
    const auto done = store.cells().persist(any_row(), any_cells(), {});
    return "persist " + (done ? text_of(*done) : done.error().tag);
  }

  std::string replace(Store& store) {
    const auto& row = any_row();
    auto txn = open_txn(store.cells(), row, below(3) == 0 ? std::nullopt : std::optional(any_range()), {});
    std::string out = "replace " + tag_of(txn->put(any_cells()));
    if (below(5) == 0) return out;
    const auto name = "c" + std::to_string(below(3));
    const auto value = below(3) == 0 ? std::string() : std::to_string(below(9));
    const auto done = txn->commit({}, std::array{CursorInput{name, value}});
    return out + ' ' + (done ? text_of(*done) : done.error().tag);
  }

  std::string cover(Store& store) {
    const auto& row = any_row();
    CoverageInput input;
    input.span = any_range();
    input.state = below(2) == 0 ? TENTO_COVERAGE_HAVE : TENTO_COVERAGE_FAILED;
    std::string out = "cover " + tag_of(store.rows().add_coverage(row, {&input, 1}));
    for (const auto& span : must(store.rows().coverage(row)))
      out += " [" + std::to_string(span.span.from_us) + ',' + std::to_string(span.span.to_us) + ' ' +
             std::to_string(span.state) + " at " + std::to_string(span.asked_us) + ']';
    return out;
  }

  std::string page(Store& store) {
    const auto& row = any_row();
    PageRequest page{
        below(2) == 0 ? ReadOrder::ascending : ReadOrder::descending, static_cast<std::size_t>(below(6)), {}};
    const auto range = any_range();
    std::string out = "page", next;
    do {
      page.cursor = next;
      const auto end = must(store.cells().read_page(row, range, page, [&out](const CellView& c) {
        append_cell(out, c);
        return true;
      }));
      next = end.next;
      out += " > " + next;
    } while (!next.empty());
    return out;
  }

  std::string json(Store& store) {
    std::string out = "json ";
    const auto end = must(store.cells().append_json(out, any_row(), any_range(), PageRequest{}));
    return out + ' ' + std::to_string(end.count);
  }

  std::string changes(Store& store) {
    auto& cursor = cursors_[static_cast<std::size_t>(below(3))];
    std::string out = "changes";
    const auto end =
        store.changes().read(f_.user.id, cursor, static_cast<std::size_t>(below(5)), [&out](const Change& c) {
          out += ' ' + std::to_string(static_cast<int>(c.kind)) + std::string(c.lookup_key) + place_text(c.cursor());
          append_cell(out, c.cell);
          return true;
        });
    if (!end) {
      cursor = must(store.changes().newest(f_.user.id));
      return out + ' ' + end.error().tag;
    }
    cursor = end->cursor;
    return out + ' ' + place_text(cursor) + (end->more ? " more" : " through");
  }

  // What a cursor says, but for the marks, which each store draws.
  static std::string place_text(const std::string& text) {
    auto cursor = must(parse_change_cursor(text));
    cursor.mark = cursor.since_mark = 0;
    return cursor_text(cursor);
  }

  std::string find(Store& store) {
    const auto& row = any_row();
    const auto id = "id" + std::to_string(below(15));
    std::string out = "find " + std::to_string(must(store.cells().count(row)));
    if (const auto cell = must(store.cells().find(row, {id, {}})))
      out += ' ' + cell->data + '@' + std::to_string(cell->change_seq) + ' ' + std::to_string(cell->updated_us);
    if (const auto raw = must(store.cells().raw(row, id))) out += ' ' + *raw;
    return out + ' ' + std::to_string(must(store.rows().find(row))->change_seq);
  }

  std::string drop(Store& store) {
    return "drop " + std::to_string(must(store.maintenance().drop_changes(f_.now - below(20) * 1'000'000)));
  }

  static void append_cell(std::string& out, const CellView& c) {
    out += " (" + std::string(c.id) + ' ' + std::to_string(c.start_us) + ' ' + std::to_string(c.end_us) + ' ' +
           std::to_string(c.date.kind) + ' ' + std::to_string(c.date.day) + ' ' + std::to_string(c.end_date.kind) +
           ' ' + std::string(c.data) + ' ' + std::string(c.version) + ' ' + std::to_string(c.change_seq) + ' ' +
           std::to_string(c.updated_us) + ')';
  }

  Contract f_;
  std::mt19937 random_;
  std::vector<Uuid> rows_;
  std::vector<std::string> cursors_;
  std::vector<std::string> texts_;
};

std::string without_ids(std::string text) {
  // The user's id is drawn by each store.
  for (auto at = text.find("\"what\":\"user\",\"id\":\""); at != std::string::npos; at = std::string::npos)
    text.replace(at + 20, 36, "ID");
  return text;
}

std::string filled_and_exported(Contract& f) {
  must(f.a().accounts().put(f.account(), "secret"));
  const auto bob = must(f.a().users().add("bob", "UTC"));
  auto c = lasting("a\"b", 0, 5, "{\"x\":1}");
  c.version = "v1";
  c.raw = "raw";
  CellInput dated;
  dated.date = day(2026, 4, 29);
  dated.start_us = 3;
  dated.end_us = 9;
  dated.data = "2";
  f.put({c, dated});
  auto txn = open_txn(f.b().cells(), f.row, std::nullopt, {});
  must(txn->commit(std::array{CoverageInput{{0, 9}, TENTO_COVERAGE_FAILED, 2, "why", INT64_MIN},
                              CoverageInput{{9, 12}, TENTO_COVERAGE_HAVE, 0, "", INT64_MIN}},
                   std::array{CursorInput{"n", "v"}}));
  TokenRecord token;
  token.id = "t1";
  token.owner = f.user.id;
  token.name = "n";
  token.hash = "hash";
  token.scopes = {"read", "write"};
  must(f.a().tokens().add(token));
  must(f.a().grants().add({0, f.user.id, bob.id, ":~x:a", 3}));
  must(f.a().audit().append({0, 0, f.user.id, 1, "me", "t1", "row post", "target", "ok"}));
  JobRecord job;
  job.row = f.row;
  job.stage = "live";
  job.dedup_key = "k";
  ClaimRequest request;
  request.job = must(f.a().jobs().enqueue({&job, 1})).front().job.id;
  request.run.stage = "live";
  const auto claim = must(f.b().jobs().claim("w", {&request, 1}, 1000)).front();
  JobEnd end{claim.lease, claim.run, {}};
  end.run.status = RunStatus::failed;
  end.run.error = Error{};
  end.run.error->message = "broken";
  must(f.a().jobs().complete({&end, 1}));
  std::string out;
  must(f.b().users().export_to(f.user.id, [&out](std::string_view line) {
    out.append(line) += '\n';
    return true;
  }));
  return without_ids(std::move(out));
}

}  // namespace

TEST_CASE("a store in memory and one on disk answer alike") {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    Driven memory(MemoryBackend{}, seed);
    Driven disk(SqliteBackend{}, seed);
    for (int i = 0; i < 150; ++i) {
      const auto expected = disk.step();
      REQUIRE(memory.step() == expected);
    }
  }
}

TEST_CASE("a store in memory and one on disk export and dump the same lines") {
  Contract memory{MemoryBackend{}};
  Contract disk{SqliteBackend{}};
  const auto expected = filled_and_exported(disk);
  CHECK(expected.find("\"what\":\"run\"") != std::string::npos);
  CHECK(filled_and_exported(memory) == expected);
  CHECK(dump_of(memory.a()) == dump_of(disk.b()));
  CHECK_FALSE(dump_of(memory.a()).empty());
}
