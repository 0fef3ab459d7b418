// SPDX-License-Identifier: Apache-2.0
// Events of the host, handed on to the open event streams.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "host/services/host.hpp"

namespace tento::host::server {

// An event that is sent once to the streams that are open, and kept nowhere. (Changes of cells have cursors instead.)
struct EphemeralEvent {
  Uuid owner;                          // nil = everybody's
  std::string_view name;               // of static storage: `run.progress`, `account.state`, `provider.state`
  std::string data = {};               // JSON, one line
  std::vector<std::string> keys = {};  // of an owner's rows: a token with prefixes gets it if it may use one of these
  Uuid row = {};                       // the guards of this row must hold, too; nil = none
};

class EventStream;

// Wakes the streams when something was committed, and hands on ephemeral events. Thread-safe.
class EventHub {
 public:
  // The host outlives it, started.
  explicit EventHub(const Host& host);
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  void publish(const EphemeralEvent& event);
  // Streams check at once whether they may go on (a token was revoked).
  void wake_all() { wake({}); }
  void add(std::weak_ptr<EventStream> stream);

 private:
  std::vector<std::shared_ptr<EventStream>> alive(const Uuid& owner);  // nil = of all owners
  void wake(const Uuid& owner);
  void committed(const CommitEvent& news);
  void happened(const HostNews& news);
  void account(const Uuid& owner, const AccountEvent& news);

  const Host& host_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<EventStream>> streams_;
  Subscription commits_;
  Subscription happenings_;
};

}  // namespace tento::host::server
