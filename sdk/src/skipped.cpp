// SPDX-License-Identifier: Apache-2.0
// What was kept out, as a note for people that fits into the ABI.
#include <tento/sdk/fixed_text.hpp>
#include <tento/sdk/skipped.hpp>

namespace tento {
namespace {

// Neither a long id nor a long reason may leave no room for a second record.
constexpr std::size_t longest_what_bytes = 100;
constexpr std::size_t longest_why_bytes = 150;
constexpr std::string_view record_separator = "; ";

std::string cut(std::string_view text, std::size_t most) {
  constexpr std::string_view dots = "...";
  if (text.size() <= most) return std::string(text);
  return std::string(cut_text(text, most - dots.size())).append(dots);
}

std::string rest_text(std::uint64_t count) {
  return "and " + std::to_string(count) + " more";
}

}  // namespace

void SkippedRecords::skip(std::string_view what, std::string_view why, std::string_view cell_id) {
  ++count_;
  if (!cell_id.empty()) ids_.emplace(cell_id);
  if (first_.size() + 1 < count_) return;  // one did not fit before; those that follow are told by their number
  // A character that is not UTF-8 takes one byte more or less after cleaning, so that is done first.
  std::string text = cut(clean_line(what.substr(0, 4 * longest_what_bytes)), longest_what_bytes);
  text.append(": ").append(cut(clean_line(why.substr(0, 4 * longest_why_bytes)), longest_why_bytes));
  const std::size_t with_it = bytes_ + (first_.empty() ? 0 : record_separator.size()) + text.size();
  if (with_it + record_separator.size() + rest_text(UINT64_MAX).size() > most_note) return;
  bytes_ = with_it;
  first_.push_back(std::move(text));
}

std::string SkippedRecords::note() const {
  std::string out;
  for (const std::string& one : first_) {
    if (!out.empty()) out += record_separator;
    out += one;
  }
  if (count_ > first_.size()) out.append(out.empty() ? "" : record_separator).append(rest_text(count_ - first_.size()));
  return out;
}

std::string SkippedRecords::sentence(std::string_view list) const {
  if (count_ == 0) return {};
  std::string out = count_ == 1 ? "a record of " : std::to_string(count_) + " records of ";
  return out.append(list).append(count_ == 1 ? " is kept out: " : " are kept out: ").append(note());
}

Synced SkippedRecords::into(Synced done) const {
  done.skipped = count_;
  done.skipped_note = note();
  return done;
}

}  // namespace tento
