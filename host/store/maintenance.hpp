// SPDX-License-Identifier: Apache-2.0
// What keeps a store in order, and shows what is in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/store/user_store.hpp"

namespace tento::host {

struct ContentCheck {
  bool through = true;        // nothing is left to look at; what was damaged is looked at again by a next call
  std::uint64_t damaged = 0;  // cells of this part that are not as they were written
  std::string damaged_row;    // the key of the row of the first of them
};

class Maintenance {
 public:
  virtual ~Maintenance() = default;
  // Every visible cell with its content hash, every span of coverage, every cursor, as JSON lines in canonical order
  // and without what differs from one history to the next (uuids, change_seq, times of writing, run ids): two stores
  // that hold the same give the same lines.
  virtual Result<void> dump(const JsonLine& line) = 0;
  // Forgets what changed before this moment: deletions, the commits that no cell is of any more, and the cursors that
  // stand before the latest of these. Gives how many deletions.
  virtual Result<std::uint64_t> drop_changes(std::int64_t before_us) = 0;
  // Whether secrets may be left that should not be: from the moment one is written in the clear or sealed anew, or a
  // store of a version without vault is opened, until wipe() has succeeded. Survives a kill.
  virtual Result<bool> wipe_due() = 0;
  // Leaves nothing readable of what was deleted or replaced. May take as much space again as the store for so long.
  virtual Result<void> wipe() = 0;
  // Holds a part of the cells against the hashes of their content, about so many, where they are to be: the program
  // ended while it used the store, and not all were looked at since. The next call goes on. Until all were found as
  // they were written, reading one that is not gives `cell_damaged`.
  virtual Result<ContentCheck> check_content(std::size_t most_cells) = 0;
  // Brings all that was committed into place, so that a copy of the store's files lacks nothing. For when a program
  // ends or rests. Waits for nobody who reads. Does nothing for a store that is open for reading only.
  virtual Result<void> settle() = 0;
  // The same where nothing was written since this was called before.
  virtual Result<void> settle_if_idle() = 0;
  // Gives back memory that only makes further reads quicker, where none came since this was called before.
  virtual void release_unused_memory() = 0;
};

}  // namespace tento::host
