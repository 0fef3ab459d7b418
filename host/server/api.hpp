// SPDX-License-Identifier: Apache-2.0
// The host's HTTP API: each request is checked against the policy, finds its route, is authenticated, and is handled.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>

#include "host/access/access.hpp"
#include "host/operations/context.hpp"
#include "host/server/event_hub.hpp"
#include "host/server/exchange.hpp"
#include "host/server/operation_runner.hpp"
#include "host/server/request_policy.hpp"
#include "host/server/router.hpp"

namespace tento::host::server {

class Api final : public Handler {
 public:
  // What it is given outlives it. The table of routes is the server's, or a part of it.
  Api(Parts& parts, const Host& host, Metrics& metrics, RequestPolicy policy, Log log,
      std::span<const Route> table = routes());
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
  Admission admit(const Request& request) override;
  Answer refuse(unsigned status, std::string_view what) override;
  void answered(std::string_view label, unsigned status, double seconds) override;
  void drain() override { operations_.drain(); }

 private:
  std::shared_ptr<const RequestPolicy> policy() const;

  Log log_;
  Access access_;
  EventHub events_;
  OperationRunner operations_;
  std::atomic<bool> ready_{true};
  Environment environment_;
  Router router_;
  mutable std::mutex policy_lock_;  // guards what follows
  std::shared_ptr<const RequestPolicy> policy_;
};

}  // namespace tento::host::server
