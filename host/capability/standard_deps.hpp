// SPDX-License-Identifier: Apache-2.0
// The vtables of the host's own interfaces. Their `self` is the ProviderPort of the provider that uses them.
#pragma once

#include <tento/deps.h>

#include <memory>

#include <tento/sdk/result.hpp>

#include "host/capability/call_context.hpp"
#include "host/capability/provider_port.hpp"

namespace tento::host {

[[nodiscard]] const tento_backend& backend_vtable();
[[nodiscard]] const tento_sync_state& sync_state_vtable();
[[nodiscard]] const tento_user_auth& user_auth_vtable();
[[nodiscard]] const tento_api_context& api_context_vtable();
[[nodiscard]] const tento_http& http_vtable();
[[nodiscard]] const tento_log& log_vtable();
[[nodiscard]] const tento_clock& clock_vtable();
[[nodiscard]] const tento_progress& progress_vtable();
// Whether a vtable is one of these.
[[nodiscard]] bool is_standard_vtable(const void* vtable);

// ---- for the slots of these vtables

// The error a provider gets for what its call has no authority for; the log names the provider.
[[nodiscard]] Error forbidden(const ProviderPort& port, const std::string& what);
// The status for a Result, with `err` (which may be null) filled for TENTO_FAILED.
[[nodiscard]] tento_status answer(const Result<void>& result, tento_error* err) noexcept;
// What a slot says about an exception of the host's own.
[[nodiscard]] tento_status answer_exception(ProviderPort& port, tento_error* err) noexcept;

// Refuses a thread that is inside of a sink which a dep of this call pushes into: where providers are isolated the call
// would wait for itself (obligation P25 of abi/README.md).
[[nodiscard]] Result<void> check_outside_of_sinks(const ProviderPort& port, const CallContext& context);

// Runs a slot's body with the call's context: STOPPED when the call is over, unknown, cancelled or expired; no
// exception leaves it. May be called inside of a sink, too.
template <class Body>
tento_status anywhere_in_call(void* self, const tento_call* call, tento_error* err, Body&& body) noexcept {
  auto& port = *static_cast<ProviderPort*>(self);
  try {
    const CallRef context = port.find(call);
    if (!context || context->stopped()) return TENTO_STOPPED;
    context->moved();
    return answer(body(port, *context), err);
  } catch (...) {
    return answer_exception(port, err);
  }
}

// The same for what may not be called inside of a sink.
template <class Body>
tento_status in_call(void* self, const tento_call* call, tento_error* err, Body&& body) noexcept {
  return anywhere_in_call(self, call, err, [&body](ProviderPort& port, CallContext& context) -> Result<void> {
    TENTO_TRY(check_outside_of_sinks(port, context));
    return body(port, context);
  });
}

}  // namespace tento::host
