// SPDX-License-Identifier: Apache-2.0
/// @file fake_http.hpp
/// `tento.http/1` over any Transport: canned answers, a replayed recording, or a real one that is being recorded.
#pragma once

#include <tento/connector.h>
#include <tento/deps.h>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fake_call.hpp"
#include "transports.hpp"

namespace tento::testing {

/// One request as it left the provider.
struct SentRequest {
  http::Request request;       ///< without the credential, which the host adds
  bool authenticated = false;  ///< whether a host would have added the account's credential
  /// Names of the integration's declared limits that a host counts it against, in their order. A limit without
  /// `named_only()` counts reads and writes alike.
  std::vector<std::string> limits = {};
};

/// The HTTP of one FakeHost. It adds no credential, so that none can get into a recording by accident, but says whether
/// a host would have. Its slots may be called by many threads.
class FakeHttp {
 public:
  /// For the calls of `calls`, which must outlive this.
  explicit FakeHttp(FakeCalls& calls) : calls_(calls) {}

  /// Answers that a test gives; used until use() names another transport.
  [[nodiscard]] CannedTransport& canned() noexcept { return canned_; }
  /// Sends through `transport`, which must outlive this, from now on.
  void use(http::Transport& transport) noexcept { transport_ = &transport; }
  /// How a credential is injected and where it may go, as an integration's auth says; must outlive this. Without it
  /// every request of a call with an account counts as authenticated.
  void set_auth(const tento_auth* auth) noexcept { auth_ = auth; }
  /// The integration whose calls come: its auth as by set_auth, and the limits it declares, whose names requests may
  /// name. Must outlive this; null = none. A FakeProvider says it for each call.
  void set_integration(const tento_integration* integration) noexcept {
    integration_ = integration;
    auth_ = integration == nullptr ? nullptr : integration->auth;
  }
  /// Every request so far.
  [[nodiscard]] std::vector<SentRequest> requests() const;
  /// Bodies that were neither read to their end nor closed.
  [[nodiscard]] std::size_t open_bodies() const;
  /// Ends a call: its bodies are closed.
  void end_call(const FakeCall& call);
  /// For the lookup.
  [[nodiscard]] tento_iface iface() noexcept { return {&vtable, this}; }

 private:
  // An answer's head as it was handed out, and its body.
  struct Open {
    const tento_call* call;
    http::Response response;
    std::vector<tento_header> headers;
    bool ended = false;
    bool begun = false;             // a part was read
    std::unique_ptr<char[]> whole;  // once it was asked for
    std::size_t most = 64u << 20;   // bytes of it that the request allows
    std::size_t size = 0;
    std::size_t at = 0;
  };
  struct Slots;
  static const tento_http vtable;

  FakeCalls& calls_;
  CannedTransport canned_;
  http::Transport* transport_ = &canned_;
  const tento_auth* auth_ = nullptr;
  const tento_integration* integration_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<Open>> open_;
  std::vector<SentRequest> requests_;
  std::uint64_t next_ = 1;
};

}  // namespace tento::testing
