// SPDX-License-Identifier: Apache-2.0
// The change feed of a user: what became of cells, in the order of commits, from any place on; and waiting for more.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/change.hpp"

namespace tento::host {

// How far what is committed for a user has come. Grows, and has holes; comparable within one user.
struct FeedPosition {
  std::int64_t head = 0;      // of the latest commit that read() tells
  std::int64_t accounts = 0;  // of the latest change of an account: see AccountStore::changes
  bool operator==(const FeedPosition&) const = default;
};
struct WatchedUser {
  Uuid user;
  FeedPosition seen;
};

class ChangeStore {
 public:
  virtual ~ChangeStore() = default;
  // What changed of one user's behind a cursor (empty = from the beginning), in commit order: each cell once, at its
  // latest change. A page has at most `limit` changes, never more than `most_changes` and not many more bytes than
  // `most_bytes`; a limit of 0 is one of `most_changes`. Nothing that is committed is left out and nothing is told
  // twice from one cursor to the next, whatever is committed meanwhile. A cell is `added` when it was made behind the
  // cursor from which the reader began to catch up, so that `updated` is never said of one that was not told before;
  // deletions from before a reader began at the beginning are left out. The visitor may call the store. Errors:
  // invalid_argument `bad_cursor`; conflict `cursor_expired` when what the reader was not told has been
  // forgotten (see Maintenance::drop_changes), and when the commit that the cursor stands behind is none of this store:
  // it was put back to an earlier state, or the cursor is another's. Read the rows anew, then go on from newest() as it
  // was before.
  virtual Result<ChangesEnd> read(const Uuid& user, std::string_view after, std::size_t limit,
                                  const ChangeVisitor& visit) = 0;
  static constexpr std::size_t most_changes = 10'000;
  static constexpr std::size_t most_bytes = std::size_t{4} << 20;
  // The cursor behind everything that is committed for a user.
  virtual Result<std::string> newest(const Uuid& user) = 0;
  virtual Result<FeedPosition> position(const Uuid& user) = 0;
  // Waits until users may have come to another position than they were seen at, and gives those, with the position that
  // they have come to. Gives none at the deadline, and when a stop is asked for. May give a user of whom nothing
  // changed, and may be late by a tenth of a second where another process wrote; who looks behind it misses nothing.
  virtual Result<std::vector<WatchedUser>> wait(std::span<const WatchedUser> users,
                                                std::chrono::steady_clock::time_point deadline,
                                                const std::stop_token& stop) = 0;
};

}  // namespace tento::host
