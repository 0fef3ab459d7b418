// SPDX-License-Identifier: Apache-2.0
// Streams of events: pulled by their connections, from the store and from a small queue.
#include "host/server/events.hpp"

#include <algorithm>
#include <utility>

#include "host/operations/changes.hpp"

namespace tento::host::server {
namespace {

// Queued for a client that reads slowly.
constexpr std::size_t max_queued = 256;
constexpr std::size_t max_queued_bytes = 256 * 1024;
constexpr std::size_t changes_a_piece = 200;
constexpr std::size_t bytes_a_piece = 256 * 1024;  // and one change more
constexpr std::chrono::seconds ping_every{15};

void append_event(std::string& out, std::string_view event, std::string_view id) {
  if (!id.empty()) (out += "id: ") += std::string(id) + "\n";
  (out += "event: ") += std::string(event) + "\n";
  out += "data: ";
}

void append_ephemeral_event(std::string& out, const EphemeralEvent& event) {
  append_event(out, event.name, {});
  out += event.data + "\n\n";
}

// Stored JSON may have line ends between its tokens; a line of data has none.
void one_line(std::string& out, std::size_t from) {
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

}  // namespace

EventStream::EventStream(ChangeReader changes, std::string cursor, std::function<bool()> still_allowed,
                         std::function<void()> farewell)
    : changes_(std::move(changes)),
      cursor_(std::move(cursor)),
      still_allowed_(std::move(still_allowed)),
      farewell_(std::move(farewell)) {}

void EventStream::start(std::function<void()> wake) {
  const std::scoped_lock hold(mutex_);
  wake_ = std::move(wake);
}

void EventStream::stop() {
  const std::scoped_lock hold(mutex_);
  wake_ = nullptr;
}

void EventStream::wake() {
  std::function<void()> what;
  {
    const std::scoped_lock hold(mutex_);
    what = wake_;
  }
  if (what) what();
}

void EventStream::queue(const std::shared_ptr<const EphemeralEvent>& shared) {
  const EphemeralEvent& event = *shared;
  const auto& principal = changes_.viewer().principal;
  const auto theirs = [&principal](const std::string& key) { return allows_key(principal, key); };
  if (!event.owner.nil() && !principal.prefixes.empty() && std::none_of(event.keys.begin(), event.keys.end(), theirs))
    return;
  {
    const std::scoped_lock hold(mutex_);
    if (queued_.size() >= max_queued || queued_bytes_ + event.data.size() > max_queued_bytes) {
      overflowed_ = true;
      queued_.clear();
      queued_bytes_ = 0;
    }
    if (!overflowed_) {
      queued_.push_back(shared);
      queued_bytes_ += event.data.size();
    }
  }
  wake();
}

bool EventStream::due(Moment now) {
  return now >= last_sent_ + ping_every;
}

PullBody::State EventStream::pull(std::string& out) {
  if (!still_allowed_()) {
    if (begun_) append_farewells(out);
    return out.empty() ? State::end : State::more;
  }
  if (!begun_) begin(out);
  append_ephemeral(out);
  if (!append_changes(out)) return State::broken;
  const auto now = std::chrono::steady_clock::now();
  if (out.empty() && now >= last_sent_ + ping_every) out += ": ping\n\n";
  if (out.empty()) return State::wait;
  last_sent_ = now;
  return State::more;
}

// The first event has the cursor, so that a client that is cut before anything happened misses nothing.
void EventStream::begin(std::string& out) {
  begun_ = true;
  out += "retry: 2000\n";
  if (cursor_.empty()) {
    if (auto newest = changes_.newest()) cursor_ = std::move(*newest);
  }
  append_event(out, "ready", cursor_);
  out += "{}\n\n";
}

std::deque<std::shared_ptr<const EphemeralEvent>> EventStream::take_queued(bool& overflowed) {
  const std::scoped_lock hold(mutex_);
  queued_bytes_ = 0;
  overflowed = std::exchange(overflowed_, false);
  return std::exchange(queued_, {});
}

void EventStream::append_ephemeral(std::string& out) {
  bool overflowed = false;
  const auto taken = take_queued(overflowed);
  if (overflowed) resync(out);
  for (const auto& each : taken) {
    // Guards are asked here: the thread that publishes an event must not call the host.
    if (!each->row.nil() && !changes_.sees(each->row, each->keys.front())) continue;
    append_ephemeral_event(out, *each);
  }
}

void EventStream::append_farewells(std::string& out) {
  farewell_();
  bool overflowed = false;
  for (const auto& each : take_queued(overflowed))
    if (each->farewell) append_ephemeral_event(out, *each);
}

void EventStream::resync(std::string& out) {
  append_event(out, "resync", cursor_);
  out += "{}\n\n";
}

bool EventStream::append_changes(std::string& out) {
  auto end = changes_.read(cursor_, changes_a_piece, [&](const Change& change) {
    append_event(out, std::string("cell.") + std::string(to_string(change.kind)), change.cursor());
    const auto from = out.size();
    append_change_json(out, change);
    one_line(out, from);
    out += "\n\n";
    return out.size() < bytes_a_piece;
  });
  if (!end) {
    if (end.error().tag != "cursor_expired") return false;
    // Deletions are forgotten: what the client holds has to be read anew.
    auto newest = changes_.newest();
    if (!newest) return false;
    cursor_ = std::move(*newest);
    resync(out);
    return true;
  }
  cursor_ = std::move(end->cursor);
  if (end->more) wake();
  return true;
}

}  // namespace tento::host::server
