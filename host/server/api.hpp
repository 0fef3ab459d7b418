// SPDX-License-Identifier: Apache-2.0
// What requests mean: who asks, which operation, with which arguments, answered in which form.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/access/access.hpp"
#include "host/operations/context.hpp"
#include "host/server/cell_reads.hpp"
#include "host/server/events.hpp"
#include "host/server/exchange.hpp"
#include "host/server/router.hpp"

namespace tento::host::server {

// Which requests are let in; may change while the server runs.
struct Gate {
  std::vector<std::string> hosts;    // values of Host that name this server, in small letters
  std::vector<std::string> origins;  // values of Origin that are its own pages
  std::vector<std::string> cors;     // values of Origin of others whose pages may use it, and are told so
  bool open_loopback = false;        // without a token, from this machine
  std::string public_url;            // `http://127.0.0.1:7700`
};

class Api final : public Handler {
 public:
  Api(Engine& engine, Gate gate, std::function<void(LogLevel, const std::string&)> log);
  ~Api() override;
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  void set_gate(Gate gate);
  // What is due now and then, and at the end: writes when tokens were last used.
  void tick();
  // From now on /readyz says no: the host is ending.
  void not_ready();

  Outcome handle(const Request& request) override;
  Answer refuse(unsigned status, std::string_view what) override;
  void answered(std::string_view label, unsigned status, double seconds) override;

 private:
  struct Work;  // one operation that a worker does

  std::shared_ptr<const Gate> gate() const;
  // Refuses what may come from a page that was lured here (DNS rebinding, another origin).
  Outcome let_in(const Request& request, const Gate& gate);
  std::optional<Answer> turned_away(const Request& request, const Gate& gate) const;
  Result<Caller> caller_of(const Request& request, const Gate& gate);
  Result<Caller> local_caller(const Request& request);
  Outcome operate(const Request& request, const Routed& routed, Caller caller);
  Outcome operate_later(const std::shared_ptr<Work>& work);
  Result<Output> perform_here(Work& work);
  void carry_out(Work& work, const Reply& reply);
  // Writes that carry an idempotency key.
  std::optional<Error> once(Work& work, const Request& request);
  std::optional<Answer> begin_once(const Work& work);
  void end_once(const Work& work, const Answer& answer);
  Result<std::shared_ptr<const OwnerRecord>> configured_owner();
  // Accounts, users or zones may have changed.
  void forget();
  std::optional<Answer> cells_at_once(const Request& request, const Caller& caller);
  Outcome events(const Request& request, const Caller& caller);
  // What operators and load balancers ask, whatever they call the server.
  std::optional<Answer> probe(const Request& request) const;
  [[nodiscard]] Answer health_page(std::string_view path) const;
  std::optional<Answer> page(const Request& request, const Gate& gate);

  Engine& engine_;
  std::function<void(LogLevel, const std::string&)> log_;
  std::unique_ptr<Access> access_;    // null: no store is open
  std::unique_ptr<EventHub> hub_;     // null: no host runs
  std::unique_ptr<CellReads> reads_;  // null: no host runs
  Router router_;
  const std::string epoch_;       // tags of another run of the host are not ours
  mutable std::mutex gate_lock_;  // guards what follows
  std::shared_ptr<const OwnerRecord> owner_;
  std::shared_ptr<const Gate> gate_;
  std::atomic<bool> ready_{true};
};

}  // namespace tento::host::server
