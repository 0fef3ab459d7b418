// SPDX-License-Identifier: Apache-2.0
// The host's HTTP API: each request is checked against the policy, finds its route, is authenticated, and is handled.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "host/access/access.hpp"
#include "host/operations/context.hpp"
#include "host/server/cell_reads.hpp"
#include "host/server/event_hub.hpp"
#include "host/server/exchange.hpp"
#include "host/server/operation_runner.hpp"
#include "host/server/request_policy.hpp"
#include "host/server/router.hpp"

namespace tento::host::server {

// Finds the route of a request, checks what the route demands, and calls its handler; for misses 404, 405 and the
// answer to OPTIONS. The policy has been asked already.
[[nodiscard]] Outcome dispatch(const Router& router, const tl::expected<RouteMatch, RouteMiss>& found,
                               const Request& request, const RequestPolicy& policy, Environment& server);

class Api final : public Handler {
 public:
  Api(Engine& engine, RequestPolicy policy, Log log);
  ~Api() override;
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // The policy may change while the server runs.
  void set_policy(RequestPolicy policy);
  // To be called now and then, and at the end: writes when tokens were last used.
  void tick();
  // From now on /readyz says no: the host is ending.
  void not_ready();

  Outcome handle(const Request& request) override;
  Answer refuse(unsigned status, std::string_view what) override;
  void answered(std::string_view label, unsigned status, double seconds) override;

 private:
  std::shared_ptr<const RequestPolicy> policy() const;

  Engine& engine_;
  Log log_;
  std::unique_ptr<Access> access_;    // null: no store is open
  std::unique_ptr<EventHub> events_;  // null: no host runs
  std::unique_ptr<CellReads> cells_;  // null: no host runs
  std::unique_ptr<OperationRunner> operations_;
  std::atomic<bool> ready_{true};
  Environment environment_;
  Router router_;
  mutable std::mutex policy_lock_;  // guards what follows
  std::shared_ptr<const RequestPolicy> policy_;
};

}  // namespace tento::host::server
