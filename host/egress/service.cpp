// SPDX-License-Identifier: Apache-2.0
// The client of the host process, made late, and time.
#include "host/egress/service.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "host/base/clock.hpp"

namespace tento::host {
namespace {

class ClientSender final : public HttpSender {
 public:
  explicit ClientSender(std::unique_ptr<http::Client> client) : client_(std::move(client)) {}
  Result<http::Response> send(const http::Request& request, const http::SendOptions& options) override {
    return client_->send(request, options);
  }

 private:
  std::unique_ptr<http::Client> client_;
};

}  // namespace

HttpTime system_time() {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  HttpTime time;
  time.steady_ms = [] {
    return std::int64_t{duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()};
  };
  time.unix_ms = [] { return unix_now_us() / 1000; };
  time.wait_until = [now = time.steady_ms](std::int64_t until_ms, const std::function<bool()>& stopped) {
    constexpr std::int64_t stop_interval_ms = 50;
    for (std::int64_t left = until_ms - now(); left > 0 && !stopped(); left = until_ms - now()) {
      std::this_thread::sleep_for(milliseconds(std::min(left, stop_interval_ms)));
    }
  };
  return time;
}

HttpService::HttpService(HttpSettings settings) : settings_(std::move(settings)) {
  HttpTime system = system_time();
  HttpTime& time = settings_.time;
  if (!time.steady_ms) time.steady_ms = std::move(system.steady_ms);
  if (!time.unix_ms) time.unix_ms = std::move(system.unix_ms);
  if (!time.wait_until) time.wait_until = std::move(system.wait_until);
  if (!settings_.make_sender) {
    settings_.make_sender = [options = settings_.client]() -> Result<std::shared_ptr<HttpSender>> {
      TENTO_TRY_ASSIGN(auto client, http::Client::create(options));
      return std::make_shared<ClientSender>(std::move(client));
    };
  }
}

Result<std::shared_ptr<HttpSender>> HttpService::sender() {
  const std::lock_guard lock(mutex_);
  if (!sender_) {
    TENTO_TRY_ASSIGN(sender_, settings_.make_sender());
  }
  return sender_;
}

const EndpointSettings& HttpService::endpoints(std::string_view provider) const {
  static const EndpointSettings none;
  const auto found = settings_.providers.find(provider);
  return found == settings_.providers.end() ? none : found->second;
}

}  // namespace tento::host
