// SPDX-License-Identifier: Apache-2.0
// A store in a folder of its own, with one row, and short ways to make and print cells.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/store/staged_cells.hpp"
#include "host/store/store.hpp"

namespace tento::host::testing {

// A folder that goes when the test ends.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tento-store-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline tento_semantic_time instant(std::int64_t us) {
  tento_semantic_time t{};
  t.kind = TENTO_TIME_INSTANT;
  t.offset_minutes = TENTO_OFFSET_UNKNOWN;
  t.unix_us = us;
  return t;
}

inline tento_semantic_time day(int year, int month, int day_of_month) {
  tento_semantic_time t{};
  t.kind = TENTO_TIME_DAY;
  t.offset_minutes = TENTO_OFFSET_UNKNOWN;
  t.year = year;
  t.month = static_cast<std::uint8_t>(month);
  t.day = static_cast<std::uint8_t>(day_of_month);
  return t;
}

inline CellInput cell(std::string_view id, std::int64_t at_us, std::string_view data) {
  CellInput c;
  c.id = id;
  c.date = instant(at_us);
  c.start_us = c.end_us = at_us;
  c.data = data;
  return c;
}

inline CellInput lasting(std::string_view id, std::int64_t from_us, std::int64_t to_us, std::string_view data) {
  auto c = cell(id, from_us, data);
  c.end_date = instant(to_us);
  c.end_us = to_us;
  return c;
}

inline CellInput gone(std::string_view id) {
  CellInput c;
  c.id = id;
  c.tombstone = true;
  return c;
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    const auto message = result.error().message;
    FAIL(message);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// `ok`, or the tag of the error.
template <class T>
std::string tag_of(const Result<T>& result) {
  return result ? "ok" : result.error().tag;
}

// All that the files of a folder hold.
inline std::string bytes_of(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

// Cells that are put one batch after the other and land in one commit; gone with it, they land nowhere.
class Txn {
 public:
  Txn(CellStore& cells, const Uuid& row, std::optional<Moments> replace, TxnOrigin origin)
      : cells_(cells), staged_(cells.staging_folder()) {
    commit_.row = row;
    commit_.replace = replace;
    commit_.origin = std::move(origin);
  }
  Result<void> put(std::span<const CellInput> cells) { return staged_.put(cells); }
  Result<TxnCounts> commit(std::span<const CoverageInput> coverage, std::span<const CursorInput> cursors) {
    commit_.cells = staged_;
    commit_.coverage = coverage;
    commit_.cursors = cursors;
    return cells_.commit(commit_);
  }

 private:
  CellStore& cells_;
  StagedCells staged_;
  RowCommit commit_;
};
inline std::unique_ptr<Txn> open_txn(CellStore& cells, const Uuid& row, std::optional<Moments> replace,
                                     TxnOrigin origin) {
  return std::make_unique<Txn>(cells, row, replace, std::move(origin));
}

struct StoreFixture {
  TempFolder folder;
  std::int64_t now = 1'000'000'000'000'000;
  std::atomic<int> writes{0};  // transactions
  std::unique_ptr<Store> store;
  UserRecord owner;
  Uuid row;

  StoreFixture() {
    open();
    owner = must(store->users().default_user());
    row = make_row(1, ":~x:a:things");
  }

  [[nodiscard]] StoreConfig options() {
    StoreConfig o;
    o.folder = (folder.path() / "data").string();
    o.lock_wait_ms = 100;
    o.now_unix_us = [this] { return now; };
    o.on_write = [this](double) { ++writes; };
    return o;
  }
  void open() {
    store.reset();
    store = must(open_store(options()));
  }
  Uuid make_row(std::uint8_t number, const std::string& key, const std::string& auth_id = "a",
                const std::string& provider = "x") {
    RowRecord r;
    r.id.bytes.fill(number);
    r.owner = owner.id;
    r.provider = provider;
    r.integration = "X";
    r.pattern = ":~" + provider + ":{authId}:things";
    r.lookup_key = key;
    r.auth_id = auth_id;
    return must(store->rows().ensure(r)).id;
  }
  // `id@start=data`, in reading order.
  std::string read(Moments range = {}) {
    std::string out;
    must(store->cells().read(row, range, [&out](const CellView& c) {
      if (!out.empty()) out += ' ';
      out.append(c.id).append("@").append(std::to_string(c.start_us)).append("=").append(c.data);
      return true;
    }));
    return out;
  }
  std::int64_t last_seq() {
    std::int64_t seq = 0;
    must(store->cells().read(row, {}, [&seq](const CellView& c) {
      seq = std::max(seq, c.change_seq);
      return true;
    }));
    return seq;
  }
  std::string dump() {
    std::string out;
    must(store->maintenance().dump([&out](std::string_view line) {
      out.append(line).append("\n");
      return true;
    }));
    return out;
  }
};

}  // namespace tento::host::testing
