// SPDX-License-Identifier: Apache-2.0
// Look-ups and removals that several parts of a store in memory share.
#include "host/store/memory/data.hpp"

#include <algorithm>
#include <cstring>

#include "host/base/random.hpp"

namespace tento::host::memory {

const User* find_user(const Data& data, const Uuid& id) {
  const auto at =
      std::find_if(data.users.begin(), data.users.end(), [&](const User& user) { return user.record.id == id; });
  return at == data.users.end() ? nullptr : &*at;
}

const Row* find_row(const Data& data, const Uuid& id) {
  const auto at = data.rows.find(id);
  return at == data.rows.end() ? nullptr : &at->second;
}

Row* find_row(Data& data, const Uuid& id) {
  const auto at = data.rows.find(id);
  return at == data.rows.end() ? nullptr : &at->second;
}

std::vector<const Row*> rows_of(const Data& data, const Uuid& owner) {
  std::vector<const Row*> out;
  for (const auto& [id, row] : data.rows)
    if (row.record.owner == owner) out.push_back(&row);
  std::sort(out.begin(), out.end(),
            [](const Row* a, const Row* b) { return a->record.lookup_key < b->record.lookup_key; });
  return out;
}

std::int64_t time_of_commit(const Data& data, const Row& row, std::int64_t seq) {
  const auto& commits = data.feeds.at(row.record.owner).commits;
  const auto at = commits.find(seq);
  return at == commits.end() ? 0 : at->second.at_us;
}

std::int64_t next_seq(const Data& data, const Row& row) {
  return data.feeds.at(row.record.owner).latest + 1;
}

void record_commit(Data& data, Row& row, std::int64_t seq, std::int64_t at_us) {
  auto& feed = data.feeds.at(row.record.owner);
  feed.latest = std::max(feed.latest, seq);
  feed.head = std::max(feed.head, seq);
  std::int64_t mark = 0;
  const auto chance = random_bytes(sizeof mark);
  std::memcpy(&mark, chance.data(), sizeof mark);
  feed.commits[seq] = {at_us, mark};
  row.record.change_seq = std::max(row.record.change_seq, seq);
  row.version = feed.latest;
}

void touch_row(Data& data, Row& row) {
  row.version = ++data.feeds.at(row.record.owner).latest;
}

void touch_account(Data& data, const AccountKey& account, const std::string& integration,
                   std::optional<tento_account_state> before, std::optional<tento_account_state> now) {
  auto& feed = data.feeds.at(account.owner);
  feed.accounts = ++feed.latest;
  for (auto& [id, row] : data.rows)
    if (row.record.owner == account.owner && row.record.provider == account.provider &&
        row.record.auth_id == account.auth_id)
      row.version = feed.latest;
  judge_rows_of(data, account);
  if (before == now) return;
  auto& changes = feed.account_changes;
  changes.push_back({feed.latest, account.provider, integration, account.auth_id, before, now});
  if (changes.size() > AccountStore::kept_changes) changes.erase(changes.begin());
}

void judge_rows_of(Data& data, const AccountKey& account) {
  for (auto& [id, row] : data.rows)
    if (row.record.owner == account.owner && row.record.provider == account.provider &&
        row.record.auth_id == account.auth_id)
      row.record.due_us = 0;
}

void purge_row(Data& data, const Uuid& row) {
  std::erase_if(data.jobs, [&](const auto& job) { return job.second.record.row == row; });
  std::erase_if(data.runs, [&](const auto& run) { return run.second.row == row; });
  data.rows.erase(row);
}

std::vector<const std::pair<const std::string, Cell>*> cells_in(const Row& row, const Moments& range) {
  std::vector<const std::pair<const std::string, Cell>*> out;
  for (const auto& entry : row.cells)
    if (overlaps({entry.second.start_us, entry.second.end_us}, range)) out.push_back(&entry);
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) {
    return place_of(a->second.start_us, a->second.end_us, a->first) <
           place_of(b->second.start_us, b->second.end_us, b->first);
  });
  return out;
}

}  // namespace tento::host::memory
