// SPDX-License-Identifier: Apache-2.0
// Live events (WHATWG HTML, 9.2 server-sent events): changes of cells by cursor, and a place beside them for
// what passes (runs, accounts, providers), which nothing of the host tells yet.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "host/operations/changes.hpp"
#include "host/operations/context.hpp"
#include "host/server/exchange.hpp"

namespace tento::host::server {

// What passes and is told once to who listens: `run.progress`, `account.state`, `provider.state`.
struct Passing {
  Uuid owner;  // nil = everybody's
  std::string_view event;
  std::string data;  // JSON
};

class EventStream;

// Wakes the streams when something was committed, and hands on what passes. Thread-safe.
class EventHub {
 public:
  explicit EventHub(CellStore& store);
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  void pass(const Passing& passing);
  // Streams look at once whether they may go on (a token was revoked).
  void wake_all();
  void add(std::weak_ptr<EventStream> stream);

 private:
  std::vector<std::shared_ptr<EventStream>> alive();

  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<EventStream>> streams_;
  Subscription subscription_;
};

// One client's stream. A slow client reads changes later, by cursor; of what passes it misses what does not fit its
// queue, and is told so by one `resync`.
class EventStream final : public PullBody {
 public:
  // `still_allowed`: asked before anything is sent. `cursor` empty = from now on.
  EventStream(Host& host, const OwnerRecord& owner, const Caller& caller, std::string cursor,
              std::function<bool()> still_allowed);

  void start(std::function<void()> wake) override;
  State pull(std::string& out) override;
  void stop() override;
  bool due(Moment now) override;
  [[nodiscard]] bool endless() const override { return true; }

  // Of any thread.
  void wake();
  void queue(const Passing& passing);

 private:
  void begin(std::string& out);
  void append_passing(std::string& out);
  bool append_changes(std::string& out);  // false: the store failed, or the cursor has gone
  void resync(std::string& out);

  Host& host_;
  OwnerRecord owner_;
  VisibleRows visible_;
  std::string cursor_;
  std::function<bool()> still_allowed_;
  bool begun_ = false;
  Moment last_sent_ = std::chrono::steady_clock::now();

  std::mutex mutex_;
  std::function<void()> wake_;
  std::deque<std::pair<std::string_view, std::string>> passing_;  // event, data
  bool overflowed_ = false;
};

}  // namespace tento::host::server
