// SPDX-License-Identifier: Apache-2.0
// Viewport and backfill of a list that takes bounds of time.
#include "timed_sync.hpp"

#include <charconv>

namespace github::rows {
namespace {

using tento::Coverage;
using tento::Instant;
using tento::Result;
using tento::SemanticTime;
using tento::Synced;

// A branch that is merged late brings old records along: now and then history is read again.
constexpr std::chrono::days history_interval{7};
// Clocks and zones differ: what is asked for overlaps what is held by so much.
constexpr std::chrono::days day_overlap{1};
constexpr std::int64_t longest_poll_s = 3600;

Result<void> fetch(List& pages, const TimedList& list, bool& none) {
  return list.empty_is_409 ? fetch_commits(pages, none) : pages.fetch();
}

Result<Synced> sync_viewport(const Run& run, const TimedList& list) {
  TENTO_TRY_ASSIGN(const bool early, too_early(run));
  if (early) {
    TENTO_TRY(commit_nothing(run));
    return Synced(0);
  }
  TENTO_TRY_ASSIGN(const std::string newest, load(run, "newest"));
  TENTO_TRY_ASSIGN(const Instant now, run.deps.now());
  TENTO_TRY_ASSIGN(const std::string kept, load(run, "etags"));
  tento::http::EtagCache etags = tento::http::EtagCache::parse(kept);
  // From the window's first day, or from where the last sync left off where that is earlier: no gap opens.
  std::optional<SemanticTime> from = run.window.from;
  if (const auto held = tento::looked_at(newest, now); held && from && *held < *moment(from))
    from = SemanticTime(*held);
  std::string url = list.url;
  if (from) url.append("&").append(list.since).append("=").append(utc_text(*moment(from) - day_overlap));

  TENTO_TRY_ASSIGN(tento::Transaction txn, run.deps.begin(run.row_id));
  List pages(run.client, run.http, {.url = url, .what = list.what, .kind = list.kind, .etags = &etags});
  std::size_t seen = 0;
  bool none = false;
  std::string wait;
  while (pages.more() && !none) {
    TENTO_TRY(run.call.proceed());
    TENTO_TRY(fetch(pages, list, none));
    if (none) break;
    if (pages.page() == 1) {
      TENTO_TRY_ASSIGN(wait, poll_after(run, pages.head()));
    }
    if (pages.unchanged() && pages.page() == 1) break;  // the newest are the same, so all are
    const auto each = [&list](const Record& record) -> Result<void> {
      if (list.each) list.each(record.id);
      return {};
    };
    TENTO_TRY_ASSIGN(const PageFacts facts, put_page(run, pages, txn, each, list.each));
    seen += facts.records;
    TENTO_TRY(run.deps.report_progress(seen, 0, list.what));
  }
  std::vector<Coverage> coverage;
  const bool empty = seen == 0 && !pages.unchanged();
  cover(coverage, from, run.window.to, empty ? Coverage::State::empty : Coverage::State::have);
  const std::string when = utc_text(now);
  const std::string versions = etags.text();
  std::vector<tento::Cursor> cursors{{"newest", when}, {"etags", versions}, {"poll_after", wait}};
  const bool same = pages.unchanged() && pages.page() == 1;
  if (list.ended && !same) TENTO_TRY(list.ended(run, txn, cursors));
  TENTO_TRY(txn.commit(coverage, cursors));
  return run.skipped.into(Synced(seen));
}

Result<Synced> sync_history(const Run& run, const TimedList& list) {
  TENTO_TRY_ASSIGN(std::string history, load(run, "history"));
  TENTO_TRY_ASSIGN(const Instant now, run.deps.now());
  if (history.starts_with("done ")) {
    const auto last = tento::looked_at(std::string_view(history).substr(5), now);
    if (last && now < *last + history_interval) {
      TENTO_TRY(commit_nothing(run));
      return Synced(0);
    }
    history.clear();
  }
  std::string url = history;
  if (url.empty()) {
    url = list.url;
    if (run.window.to)
      url.append("&").append(list.before).append("=").append(utc_text(*moment(run.window.to) + day_overlap));
  }
  List pages(run.client, run.http, {.url = std::move(url), .what = list.what, .kind = list.kind});
  Synced out;
  bool none = false;
  std::optional<SemanticTime> upper = run.window.to;
  while (pages.more() && !none) {
    TENTO_TRY(run.call.proceed());
    if (out.seen > 0 && run.call.should_yield()) {
      out.more = true;
      return run.skipped.into(out);
    }
    TENTO_TRY(fetch(pages, list, none));
    TENTO_TRY_ASSIGN(tento::Transaction txn, run.deps.begin(run.row_id));
    PageFacts facts;
    if (!none) {
      TENTO_TRY_ASSIGN(facts, put_page(run, pages, txn));
    }
    out.seen += facts.records;
    const bool done = none || !pages.more();
    history = done ? history_done(now) : pages.next_url();
    std::vector<Coverage> coverage;
    std::optional<SemanticTime> lower;
    if (!done && facts.oldest) lower = SemanticTime(*facts.oldest);
    if (done || lower) {
      cover(coverage, lower, upper, out.seen == 0 ? Coverage::State::empty : Coverage::State::have);
    }
    if (lower) upper = lower;
    TENTO_TRY(run.deps.report_progress(out.seen, 0, list.what));
    std::vector<tento::Cursor> cursors{{"history", history}};
    if (list.ended && done) TENTO_TRY(list.ended(run, txn, cursors));
    TENTO_TRY(txn.commit(coverage, cursors));
  }
  return run.skipped.into(out);
}

}  // namespace

Result<Synced> sync_timed(const Run& run, const TimedList& list, bool viewport) {
  return viewport ? sync_viewport(run, list) : sync_history(run, list);
}

Result<void> fetch_commits(List& pages, bool& none) {
  auto fetched = pages.fetch();
  none = !fetched && fetched.error().http_status == 409;
  if (none) return {};
  return fetched;
}

std::string history_done(Instant when) {
  return "done " + utc_text(when);
}

Result<bool> too_early(const Run& run) {
  TENTO_TRY_ASSIGN(const std::string text, load(run, "poll_after"));
  const auto after = read_utc(text);
  if (!after) return false;
  TENTO_TRY_ASSIGN(const Instant now, run.deps.now());
  // Further ahead than any service asks for, it was written by another clock.
  return now < *after && *after < now + std::chrono::seconds(longest_poll_s);
}

Result<std::string> poll_after(const Run& run, const tento::http::Response& head) {
  const auto header = tento::http::find_header(head.headers, "X-Poll-Interval");
  if (!header) return std::string();
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (error != std::errc() || end != header->data() + header->size() || seconds <= 0) return std::string();
  TENTO_TRY_ASSIGN(const Instant now, run.deps.now());
  return utc_text(now + std::chrono::seconds(std::min(seconds, longest_poll_s)));
}

Result<void> commit_nothing(const Run& run) {
  TENTO_TRY_ASSIGN(tento::Transaction txn, run.deps.begin(run.row_id));
  return txn.commit(std::span<const Coverage>{});
}

}  // namespace github::rows
