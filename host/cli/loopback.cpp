// SPDX-License-Identifier: Apache-2.0
// The server, with the pages of a connection alone.
#include "host/cli/loopback.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "host/server/api.hpp"
#include "host/server/oauth_routes.hpp"
#include "host/server/server.hpp"

namespace tento::cli {

namespace server = host::server;

struct Loopback::Running {
  explicit Running(host::App& app) : api(app, app.host(), app.metrics(), {}, app.log(), pages) {}
  const std::vector<server::Route> pages = server::oauth_routes();
  server::Api api;
  std::unique_ptr<server::Server> listening;
};

Loopback::Loopback(host::PartsOnDemand& parts) : parts_(parts) {}
Loopback::~Loopback() = default;

Result<std::string> Loopback::base(unsigned port) {
  if (!running_) {
    TENTO_TRY_ASSIGN(auto* app, parts_.open_app());
    auto running = std::make_unique<Running>(*app);
    server::ServerOptions options;
    options.listen = "127.0.0.1:" + std::to_string(port);
    options.threads = 1;
    TENTO_TRY_ASSIGN(running->listening, server::Server::start(std::move(options), running->api));
    const auto& address = running->listening->address();
    // Another name for this address is a page that was lured here (DNS rebinding).
    server::RequestPolicy policy;
    policy.hosts = {address};
    policy.public_url = "http://" + address;
    running->api.set_policy(std::move(policy));
    running_ = std::move(running);
  }
  return "http://" + running_->listening->address();
}

void Loopback::end() {
  if (!running_) return;
  running_->listening->drain(std::chrono::seconds(2));
  // What is stuck may still use it: it stays until the process ends.
  if (!running_->listening->stop()) static_cast<void>(running_.release());
}

}  // namespace tento::cli
