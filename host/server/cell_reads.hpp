// SPDX-License-Identifier: Apache-2.0
// The read that everybody does all the time: a range of a stored row as JSON, on the thread of the connection, from the
// store or from an answer that still holds. What it does not know or what may have to wait is left to the operation.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "host/operations/context.hpp"
#include "host/server/exchange.hpp"
#include "host/server/render.hpp"

namespace tento::host::server {

class CellReads {
 public:
  // The host outlives it.
  explicit CellReads(const Host& host);
  ~CellReads();
  CellReads(const CellReads&) = delete;
  CellReads& operator=(const CellReads&) = delete;

  // `key`: as it stands in the path. Nothing: let the operation answer.
  std::optional<Answer> read(const Request& request, std::string_view key, const UserRecord& owner,
                             const Caller& caller, const Rendering& rendering);
  // Accounts, users, zones or providers may have changed: what keys lead to is looked up anew.
  void forget();

  // Cells in an answer when no limit is given.
  static constexpr std::size_t page = 1000;

 private:
  struct Row;  // what a key leads to, and what is known of its dates
  struct Answered;

  std::shared_ptr<Row> row_of(std::string_view key, const UserRecord& owner);
  // With the body that is held, else this one.
  Answer answer(const Answered& held, std::string body, const Rendering& rendering) const;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };

  const Host& host_;
  const std::uint64_t epoch_;  // tags of another run of the host are not ours
  std::mutex mutex_;           // guards what follows
  std::unordered_map<std::string, std::shared_ptr<Row>, Hash, Same> rows_;                // by owner and key
  std::unordered_map<std::string, std::shared_ptr<const Answered>, Hash, Same> answers_;  // by owner, key and query
  std::size_t held_bytes_ = 0;
  std::array<std::uint64_t, 4096> seen_{};  // hashes of what was asked for lately
  // Of each row that was read: grows when a commit changed anything about it.
  std::unordered_map<std::string, std::shared_ptr<std::atomic<std::uint64_t>>, Hash, Same> stamps_;  // by row id
  std::atomic<std::uint64_t> generation_{0};
  Subscription subscription_;
};

}  // namespace tento::host::server
