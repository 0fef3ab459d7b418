// SPDX-License-Identifier: Apache-2.0
// Tallies of days, and their JSON.
#include "day_book.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <vector>

namespace tento::git {
namespace {

namespace json = boost::json;

constexpr std::chrono::sys_days first_day{std::chrono::year{0} / 1 / 1};
constexpr std::chrono::sys_days last_day{std::chrono::year{9999} / 12 / 31};

std::string author_key(const CommitSummary& commit) {
  std::string key = commit.email.empty() ? commit.name : commit.email;
  std::transform(key.begin(), key.end(), key.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return key;
}

}  // namespace

DayBook::DayBook(std::optional<Date> first, std::optional<Date> last, Deliver deliver)
    : first_(first), last_(last), deliver_(std::move(deliver)) {}

void DayBook::count(Tally& tally, const CommitSummary& commit) {
  ++tally.commits;
  tally.files += commit.files;
  tally.insertions += commit.insertions;
  tally.deletions += commit.deletions;
  if (!commit.counted) ++tally.uncounted;
}

Result<void> DayBook::add(const CellView& cell) {
  const auto left_out = [this]() -> Result<void> {
    ++left_out_;
    return {};
  };
  const auto date = SemanticTime::from_abi(cell.date);
  if (!date || !date->instant()) return left_out();
  const Instant at = *date->instant();
  const auto day = std::chrono::floor<std::chrono::days>(at + std::chrono::minutes(date->offset_minutes().value_or(0)));
  // At the edges of the calendar, an author's day may lie beyond what a date can name.
  if (day < first_day || day > last_day) return left_out();
  // What comes from now on is at `at` or later, so its author's day begins at most a day earlier, wherever that is.
  TENTO_TRY(deliver_before(std::chrono::floor<std::chrono::days>(at - std::chrono::days(1))));
  if (first_ && day < std::chrono::sys_days(*first_)) return {};
  if (last_ && day >= std::chrono::sys_days(*last_)) return {};
  const auto commit = reader_.read(cell.data);
  if (!commit || commit->undated) return left_out();
  Day& book = open_[day];
  count(book.all, *commit);
  std::string key = author_key(*commit);
  // Beyond the limit all others share one entry, whose key no address can be.
  if (book.authors.size() >= most_authors && !book.authors.contains(key)) key = "\x7F";
  Tally& author = book.authors[key];
  if (key != "\x7F") author.name = commit->name;
  count(author, *commit);
  return {};
}

Result<void> DayBook::finish() {
  return deliver_before(std::chrono::sys_days::max());
}

Result<void> DayBook::deliver_before(std::chrono::sys_days day) {
  while (!open_.empty() && open_.begin()->first < day) {
    const auto& [date, book] = *open_.begin();
    TENTO_TRY(deliver_(PartialDate::ymd(Date(date)), data(book)));
    open_.erase(open_.begin());
  }
  return {};
}

std::string DayBook::data(const Day& day) {
  std::vector<std::pair<std::string_view, const Tally*>> order;
  for (const auto& [email, tally] : day.authors) order.emplace_back(email, &tally);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second->commits > b.second->commits; });
  json::object out;
  out["commits"] = day.all.commits;
  out["files_changed"] = day.all.files;
  out["insertions"] = day.all.insertions;
  out["deletions"] = day.all.deletions;
  if (day.all.uncounted > 0) out["uncounted_commits"] = day.all.uncounted;
  json::array authors;
  for (const auto& [email, tally] : order) {
    json::object author;
    if (email != "\x7F") {
      author["name"] = tally->name;
      author["email"] = json::string_view(email.data(), email.size());
    } else {
      author["others"] = true;
    }
    author["commits"] = tally->commits;
    author["files_changed"] = tally->files;
    author["insertions"] = tally->insertions;
    author["deletions"] = tally->deletions;
    authors.push_back(std::move(author));
  }
  out["authors"] = std::move(authors);
  return json::serialize(out);
}

}  // namespace tento::git
