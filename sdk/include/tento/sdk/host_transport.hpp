// SPDX-License-Identifier: Apache-2.0
/// @file host_transport.hpp
/// The Transport of a provider inside a host: `tento.http/1`, for the length of one call.
#pragma once

#include <tento/deps.h>

#include "transport.hpp"

namespace tento::http {

/// Sends through the host, which adds the account's credential for the origins that the provider listed, waits for rate
/// limits, and wakes up when the call is cancelled. Made per call and never kept: a client takes a `Transport&` with
/// each request. May be used by the threads of the call.
class HostTransport final : public Transport {
 public:
  /// Over an interface that was found already. `http`, what it points to and `call` must outlive this and its bodies.
  HostTransport(const tento_iface& http, const tento_call* call) noexcept
      : http_(static_cast<const tento_http*>(http.vtable)), self_(http.self), call_(call) {}
  /// Finds `tento.http/1` among the deps of `call`; `unsupported` when the integration did not declare it.
  static Result<HostTransport> of(const tento_call* call);

  Result<Response> send(const Request& request) override;

 private:
  const tento_http* http_;
  void* self_;
  const tento_call* call_;
};

}  // namespace tento::http
