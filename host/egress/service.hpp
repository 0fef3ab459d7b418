// SPDX-License-Identifier: Apache-2.0
// What tento.http/1 stands on, once for a host process: the client that sends, the request budgets, the settings.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <tento/http/client.hpp>
#include <tento/sdk/result.hpp>

#include "host/egress/limiter.hpp"
#include "host/egress/origins.hpp"

namespace tento::host {

// Sends requests; what tento::http::Client does, and what a test can do instead. Any thread.
class HttpSender {
 public:
  HttpSender() = default;
  HttpSender(const HttpSender&) = delete;
  HttpSender& operator=(const HttpSender&) = delete;
  virtual ~HttpSender() = default;
  virtual Result<http::Response> send(const http::Request& request, const http::SendOptions& options) = 0;
};
using MakeSender = std::function<Result<std::shared_ptr<HttpSender>>()>;

// Time as the limiter sees it.
struct HttpTime {
  std::function<std::int64_t()> steady_ms;
  std::function<std::int64_t()> unix_ms;
  // Waits until that steady moment, or until `stopped` says true, which it is asked ten times a second.
  std::function<void(std::int64_t until_ms, const std::function<bool()>& stopped)> wait_until;
};
[[nodiscard]] HttpTime system_time();

struct HttpSettings {
  http::ClientOptions client;
  std::map<std::string, EndpointSettings, std::less<>> providers;  // by id
  MakeSender make_sender;                                          // empty = a tento::http::Client over `client`
  HttpTime time;                                                   // empty functions = the system's
  // For whoever counts: what a provider's request was answered (0 = not at all), and how long one waited for its
  // budget.
  std::function<void(std::string_view provider, unsigned status)> on_answer;
  std::function<void(double seconds)> on_wait;
};

class HttpService {
 public:
  explicit HttpService(HttpSettings settings);

  // The one sender, made when first asked for: loading what is to be trusted takes tens of milliseconds, and most
  // commands never send. A failure is not kept.
  Result<std::shared_ptr<HttpSender>> sender();
  [[nodiscard]] Limiter& limiter() { return limiter_; }
  [[nodiscard]] const HttpTime& time() const { return settings_.time; }
  void answered(std::string_view provider, unsigned status) const {
    if (settings_.on_answer) settings_.on_answer(provider, status);
  }
  void waited(double seconds) const {
    if (settings_.on_wait) settings_.on_wait(seconds);
  }
  [[nodiscard]] const EndpointSettings& endpoints(std::string_view provider) const;

 private:
  HttpSettings settings_;
  Limiter limiter_;
  std::mutex mutex_;
  std::shared_ptr<HttpSender> sender_;
};

}  // namespace tento::host
