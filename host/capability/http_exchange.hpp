// SPDX-License-Identifier: Apache-2.0
// One request of a provider on its way: where it may go, whose turn it is, with what credential, and what a 401 means.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/capability/provider_port.hpp"
#include "host/egress/service.hpp"

namespace tento::host {

struct Exchanged {
  http::Response response;  // without any trace of the credential in its head
  std::shared_ptr<HttpSender> sender;
};
// Sends what read_request checked, for the call and its account. The body of the answer must not outlive the context.
[[nodiscard]] Result<Exchanged> exchange(ProviderPort& port, CallContext& context, HttpService& service,
                                         http::Request request);

// The budgets of one request and what they follow from, within one call: its requests are much alike.
struct HeldUses {
  std::vector<LimitUse> uses;
  std::string limit_name;     // that it names
  std::uint64_t cost = 0;     // that it says
  std::string origin;         // where it really goes
  std::vector<bool> counted;  // which of the declared limits match its URL
  bool of_app = false;        // the closest of them is shared by all accounts
  [[nodiscard]] bool are_for(const CallSubject& subject, const Reach::Place& place, const http::Request& request) const;
};
// The budgets a request counts against, `place` being where it goes; `invalid_argument` for a limit name that the
// integration does not declare.
[[nodiscard]] Result<std::shared_ptr<const HeldUses>> limit_uses(const ProviderPort& port, const CallSubject& subject,
                                                                 const Reach::Place& place,
                                                                 const http::Request& request);

}  // namespace tento::host
