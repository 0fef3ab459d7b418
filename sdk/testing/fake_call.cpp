// SPDX-License-Identifier: Apache-2.0
// Calls that a test makes: the structs behind them, their end, and the gate every dep slot goes through.
#include <tento/sdk/testing/fake_call.hpp>

#include <tento/deps.h>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>

#include <cstring>

namespace tento::testing {

Uuid row_id_of(const Uuid& owner, std::string_view key) {
  static constexpr tento_uuid row_namespace = TENTO_ROW_NAMESPACE;
  boost::uuids::uuid space;
  std::memcpy(space.data, row_namespace.bytes, sizeof space.data);
  std::string name(reinterpret_cast<const char*>(owner.bytes.data()), owner.bytes.size());
  name += key;
  const boost::uuids::uuid made = boost::uuids::name_generator_sha1(space)(name.data(), name.size());
  Uuid out;
  std::memcpy(out.bytes.data(), made.data, out.bytes.size());
  return out;
}

FakeCall::FakeCall(FakeCalls& calls, const Clock& clock, const tento_lookup* deps, CallOptions options)
    : options_(std::move(options)),
      calls_(calls),
      clock_(clock),
      row_id_(row_id_of(options_.owner_id, options_.key).to_abi()) {
  for (const Param& p : options_.params) params_.push_back({str(p.name), str(p.value)});

  owner_.struct_size = sizeof owner_;
  owner_.id = options_.owner_id.to_abi();
  owner_.name = str(options_.owner_name);
  owner_.time_zone = str(options_.owner_zone);

  actor_.struct_size = sizeof actor_;
  actor_.kind = options_.actor;
  if (actor_.kind != TENTO_ACTOR_SYSTEM) actor_.id = owner_.id;
  actor_.name = str(options_.actor_name);

  tento_call& call = abi_.call;
  abi_.owner = this;
  call.struct_size = sizeof call;
  call.deadline_ns =
      options_.timeout ? clock_.monotonic_ns() + std::chrono::nanoseconds(*options_.timeout).count() : INT64_MAX;
  call.deps = deps;
  call.owner = &owner_;
  call.actor = &actor_;
  call.check = &FakeCall::check;
  if (options_.account) {
    const FakeAccount& a = *options_.account;
    account_.struct_size = sizeof account_;
    account_.state = a.state;
    account_.kind = str(a.kind);
    account_.auth_id = str(a.auth_id);
    account_.label = str(a.label);
    account_.scopes = str(a.scopes);
    account_.time_zone = str(a.time_zone.empty() ? options_.owner_zone : a.time_zone);
    account_.settings_json = str(a.settings_json);
    account_.expires_unix_us = a.expires_unix_us;
    account_.generation = a.generation;
    call.account = &account_;
  }
  const std::lock_guard lock(calls_.mutex_);
  call.id = calls_.next_id_++;
  calls_.live_.emplace(&call, this);
}

FakeCall::~FakeCall() {
  end();
}

void FakeCall::end() noexcept {
  const std::lock_guard lock(calls_.mutex_);
  calls_.live_.erase(&abi_.call);
}

tento_row_ctx FakeCall::row_ctx(const tento_row* row) const noexcept {
  tento_row_ctx ctx{};
  ctx.struct_size = sizeof ctx;
  ctx.call = get();
  ctx.row = row;
  ctx.row_id = row_id();
  ctx.lookup_key = str(options_.key);
  ctx.params = params_.data();
  ctx.param_count = params_.size();
  return ctx;
}

tento_check FakeCall::state() const noexcept {
  if (cancelled_ || (options_.cancel_after && steps_ >= *options_.cancel_after)) return TENTO_CHECK_CANCELLED;
  if (clock_.monotonic_ns() >= abi_.call.deadline_ns) return TENTO_CHECK_EXPIRED;
  if (options_.yield_after && steps_ >= *options_.yield_after) return TENTO_CHECK_YIELD;
  return TENTO_CHECK_GO;
}

tento_check FakeCall::check(const tento_call* call) noexcept {
  FakeCall& self = *reinterpret_cast<const Abi*>(call)->owner;
  const tento_check answer = self.state();
  ++self.checks_;
  ++self.steps_;
  return answer;
}

FakeCalls::Entry FakeCalls::enter(const tento_call* call, std::string_view interface, tento_error* err) {
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(call);
  if (found == live_.end()) return {nullptr, TENTO_STOPPED};
  FakeCall& self = *found->second;
  const tento_check state = self.state();
  if (state == TENTO_CHECK_CANCELLED || state == TENTO_CHECK_EXPIRED) return {nullptr, TENTO_STOPPED};
  ++self.steps_;
  ++counts_[std::string(interface)];
  const bool ambient = interface == TENTO_IFACE_ID_tento_log || interface == TENTO_IFACE_ID_tento_clock ||
                       interface == TENTO_IFACE_ID_tento_progress;
  if (!ambient && in_sinks_.contains(std::this_thread::get_id())) {
    const Error error =
        fail(ErrorCode::invalid_argument, ErrorClass::internal,
             std::string(interface) +
                 " was called inside a sink that was handed to a dep: gather there, and call afterwards",
             "dep_in_sink")
            .value();
    return {nullptr, to_status(error, err)};
  }
  if (const auto waiting = failures_.find(interface); waiting != failures_.end() && !waiting->second.empty()) {
    const Error failure = std::move(waiting->second.front());
    waiting->second.pop_front();
    return {nullptr, to_status(failure, err)};
  }
  return {&self, TENTO_OK};
}

FakeCall* FakeCalls::alive(const tento_call* call) const {
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(call);
  return found == live_.end() ? nullptr : found->second;
}

void FakeCalls::fail_next(std::string_view interface, Error error) {
  const std::lock_guard lock(mutex_);
  failures_[std::string(interface)].push_back(std::move(error));
}

std::size_t FakeCalls::count(std::string_view interface) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(interface);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace tento::testing
