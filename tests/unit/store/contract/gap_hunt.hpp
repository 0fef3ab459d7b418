// SPDX-License-Identifier: Apache-2.0
// The gap hunt: writers on both openings of a store, one reader who follows by cursor. What was acknowledged and never
// told is a gap; what was told twice, or was never committed, is wrong too.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/store/contract/openings.hpp"

namespace tento::host::testing {

struct HuntFindings {
  std::size_t acknowledged = 0;
  std::size_t gaps = 0;       // acknowledged, never told
  std::size_t repeats = 0;    // told more than once
  std::size_t ghosts = 0;     // told, never acknowledged
  std::size_t disorder = 0;   // told before what its writer had committed earlier
  bool same_content = false;  // the reader's copy has the cells that the store has
};

class GapHunt {
 public:
  GapHunt(Contract& stores, std::size_t writers, std::size_t commits)
      : stores_(stores), writers_(writers), commits_(commits), shared_(stores.make_row(100, ":~x:a:shared")) {
    for (std::size_t i = 0; i < writers; ++i)
      rows_.push_back(stores.make_row(static_cast<std::uint8_t>(101 + i), ":~x:a:row" + std::to_string(i)));
  }

  HuntFindings run() {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < writers_; ++i) threads.emplace_back([this, i] { write(i); });
    std::string cursor;
    while (running_ != 0) read(cursor);
    for (auto& thread : threads) thread.join();
    while (read(cursor)) {
    }
    return findings();
  }

 private:
  // Every third commit goes to a row that all writers share. Between them a cell of its own is changed and deleted
  // again, and a commit is refused.
  void write(std::size_t writer) {
    auto& store = writer % 2 == 0 ? stores_.a() : stores_.b();
    const auto name = "w" + std::to_string(writer) + "-";
    for (std::size_t i = 0; i < commits_; ++i) {
      const auto& row = i % 3 == 0 ? shared_ : rows_[writer];
      const auto id = name + std::to_string(i);
      const auto at = static_cast<std::int64_t>(i);
      if (store.cells().persist(row, std::vector{cell(id, at, "1")}, {})) {
        const std::lock_guard lock(mutex_);
        acknowledged_.push_back(id);
      }
      const auto hot = name + "hot";
      if (i % 5 == 0) static_cast<void>(store.cells().persist(row, std::vector{cell(hot, 0, std::to_string(i))}, {}));
      if (i % 15 == 9) static_cast<void>(store.cells().persist(row, std::vector{gone(hot)}, {}));
      if (i % 4 == 0) {
        RowCommit refused;
        const auto ghost = name + "ghost" + std::to_string(i);
        const std::vector ghosts{cell(ghost, at, "1")};
        refused.row = row;
        refused.cells = std::span<const CellInput>(ghosts);
        refused.fence = Lease{1, 1, 0};
        static_cast<void>(store.cells().commit(refused));
      }
    }
    --running_;
  }

  bool read(std::string& cursor) {
    const auto end = must(stores_.b().changes().read(stores_.user.id, cursor, 7, [this](const Change& change) {
      const std::string id(change.cell.id);
      auto& copy = copy_[change.row];
      if (change.kind == ChangeKind::deleted) {
        copy.erase(id);
      } else {
        copy[id] = change.cell.data;
      }
      if (!id.ends_with("hot")) told_.push_back(id);
      return true;
    }));
    cursor = end.cursor;
    return end.count != 0;
  }

  HuntFindings findings() {
    HuntFindings out;
    out.acknowledged = acknowledged_.size();
    std::map<std::string, std::size_t> times;
    for (const auto& id : told_) ++times[id];
    for (const auto& id : acknowledged_) {
      const auto at = times.find(id);
      if (at == times.end()) {
        ++out.gaps;
        continue;
      }
      if (at->second > 1) ++out.repeats;
      times.erase(at);
    }
    out.ghosts = times.size();
    std::map<std::string, std::size_t> latest;  // of each writer
    for (const auto& id : told_) {
      const auto dash = id.find('-');
      if (id.find("ghost") != std::string::npos) continue;
      const auto number = static_cast<std::size_t>(std::stoul(id.substr(dash + 1)));
      auto& before = latest[id.substr(0, dash)];
      if (number < before) ++out.disorder;
      before = number;
    }
    out.same_content = true;
    auto rows = rows_;
    rows.push_back(shared_);
    for (const auto& row : rows) {
      std::map<std::string, std::string> stored;
      must(stores_.a().cells().read(row, {}, [&stored](const CellView& c) {
        stored[std::string(c.id)] = c.data;
        return true;
      }));
      out.same_content = out.same_content && stored == copy_[row];
    }
    return out;
  }

  Contract& stores_;
  std::size_t writers_;
  std::size_t commits_;
  Uuid shared_;
  std::vector<Uuid> rows_;
  std::atomic<std::size_t> running_{writers_};
  std::mutex mutex_;
  std::vector<std::string> acknowledged_;
  std::vector<std::string> told_;
  std::map<Uuid, std::map<std::string, std::string>> copy_;
};

}  // namespace tento::host::testing
