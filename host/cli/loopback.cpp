// SPDX-License-Identifier: Apache-2.0
// The server, with the pages of a connection alone.
#include "host/cli/loopback.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "host/server/api.hpp"
#include "host/server/html_page.hpp"
#include "host/server/oauth_routes.hpp"
#include "host/server/problems.hpp"
#include "host/server/server.hpp"

namespace tento::cli {

namespace server = host::server;

class Loopback::Pages final : public server::Handler {
 public:
  explicit Pages(host::Engine& engine) : environment_{.engine = engine}, routes_(server::oauth_routes()) {}
  server::Outcome handle(const server::Request& request) override {
    // Another name for this address is a page that was lured here (DNS rebinding).
    if (request.header("Host") != address) return {.now = server::plain_text(421, "this server is not called that\n")};
    server::RequestPolicy policy;
    policy.public_url = "http://" + address;
    const auto found = router_.find(request.method(), request.path());
    return server::dispatch(router_, found, request, policy, environment_);
  }
  server::Answer refuse(unsigned status, std::string_view what) override {
    return server::problem(status == 503 ? "busy" : "bad_request", "request", what, "begin again");
  }
  void answered(std::string_view, unsigned, double) override {}

  std::string address;

 private:
  server::Environment environment_;
  const std::vector<server::Route> routes_;
  const server::Router router_{routes_};
};

struct Loopback::Running {
  explicit Running(host::Engine& engine) : pages(engine) {}
  Pages pages;
  std::unique_ptr<server::Server> listening;
};

Loopback::Loopback(host::Engine& engine) : engine_(engine) {}
Loopback::~Loopback() = default;

Result<std::string> Loopback::base(unsigned port) {
  if (!running_) {
    auto running = std::make_unique<Running>(engine_);
    server::ServerOptions options;
    options.listen = "127.0.0.1:" + std::to_string(port);
    options.threads = 1;
    TENTO_TRY_ASSIGN(running->listening, server::Server::start(std::move(options), running->pages));
    running->pages.address = running->listening->address();
    running_ = std::move(running);
  }
  return "http://" + running_->pages.address;
}

void Loopback::end() {
  if (!running_) return;
  running_->listening->drain(std::chrono::seconds(2));
  running_->listening->stop();
}

}  // namespace tento::cli
