// SPDX-License-Identifier: Apache-2.0
// What was committed, and events of the host, handed on to the open event streams.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "host/base/mutex.hpp"
#include "host/services/host.hpp"

namespace tento::host::server {

// An event that is sent once to the streams that are open, and kept nowhere. (Changes of cells have cursors instead.)
struct EphemeralEvent {
  Uuid owner;                          // nil = everybody's
  std::string_view name;               // of static storage: `run.progress`, `account.state`, `provider.state`
  std::string data = {};               // JSON, one line
  std::vector<std::string> keys = {};  // of an owner's rows: a token with prefixes gets it if it may use one of these
  Uuid row = {};                       // the guards of this row must hold, too; nil = none
  bool farewell = false;               // its owner is gone: also a stream that may not go on still tells it
};

class EventStream;

// Wakes the streams when something was committed for their users, and hands on ephemeral events. A thread of its own
// waits for commits, from the first stream on. Thread-safe.
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
  // Tells the streams of a user who was erased that the accounts went. Once; nothing where the user is there.
  void tell_if_erased(const Uuid& user);
  // What is committed from now on is told to it.
  Result<void> add(const std::shared_ptr<EventStream>& stream);

 private:
  std::vector<std::shared_ptr<EventStream>> alive(const Uuid& owner);  // nil = of all owners
  void wake(const Uuid& owner);
  void on_host_event(const HostEvent& event);
  // Of the thread that waits for commits.
  void follow();
  std::vector<WatchedUser> watched(std::stop_token& stop);  // none = it ends
  void moved(const WatchedUser& user);
  void tell_account(const Uuid& owner, const AccountChange& change, bool farewell = false);
  [[nodiscard]] std::vector<AccountRecord> accounts_of(const Uuid& user) const;

  const Host& host_;
  Mutex mutex_;
  std::condition_variable changed_;  // there is a first stream, or it ends
  std::vector<std::weak_ptr<EventStream>> streams_ GUARDED_BY(mutex_);
  struct Followed {
    FeedPosition seen;                    // what the user's streams were told of
    std::vector<AccountRecord> accounts;  // as they were then: an erased user's store does not say it any more
  };
  std::map<Uuid, Followed> followed_ GUARDED_BY(mutex_);  // users with streams
  std::stop_source waiting_ GUARDED_BY(mutex_);           // ends the waiting for users who are not all any more
  bool ending_ GUARDED_BY(mutex_) = false;
  std::thread follower_ GUARDED_BY(mutex_);
  Mutex saying_farewell_;  // taken before mutex_: who comes second finds everything queued
  Subscription host_events_;
};

}  // namespace tento::host::server
