// SPDX-License-Identifier: Apache-2.0
// One request of a provider on its way: where it may go, whose turn it is, with what credential, and what a 401 means.
#pragma once

#include <memory>
#include <vector>

#include "host/deps/http_service.hpp"
#include "host/deps/provider_port.hpp"

namespace tento::host {

struct Exchanged {
  http::Response response;  // without any trace of the credential in its head
  std::shared_ptr<HttpSender> sender;
};
// Sends what read_request checked, for the call and its account. The body of the answer must not outlive the context.
[[nodiscard]] Result<Exchanged> exchange(ProviderPort& port, CallContext& context, HttpService& service,
                                         http::Request request);

// The budgets a request counts against, `place` being where it goes; `invalid_argument` for a limit name that the
// integration does not declare.
[[nodiscard]] Result<std::vector<LimitUse>> limit_uses(const ProviderPort& port, const CallSubject& subject,
                                                       const Reach::Place& place, const http::Request& request);

}  // namespace tento::host
