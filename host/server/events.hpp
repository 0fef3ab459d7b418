// SPDX-License-Identifier: Apache-2.0
// Live events (WHATWG HTML, 9.2 server-sent events): changes of cells by cursor, and beside them events of
// runs, accounts and providers, which have none.
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

#include "host/server/event_hub.hpp"
#include "host/server/exchange.hpp"
#include "host/services/change_reader.hpp"

namespace tento::host::server {

// One client's stream. A slow client reads changes later, by cursor; it misses ephemeral events that do not fit its
// queue, and is told so by one `resync`.
class EventStream final : public PullBody {
 public:
  // `still_allowed`: asked before anything is sent; where it does not hold, `farewell` is called, and of what is queued
  // then only farewells are sent, before the end. `cursor` empty = from now on.
  EventStream(ChangeReader changes, std::string cursor, std::function<bool()> still_allowed,
              std::function<void()> farewell);

  void start(std::function<void()> wake) override;
  State pull(std::string& out) override;
  void stop() override;
  bool due(Moment now) override;
  [[nodiscard]] bool endless() const override { return true; }

  // Of any thread.
  [[nodiscard]] const Uuid& owner() const { return changes_.viewer().user.id; }
  void wake();
  void queue(const std::shared_ptr<const EphemeralEvent>& event);  // of its owner, or everybody's

 private:
  void begin(std::string& out);
  void append_ephemeral(std::string& out);
  void append_farewells(std::string& out);
  std::deque<std::shared_ptr<const EphemeralEvent>> take_queued(bool& overflowed);
  bool append_changes(std::string& out);  // false: the store failed, or the cursor has gone
  void resync(std::string& out);

  ChangeReader changes_;
  std::string cursor_;
  std::function<bool()> still_allowed_;
  std::function<void()> farewell_;
  bool begun_ = false;
  Moment last_sent_ = std::chrono::steady_clock::now();

  std::mutex mutex_;
  std::function<void()> wake_;
  std::deque<std::shared_ptr<const EphemeralEvent>> queued_;  // shared with the other streams
  std::size_t queued_bytes_ = 0;
  bool overflowed_ = false;
};

}  // namespace tento::host::server
