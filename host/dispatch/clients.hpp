// SPDX-License-Identifier: Apache-2.0
// Clients of a provider: one per integration, owner and account, made when first needed, released exactly once.
#pragma once

#include <tento/connector.h>

#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/capability/provider_port.hpp"

namespace tento::host {

// A client that somebody uses. The last to let go of it releases it; all of them are on worker threads.
class ClientHolder {
 public:
  ClientHolder(const ProviderPort& port, const tento_integration& integration, tento_client* client)
      : port_(port), integration_(integration), client_(client) {}
  ~ClientHolder();
  ClientHolder(const ClientHolder&) = delete;
  ClientHolder& operator=(const ClientHolder&) = delete;
  [[nodiscard]] tento_client* get() const { return client_; }

 private:
  const ProviderPort& port_;
  const tento_integration& integration_;
  tento_client* client_;
};
using ClientPtr = std::shared_ptr<ClientHolder>;

// Makes a client with the integration's slot, uncached. `for_write`: without an account.
Result<ClientPtr> make_client(const ProviderPort& port, const tento_integration& integration,
                              const CallContext& context, const tento_call* call, bool for_write);

class Clients {
 public:
  // The client for the context's account; waits for one that another call is making, as long as the call may go on.
  Result<ClientPtr> get(const ProviderPort& port, const tento_integration& integration, const CallContext& context,
                        const tento_call* call);
  // Has those who wait for a client look whether their calls still may go on.
  void wake();
  // Takes those of an account (or, without one given, all) out; they are released where the result is dropped.
  [[nodiscard]] std::list<ClientPtr> take_account(const Uuid& owner, std::string_view auth_id);
  [[nodiscard]] std::list<ClientPtr> take_all();

 private:
  struct Entry {
    const tento_integration* integration = nullptr;
    Uuid owner;
    std::string auth_id;
    std::uint64_t generation = 0;  // of the credential it was made with
    std::string settings;
    ClientPtr client;        // null while it is being made
    bool forgotten = false;  // do not keep what is being made
  };
  std::mutex mutex_;
  std::condition_variable made_;
  std::list<Entry> entries_;  // most recently used first
};

}  // namespace tento::host
