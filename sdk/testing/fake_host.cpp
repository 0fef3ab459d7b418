// SPDX-License-Identifier: Apache-2.0
// The registry of fakes and the lookups over it.
#include <tento/sdk/testing/fake_host.hpp>

#include <cstring>

namespace tento::testing {
namespace {

constexpr Instant default_noon = std::chrono::sys_days{std::chrono::year{2026} / 4 / 29} + std::chrono::hours{12};

std::uint32_t size_of(const tento_iface& iface) noexcept {
  std::uint32_t size = 0;
  std::memcpy(&size, iface.vtable, sizeof size);  // every vtable begins with its struct_size
  return size;
}

}  // namespace

FakeHost::FakeHost()
    : clock(default_noon),
      store(calls),
      zones(clock),
      progress(calls),
      clients(calls),
      auth(calls, clock),
      http(calls) {
  init(lifetime_);
  init(everything_);
  lifetime_.own = {TENTO_IFACE_ID_tento_log, TENTO_IFACE_ID_tento_clock};
  lifetime_.allowed = &lifetime_.own;
  provide(TENTO_IFACE_ID_tento_backend, store.backend());
  provide(TENTO_IFACE_ID_tento_sync_state, store.sync_state());
  provide(TENTO_IFACE_ID_tento_log, log.iface());
  provide(TENTO_IFACE_ID_tento_clock, zones.iface());
  provide(TENTO_IFACE_ID_tento_progress, progress.iface());
  provide(TENTO_IFACE_ID_tento_api_context, clients.iface());
  provide(TENTO_IFACE_ID_tento_user_auth, auth.iface());
  provide(TENTO_IFACE_ID_tento_http, http.iface());
}

void FakeHost::init(Lookup& lookup) {
  lookup.abi = {sizeof(tento_lookup), 0, &lookup, &FakeHost::get};
  lookup.host = this;
}

void FakeHost::provide(std::string id, tento_iface iface) {
  interfaces_.insert_or_assign(std::move(id), iface);
}

FakeMessage& FakeHost::provide_message(std::string id, FakeMessage::Handler handler) {
  FakeMessage& made = messages_.emplace_back(calls, id, std::move(handler));
  provide(std::move(id), made.iface());
  return made;
}

void FakeHost::withhold(std::string_view id) {
  if (const auto found = interfaces_.find(id); found != interfaces_.end()) interfaces_.erase(found);
}

Result<tento_iface> FakeHost::find(std::string_view id, std::uint32_t min_size) const {
  const auto found = interfaces_.find(id);
  if (found == interfaces_.end()) {
    return fail(ErrorCode::unsupported, ErrorClass::config, "no interface " + std::string(id) + " is registered");
  }
  if (const std::uint32_t size = size_of(found->second); size < min_size) {
    return fail(ErrorCode::unsupported, ErrorClass::config,
                "the interface " + std::string(id) + " has " + std::to_string(size) + " bytes, and " +
                    std::to_string(min_size) + " are used");
  }
  return found->second;
}

tento_status FakeHost::get(const tento_lookup* lookup, tento_str id, std::uint32_t min_size,
                           tento_iface* out) noexcept {
  const Lookup& self = *static_cast<const Lookup*>(lookup->self);
  if (self.allowed != nullptr && !self.allowed->contains(view(id))) return TENTO_FAILED;
  const auto found = self.host->find(view(id), min_size);
  if (!found) return TENTO_FAILED;
  *out = *found;
  return TENTO_OK;
}

const tento_lookup* FakeHost::deps_of(const tento_integration* integration) {
  if (integration == nullptr) return everything();
  const auto [at, fresh] = limited_.try_emplace(integration);
  Lookup& lookup = at->second;
  if (fresh) {
    init(lookup);
    lookup.own = {TENTO_IFACE_ID_tento_log, TENTO_IFACE_ID_tento_clock};
    for (std::uint64_t i = 0; i < integration->need_count; ++i) lookup.own.emplace(view(integration->needs[i].id));
    lookup.allowed = &lookup.own;
  }
  return &lookup.abi;
}

std::unique_ptr<FakeCall> FakeHost::call(CallOptions options, const tento_integration* integration) {
  return std::make_unique<FakeCall>(calls, clock, deps_of(integration), std::move(options));
}

Result<std::unique_ptr<FakeCall>> FakeHost::call_for(const Pattern& pattern, std::string_view key) {
  CallOptions options = defaults;
  TENTO_TRY_ASSIGN(options.params, match_pattern(pattern, key));
  TENTO_TRY_ASSIGN(options.key, pattern.key(options.params));
  return call(std::move(options));
}

void FakeHost::finish(FakeCall& call) {
  call.end();
  store.end_call(call);
  http.end_call(call);
}

}  // namespace tento::testing
