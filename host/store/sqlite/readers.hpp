// SPDX-License-Identifier: Apache-2.0
// Reading connections: one per thread that reads at the moment, kept for the next.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/store/sqlite/connection.hpp"

namespace tento::host::sqlite {

class Readers {
 public:
  explicit Readers(ConnectionOptions options) : options_(std::move(options)) {}

  class Lease {
   public:
    Lease(Readers& pool, std::unique_ptr<Connection> db) : pool_(&pool), db_(std::move(db)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_->give_back(std::move(db_)); }
    Connection& operator*() const noexcept { return *db_; }
    Connection* operator->() const noexcept { return db_.get(); }

   private:
    Readers* pool_;
    std::unique_ptr<Connection> db_;
  };

  // An idle connection, or a new one; throws StoreFailure.
  [[nodiscard]] Lease lease() {
    {
      const MutexLock lock(mutex_);
      if (!idle_.empty()) {
        auto db = std::move(idle_.back().db);
        idle_.pop_back();
        return {*this, std::move(db)};
      }
    }
    return {*this, std::make_unique<Connection>(options_)};
  }

  // Closes those that nobody has used since this was called before, and with them their caches of pages.
  void close_unused() {
    std::vector<Idle> closed;
    const MutexLock lock(mutex_);
    const auto first_used =
        std::stable_partition(idle_.begin(), idle_.end(), [](const Idle& each) { return !each.used; });
    std::move(idle_.begin(), first_used, std::back_inserter(closed));
    idle_.erase(idle_.begin(), first_used);
    for (auto& each : idle_) each.used = false;
  }

 private:
  struct Idle {
    std::unique_ptr<Connection> db;
    bool used = true;
  };
  static constexpr std::size_t most_idle = 4;
  void give_back(std::unique_ptr<Connection> db) {
    const MutexLock lock(mutex_);
    if (idle_.size() < most_idle) idle_.push_back({std::move(db)});
  }

  ConnectionOptions options_;
  Mutex mutex_;
  std::vector<Idle> idle_ GUARDED_BY(mutex_);  // the warmest last
};

}  // namespace tento::host::sqlite
