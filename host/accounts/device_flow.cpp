// SPDX-License-Identifier: Apache-2.0
// The device flow: a code is typed elsewhere, and the service is asked now and then whether that was done.
#include <algorithm>
#include <chrono>
#include <thread>

#include "host/accounts/flow_record.hpp"
#include "host/accounts/flows.hpp"
#include "host/base/crypto.hpp"
#include "host/base/encoding.hpp"
#include "host/base/error.hpp"
#include "host/base/random.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::chrono::milliseconds device_stop_interval{50};
// RFC 8628 section 3.5: so much longer after each `slow_down`.
constexpr std::int64_t slow_down_step_s = 5;
constexpr std::string_view device_grant_type = "urn:ietf:params:oauth:grant-type:device_code";

}  // namespace

Result<PendingAuthorization> Flows::begin_device(const AuthorizationRequest& request) {
  TENTO_TRY_ASSIGN(const auto* auth, auth_of(request));
  TENTO_TRY_ASSIGN(const auto client, clients_.of(request.provider, *auth, {}));
  if ((auth->grants & TENTO_GRANT_DEVICE) == 0 || client.at.device.empty()) {
    return error(ErrorCode::unsupported, ErrorClass::config,
                 "provider " + request.provider + " cannot be connected by a code that is typed elsewhere")
        .tag("usage")
        .remedy("leave {param:device} out");
  }
  Kept kept;
  kept.request = request;
  kept.state = random_text();
  TENTO_TRY_ASSIGN(kept.scopes, scopes_of(*auth, request.groups));
  TENTO_TRY_ASSIGN(const auto device, ask_device(clients_.http(), client, kept.scopes, {}));
  kept.device_code = device.device_code.text();
  kept.interval_s = device.interval_s;
  kept.expires_us =
      options_.now_unix_us() + std::clamp<std::int64_t>(device.expires_s, 1, life_us / 1'000'000) * 1'000'000;
  AuthorizationRecord record;
  record.kind = "device";
  record.state_hash = sha256(kept.state);
  TENTO_TRY(keep(request, kept, record));
  PendingAuthorization out;
  out.id = base64url(record.state_hash);
  out.link = device.verification_uri_complete.empty() ? device.verification_uri : device.verification_uri_complete;
  out.user_code = device.user_code;
  out.verification_uri = device.verification_uri;
  out.expires_us = kept.expires_us;
  return out;
}

Result<std::vector<std::string>> Flows::open_devices() {
  TENTO_TRY_ASSIGN(const auto all, store_.authorizations().all());
  std::vector<std::string> out;
  for (const auto& record : all)
    if (record.kind == "device" && !over(record)) out.push_back(base64url(record.state_hash));
  return out;
}

tl::expected<AuthorizationGrant, AuthorizationFailure> Flows::await_device(const std::string& id,
                                                                           const std::function<bool()>& stopped) {
  AuthorizationFailure failure;
  failure.id = id;
  const auto failed = [&](Error error) {
    failure.error = std::move(error);
    return tl::unexpected<AuthorizationFailure>(std::move(failure));
  };
  const auto hash = from_base64url(id);
  const auto all = store_.authorizations().all();
  if (!all) return failed(all.error());
  const auto found =
      std::find_if(all->begin(), all->end(), [&](const AuthorizationRecord& r) { return r.state_hash == hash; });
  const auto gone = [] {
    auto e = fail(ErrorCode::not_found, ErrorClass::auth,
                  "this connection was finished before, or is too old, or was never begun here", "oauth_state_unknown")
                 .value();
    e.remedy = "begin again";
    return e;
  };
  if (found == all->end() || found->kind != "device" || over(*found)) return failed(gone());
  const auto kept = opened(*found);
  if (!kept) return failed(kept.error());
  failure.request = kept->request;
  const auto auth = auth_of(kept->request);
  if (!auth) return failed(auth.error());
  std::int64_t interval = kept->interval_s;
  // Ends the flow, whatever came of it; another who waits for it finds nothing.
  const auto take = [&] { static_cast<void>(store_.authorizations().take(hash)); };
  for (;;) {
    const auto next = std::chrono::steady_clock::now() + std::chrono::seconds(interval);
    while (std::chrono::steady_clock::now() < next) {
      if (stopped && stopped()) return failed(tento::stopped().value());
      std::this_thread::sleep_for(device_stop_interval);
    }
    if (options_.now_unix_us() >= kept->expires_us || over(*found)) {
      take();
      auto e =
          fail(ErrorCode::auth_required, ErrorClass::auth, "the code was not typed in time", "expired_token").value();
      e.remedy = "begin again";
      return failed(std::move(e));
    }
    auto client = clients_.of(kept->request.provider, **auth, stopped);
    if (!client) return failed(client.error());
    auto granted = ask_token(clients_.http(), *client, **auth,
                             {{"grant_type", device_grant_type}, {"device_code", kept->device_code}}, {});
    if (!granted) {
      auto error = std::move(granted).error();
      if (error.tag == "slow_down") interval += slow_down_step_s;
      // Section 3.5: also when the network fails, asking goes on, less often.
      else if (error.tag != "authorization_pending" && error.error_class == ErrorClass::transient)
        interval *= 2;
      else if (error.tag != "authorization_pending") {
        take();
        if (error.tag == "access_denied") error.tag = "oauth_denied";
        return failed(std::move(error));
      }
      interval = std::min<std::int64_t>(interval, 60);
      continue;
    }
    take();
    auto end = grant(*kept, *client, **auth, std::move(*granted));
    if (!end) return failed(std::move(end).error());
    end->id = id;
    return std::move(*end);
  }
}

}  // namespace tento::host
