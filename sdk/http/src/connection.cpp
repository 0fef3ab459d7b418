// SPDX-License-Identifier: Apache-2.0
// How a connection comes to be: name, address, proxy, handshake; and where it waits between two requests.
#include "connection.hpp"

#include "errors.hpp"
#include "request_head.hpp"

namespace tento::http::inner {
namespace {

// Of all origins together; beyond it the longest unused is closed.
constexpr std::size_t most_idle_connections = 128;

}  // namespace

std::unique_ptr<Connection> Pool::take(const std::string& key) {
  for (;;) {
    std::unique_ptr<Connection> connection;
    {
      const std::lock_guard lock(mutex_);
      const auto found = idle_.find(key);
      if (found == idle_.end()) return nullptr;
      connection = std::move(found->second.back());
      found->second.pop_back();
      if (found->second.empty()) idle_.erase(found);
      --count_;
    }
    if (Clock::now() - connection->idle_since < idle_timeout_ && connection->wire.alive()) return connection;
  }
}

void Pool::put(std::unique_ptr<Connection> connection) {
  std::deque<std::unique_ptr<Connection>> closed;  // outside of the lock
  connection->idle_since = Clock::now();
  const std::lock_guard lock(mutex_);
  auto& of_key = idle_[connection->key];
  of_key.push_back(std::move(connection));
  ++count_;
  if (of_key.size() > most_per_key_) {
    closed.push_back(std::move(of_key.front()));
    of_key.pop_front();
    --count_;
  }
  if (count_ > most_idle_connections || of_key.size() == 1) take_expired(Clock::now(), closed);
}

void Pool::take_expired(Clock::time_point now, std::deque<std::unique_ptr<Connection>>& out) {
  auto oldest = idle_.end();
  for (auto at = idle_.begin(); at != idle_.end();) {
    auto& of_key = at->second;
    while (!of_key.empty() && now - of_key.front()->idle_since >= idle_timeout_) {
      out.push_back(std::move(of_key.front()));
      of_key.pop_front();
      --count_;
    }
    if (of_key.empty()) {
      at = idle_.erase(at);
      continue;
    }
    if (oldest == idle_.end() || of_key.front()->idle_since < oldest->second.front()->idle_since) oldest = at;
    ++at;
  }
  if (count_ > most_idle_connections && oldest != idle_.end()) {
    out.push_back(std::move(oldest->second.front()));
    oldest->second.pop_front();
    if (oldest->second.empty()) idle_.erase(oldest);
    --count_;
  }
}

void Pool::clear() {
  Idle closed;
  const std::lock_guard lock(mutex_);
  closed.swap(idle_);
  count_ = 0;
}

Result<std::unique_ptr<Connection>> Opener::open(const Url& url, const Proxy* proxy, std::string key,
                                                 Deadline& deadline) {
  std::unique_ptr<Connection> connection;
  if (proxy != nullptr) {
    TENTO_TRY_ASSIGN(connection, through_proxy(url, *proxy, std::move(key), deadline));
  } else {
    TENTO_TRY_ASSIGN(Fd fd, connect(url.host, url.port, deadline));
    connection = std::make_unique<Connection>(std::move(fd), std::move(key));
  }
  if (!url.https) return connection;
  counters_.handshakes.fetch_add(1, std::memory_order_relaxed);
  TENTO_TRY_ASSIGN(const bool resumed,
                   connection->wire.start_tls(tls_, url.host, url.literal, connection->key, deadline,
                                              Step::whole("shaking hands with", options_.tls_timeout)));
  if (resumed) counters_.resumed.fetch_add(1, std::memory_order_relaxed);
  return connection;
}

Result<Fd> Opener::connect(const std::string& host, std::uint16_t port, const Deadline& deadline) {
  TENTO_TRY_ASSIGN(const std::vector<Address> addresses,
                   resolver_.resolve(host, port, deadline, options_.resolve_timeout));
  TENTO_TRY_ASSIGN(Fd fd, connect_tcp(addresses, deadline, options_.connect_timeout));
  counters_.connections.fetch_add(1, std::memory_order_relaxed);
  return fd;
}

Result<std::unique_ptr<Connection>> Opener::through_proxy(const Url& url, const Proxy& proxy, std::string key,
                                                          Deadline& deadline) {
  // Until the proxy lets through, errors are its own.
  deadline.set_origin(proxy.origin);
  const auto made = [&]() -> Result<std::unique_ptr<Connection>> {
    TENTO_TRY_ASSIGN(Fd fd, connect(proxy.host, proxy.port, deadline));
    auto connection = std::make_unique<Connection>(std::move(fd), std::move(key));
    if (url.https) TENTO_TRY(tunnel(*connection, url, proxy, deadline));
    return connection;
  };
  Result<std::unique_ptr<Connection>> out = made();
  deadline.set_origin(url.origin);
  if (out || out.error().stopped || out.error().tag == "deadline" || out.error().tag == "proxy_failed") return out;
  return transient("proxy_failed", "the proxy for " + url.origin + ": " + out.error().message);
}

Result<void> Opener::tunnel(Connection& connection, const Url& url, const Proxy& proxy, const Deadline& deadline) {
  const std::string host =
      (url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]") + ":" + std::to_string(url.port);
  RequestHead head(connection.out, "CONNECT", host, host);
  if (!proxy.authorization.empty()) head.add("Proxy-Authorization", proxy.authorization);
  head.finish();
  const auto asked = connection.wire.write_all(connection.out, {}, deadline, {"asking", options_.write_timeout});
  wipe(connection.out);
  TENTO_TRY(asked);
  TENTO_TRY_ASSIGN(const AnswerHead answer,
                   connection.reader.read_head(connection.wire, true, options_.max_head, deadline,
                                               Step::whole("waiting for the tunnel of", options_.head_timeout, true)));
  const std::string refusal =
      "the proxy " + proxy.origin + " does not lead to " + url.origin + ": status " + std::to_string(answer.status);
  if (answer.status == 407) return config("proxy_failed", refusal, "check the proxy's password");
  if (answer.status >= 500) return transient("proxy_failed", refusal);
  if (answer.status < 200 || answer.status > 299) return config("proxy_failed", refusal, "check the proxy");
  if (connection.reader.has_rest())
    return upstream("proxy_failed", "the proxy " + proxy.origin + " speaks itself instead of leading to " + url.origin);
  return {};
}

}  // namespace tento::http::inner
