// SPDX-License-Identifier: Apache-2.0
// Events: newest first, until one that is held; and what the service no longer shows, said as such.
//
// Cursors: `head` (id and time of the latest one held), `etags`, `poll_after`.
#include "events.hpp"

#include "list_sync.hpp"
#include "timed_sync.hpp"

namespace github::rows {
namespace {

using tento::Coverage;
using tento::Instant;
using tento::Result;
using tento::SemanticTime;
using tento::Synced;

constexpr std::chrono::days shown_days{30};
constexpr std::size_t most_shown = 300;

// The latest event that is held.
struct Head {
  std::string id;
  std::optional<Instant> at;

  static Head parse(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return {};
    return {std::string(text.substr(0, space)), read_utc(text.substr(space + 1))};
  }
  [[nodiscard]] std::string text() const { return at ? id + " " + utc_text(*at) : std::string(); }
};

// Ids are numbers of ever more digits.
bool is_held(std::string_view id, const Head& held) {
  if (held.id.empty()) return false;
  return id.size() != held.id.size() ? id.size() < held.id.size() : id <= held.id;
}

struct Walked {
  Head head;                      // the latest one now
  std::optional<Instant> oldest;  // the earliest that was shown
  std::size_t shown = 0;
  bool met = false;        // it came to one that is held
  bool unchanged = false;  // the first page is the one that is held
  std::string wait;
};

Result<Walked> walk(const Run& run, std::string url, const Head& held, tento::http::EtagCache& etags,
                    tento::Transaction& txn) {
  Walked out;
  out.head = held;
  List list(run.client, run.http, {.url = std::move(url), .what = "the events", .kind = Kind::event, .etags = &etags});
  while (list.more() && !out.met) {
    TENTO_TRY(run.call.proceed());
    TENTO_TRY(list.fetch());
    if (list.page() == 1) {
      TENTO_TRY_ASSIGN(out.wait, poll_after(run, list.head()));
      out.unchanged = list.unchanged();
      if (out.unchanged) return out;
    }
    const auto each = [&](const Record& record) -> Result<void> {
      if (is_held(record.id, held)) out.met = true;
      if (!is_held(record.id, out.head)) out.head = {std::string(record.id), record.date.instant()};
      return {};
    };
    const auto odd = [&](std::string_view id) {
      if (is_held(id, held)) out.met = true;
    };
    TENTO_TRY_ASSIGN(const PageFacts facts, put_page(run, list, txn, each, odd));
    out.shown += facts.records;
    if (facts.oldest && (!out.oldest || *facts.oldest < *out.oldest)) out.oldest = facts.oldest;
    TENTO_TRY(run.deps.report_progress(out.shown, most_shown, "events"));
  }
  return out;
}

// What is known of which time. Beyond 300 events the service shows nothing, so what lies between those held and the
// earliest shown is lost; after 30 days it shows nothing either.
std::vector<Coverage> coverage_of(const Walked& walked, const Head& held, const tento::Span& window, Instant now) {
  std::vector<Coverage> out;
  const Instant reach = now - shown_days;
  // It goes on from what is held; an event of a time that is still to come says nothing of the time up to it.
  std::optional<Instant> from = held.at;
  if (from) from = std::min(*from, now);
  if (!walked.unchanged && !walked.met) {
    const bool cut = walked.shown >= most_shown;
    const Instant shown_from = cut && walked.oldest ? *walked.oldest : reach;
    // Everything since the one held is lost that the service does not show; before the first sync, what it could show.
    const Instant lost_from = from.value_or(reach);
    cover(out, SemanticTime(lost_from), SemanticTime(shown_from), Coverage::State::failed);
    from = shown_from;
  }
  const bool none = !walked.head.at && walked.shown == 0;
  cover(out, from ? std::optional(SemanticTime(*from)) : std::nullopt, window.to,
        none ? Coverage::State::empty : Coverage::State::have);
  return out;
}

}  // namespace

Result<Synced> Events::sync(tento::SyncCtx<Events>& ctx) {
  TENTO_TRY_ASSIGN(const Run run, run_of(ctx));
  TENTO_TRY_ASSIGN(const bool early, too_early(run));
  if (early) {
    TENTO_TRY(commit_nothing(run));
    return Synced(0);
  }
  TENTO_TRY_ASSIGN(const User user, run.client.user(run.http));
  TENTO_TRY_ASSIGN(const std::string kept, load(run, "etags"));
  TENTO_TRY_ASSIGN(const std::string head, load(run, "head"));
  TENTO_TRY_ASSIGN(const Instant now, run.deps.now());
  tento::http::EtagCache etags = tento::http::EtagCache::parse(kept);
  const Head held = Head::parse(head);
  TENTO_TRY_ASSIGN(tento::Transaction txn, run.deps.begin(run.row_id));
  TENTO_TRY_ASSIGN(
      const Walked walked,
      walk(run, run.client.url("/users/" + path_segment(user.login) + "/events?per_page=100"), held, etags, txn));
  const std::string versions = etags.text();
  const std::string newest = walked.head.text();
  TENTO_TRY(txn.commit(coverage_of(walked, held, run.window, now),
                       std::vector<tento::Cursor>{{"head", newest}, {"etags", versions}, {"poll_after", walked.wait}}));
  return run.skipped.into(Synced(walked.shown));
}

}  // namespace github::rows
