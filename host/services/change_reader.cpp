// SPDX-License-Identifier: Apache-2.0
// Pages of the feed, without what the caller may not see.
#include "host/services/change_reader.hpp"

#include <utility>

namespace tento::host {

namespace {

// Of the store, for one page.
constexpr int most_readings = 20;

}  // namespace

Result<ChangesEnd> ChangeReader::read(std::string_view after, std::size_t limit, const ChangeVisitor& visit) {
  ChangesEnd out;
  out.cursor = after;
  out.more = true;
  bool enough = false;
  for (int reading = 0; reading < most_readings && out.more && !enough && out.count < limit; ++reading) {
    const auto behind = std::move(out.cursor);
    TENTO_TRY_ASSIGN(auto end,
                     store_.changes().read(viewer_.user.id, behind, limit - out.count, [&](const Change& change) {
                       if (!sees(change)) return true;
                       ++out.count;
                       enough = !visit(change);
                       return !enough;
                     }));
    out.cursor = std::move(end.cursor);
    out.more = end.more;
  }
  return out;
}

Result<void> ChangeReader::check(std::string_view cursor) {
  const auto read = store_.changes().read(viewer_.user.id, cursor, 1, [](const Change&) { return false; });
  if (!read && read.error().tag != "cursor_expired") return fail(read.error());
  return {};
}

bool ChangeReader::sees(const Change& change) {
  if (change.kind != ChangeKind::row_gone) return sees(change.row, change.lookup_key);
  // What is gone has nothing left to guard, unless its guard did not hold while it was there.
  const auto known = verdicts_.find(change.row);
  return allows_key(viewer_.principal, change.lookup_key) && (known == verdicts_.end() || known->second);
}

bool ChangeReader::sees(const Uuid& row, std::string_view key) {
  if (!allows_key(viewer_.principal, key)) return false;
  const auto known = verdicts_.find(row);
  if (known != verdicts_.end()) return known->second;
  // What cannot be resolved any more belonged to the owner.
  bool allowed = true;
  if (const auto target = resolver_.resolve(viewer_.user, key, TENTO_VERB_GET))
    allowed = resolver_.check_guards(*target, TENTO_VERB_GET, viewer_.actor).has_value();
  if (verdicts_.size() >= most_remembered) verdicts_.clear();
  verdicts_.emplace(row, allowed);
  return allowed;
}

}  // namespace tento::host
