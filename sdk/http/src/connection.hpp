// SPDX-License-Identifier: Apache-2.0
// Connections: made to an origin (through a proxy or not), kept while idle, taken up again.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tento/http/client.hpp>

#include "answer.hpp"
#include "proxy.hpp"
#include "resolve.hpp"
#include "tls.hpp"
#include "wiped.hpp"
#include "wire.hpp"

namespace tento::http::inner {

/// ClientStats as threads count them.
struct Counters {
  std::atomic<std::uint64_t> requests{0}, connections{0}, handshakes{0}, resumed{0}, reused{0}, retries{0},
      redirects{0}, bytes_read{0};
};

/// One connection and what is reused with it.
struct Connection {
  Connection(Fd fd, std::string its_key) : wire(std::move(fd)), key(std::move(its_key)) {}

  Wire wire;
  AnswerReader reader;
  WipedString out;      ///< the head of a request while it is sent
  std::string key;      ///< in the pool
  bool served = false;  ///< an earlier request
  Clock::time_point idle_since{};
};

/// Idle connections by origin and proxy, the last one used first. Thread-safe.
class Pool {
 public:
  Pool(std::size_t most_per_key, std::chrono::milliseconds idle_timeout)
      : most_per_key_(most_per_key), idle_timeout_(idle_timeout) {}
  /// One that is still alive; null if there is none.
  std::unique_ptr<Connection> take(const std::string& key);
  /// Keeps it, unless there are enough.
  void put(std::unique_ptr<Connection> connection);
  void clear();

 private:
  using Idle = std::map<std::string, std::deque<std::unique_ptr<Connection>>, std::less<>>;
  void take_expired(Clock::time_point now, std::deque<std::unique_ptr<Connection>>& out);

  const std::size_t most_per_key_;
  const std::chrono::milliseconds idle_timeout_;
  std::mutex mutex_;
  Idle idle_;
  std::size_t count_ = 0;
};

/// Makes connections.
class Opener {
 public:
  Opener(const ClientOptions& options, TlsContext& tls, Counters& counters)
      : options_(options), tls_(tls), counters_(counters) {}
  /// A connection that a request to `url` can be written to. `proxy` may be null.
  Result<std::unique_ptr<Connection>> open(const Url& url, const Proxy* proxy, std::string key, Deadline& deadline);

 private:
  Result<Fd> connect(const std::string& host, std::uint16_t port, const Deadline& deadline);
  Result<std::unique_ptr<Connection>> through_proxy(const Url& url, const Proxy& proxy, std::string key,
                                                    Deadline& deadline);
  Result<void> tunnel(Connection& connection, const Url& url, const Proxy& proxy, const Deadline& deadline);

  const ClientOptions& options_;
  TlsContext& tls_;
  Counters& counters_;
  Resolver resolver_;
};

}  // namespace tento::http::inner
