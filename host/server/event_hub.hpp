// SPDX-License-Identifier: Apache-2.0
// What happens in the host, handed on to the streams of who listens.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "host/embed/host.hpp"

namespace tento::host::server {

// What passes and is told once to who listens, beside the changes, which have cursors.
struct Passing {
  Uuid owner;                          // nil = everybody's
  std::string_view event;              // of static storage: `run.progress`, `account.state`, `provider.state`
  std::string data = {};               // JSON, one line
  std::vector<std::string> keys = {};  // of an owner's rows: who has prefixes hears it if one of these is theirs
  Uuid row = {};                       // whose guards must hold, too; nil = none
};

class EventStream;

// Wakes the streams when something was committed, and hands on what passes. Thread-safe.
class EventHub {
 public:
  // The host outlives it, started.
  explicit EventHub(Host& host);
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  void pass(const Passing& passing);
  // Streams look at once whether they may go on (a token was revoked).
  void wake_all() { wake({}); }
  void add(std::weak_ptr<EventStream> stream);

 private:
  std::vector<std::shared_ptr<EventStream>> alive(const Uuid& owner);  // nil = of all owners
  void wake(const Uuid& owner);
  void committed(const CommitNews& news);
  void happened(const HostNews& news);
  void account(const Uuid& owner, const AccountNews& news);

  Host& host_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<EventStream>> streams_;
  Subscription commits_;
  Subscription happenings_;
};

}  // namespace tento::host::server
