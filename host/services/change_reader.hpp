// SPDX-License-Identifier: Apache-2.0
// The feed of a user as one caller may see it: what `change list` and the event streams read.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/dispatch/dispatcher.hpp"
#include "host/model/change.hpp"
#include "host/services/viewer.hpp"
#include "host/store/store.hpp"

namespace tento::host {

// Remembers which rows the caller may see; for one thread, and for as long as the caller's rights hold. Store and
// resolver outlive it.
class ChangeReader {
 public:
  ChangeReader(Store& store, RowResolver& resolver, Viewer viewer)
      : store_(store), resolver_(resolver), viewer_(std::move(viewer)) {}

  [[nodiscard]] const Viewer& viewer() const { return viewer_; }
  // Visits what changed behind a cursor (empty = from the beginning), see ChangeStore::read(). Rows that the caller may
  // not see leave gaps: up to `limit` changes are gathered from as many as it takes, within reason, so that a page that
  // has fewer, or none, may still have more behind it.
  Result<ChangesEnd> read(std::string_view after, std::size_t limit, const ChangeVisitor& visit);
  // The cursor behind everything that is committed.
  Result<std::string> newest() { return store_.changes().newest(viewer_.user.id); }
  // Why read() would refuse a cursor as no cursor of this feed. One that has expired was one.
  Result<void> check(std::string_view cursor);
  // Whether the caller may see a row, by its id and canonical key.
  bool sees(const Uuid& row, std::string_view key);

 private:
  bool sees(const Change& change);

  static constexpr std::size_t most_remembered = 10'000;
  Store& store_;
  RowResolver& resolver_;
  Viewer viewer_;
  std::map<Uuid, bool> verdicts_;
};

}  // namespace tento::host
