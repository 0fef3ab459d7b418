// SPDX-License-Identifier: Apache-2.0
// The small deps in memory.
#include <tento/sdk/testing/fake_services.hpp>

#include <algorithm>

namespace tento::testing {

std::vector<LogLine> FakeLog::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

bool FakeLog::has(std::string_view part, tento_log_level level) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(lines_.begin(), lines_.end(), [&](const LogLine& line) {
    return line.level >= level && line.text.find(part) != std::string::npos;
  });
}

std::string FakeLog::text() const {
  std::string out;
  for (const LogLine& line : lines()) out.append(line.text) += '\n';
  return out;
}

void FakeLog::write(void* self, const tento_call* call, tento_log_level level, tento_str text) noexcept {
  FakeLog& log = *static_cast<FakeLog*>(self);
  const std::lock_guard lock(log.mutex_);
  const bool known = level <= TENTO_LOG_PLUGIN_MISBEHAVING;
  log.lines_.push_back(
      {known ? level : tento_log_level{TENTO_LOG_INFO}, std::string(view(text).substr(0, 8192)), call != nullptr});
}

const tento_log FakeLog::vtable = {sizeof(tento_log), 0, &FakeLog::write};

void FakeClock::set_zone(std::string name, int minutes) {
  const std::lock_guard lock(mutex_);
  zones_[std::move(name)] = minutes;
}

Result<PartialDate> FakeClock::local_day(std::string_view zone, Instant at) const {
  const std::lock_guard lock(mutex_);
  const auto found = zones_.find(zone);
  if (found == zones_.end()) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config,
                "the zone `" + std::string(zone) + "` is unknown to the fake clock: state its offset with set_zone");
  }
  const Date day{std::chrono::floor<std::chrono::days>(at + std::chrono::minutes{found->second})};
  return PartialDate::ymd(static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                          static_cast<unsigned>(day.day()));
}

const tento_clock FakeClock::vtable = {
    sizeof(tento_clock), 0,
    [](void* self) noexcept -> std::int64_t {
      return static_cast<FakeClock*>(self)->clock_.now().time_since_epoch().count();
    },
    [](void* self, tento_str zone, std::int64_t unix_us, tento_semantic_time* out) noexcept -> tento_status {
      const auto at = SemanticTime(Instant{std::chrono::microseconds{unix_us}}).instant();
      if (at->time_since_epoch().count() != unix_us) return TENTO_FAILED;  // beyond the years 0 to 9999
      const auto day = static_cast<FakeClock*>(self)->local_day(view(zone), *at);
      if (!day) return TENTO_FAILED;
      *out = SemanticTime(*day).to_abi();
      return TENTO_OK;
    }};

std::vector<ProgressReport> FakeProgress::reports() const {
  const std::lock_guard lock(mutex_);
  return reports_;
}

const tento_progress FakeProgress::vtable = {sizeof(tento_progress), 0,
                                             [](void* self, const tento_call* c, std::uint64_t done,
                                                std::uint64_t total, tento_str text) noexcept -> tento_status {
                                               FakeProgress& progress = *static_cast<FakeProgress*>(self);
                                               const auto [call, status] =
                                                   progress.calls_.enter(c, TENTO_IFACE_ID_tento_progress, nullptr);
                                               if (call == nullptr) return status;
                                               const std::lock_guard lock(progress.mutex_);
                                               progress.reports_.push_back({done, total, std::string(view(text))});
                                               return TENTO_OK;
                                             }};

void FakeApiContext::set(std::string integration_id, tento_client* client) {
  const std::lock_guard lock(mutex_);
  clients_[std::move(integration_id)] = client;
}

const tento_api_context FakeApiContext::vtable = {
    sizeof(tento_api_context), 0,
    [](void* self, const tento_call* c, tento_str id, const tento_param*, std::uint64_t, tento_client** out,
       tento_error* err) noexcept -> tento_status {
      FakeApiContext& context = *static_cast<FakeApiContext*>(self);
      const auto [call, status] = context.calls_.enter(c, TENTO_IFACE_ID_tento_api_context, err);
      if (call == nullptr) return status;
      const std::lock_guard lock(context.mutex_);
      const auto found = context.clients_.find(view(id));
      if (found == context.clients_.end() || found->second == nullptr) {
        return to_status(
            fail(ErrorCode::not_found, ErrorClass::internal, "no client of integration `" + std::string(view(id)) + "`")
                .value(),
            err);
      }
      *out = found->second;
      return TENTO_OK;
    }};

std::vector<FakeMessage::Received> FakeMessage::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

const tento_message FakeMessage::vtable = {
    sizeof(tento_message), 0,
    [](void* self, const tento_call* c, tento_str method, tento_str request, const tento_text_sink* answer,
       tento_error* err) noexcept -> tento_status {
      FakeMessage& message = *static_cast<FakeMessage*>(self);
      const auto [call, status] = message.calls_.enter(c, message.interface_, err);
      if (call == nullptr) return status;
      {
        const std::lock_guard lock(message.mutex_);
        message.received_.push_back({std::string(view(method)), std::string(view(request))});
      }
      const Result<std::string> made = message.handler_(view(method), view(request));
      if (!made) return to_status(made.error(), err);
      const FakeCalls::InSink inside(message.calls_);
      return answer->put(answer, str(*made));
    }};

}  // namespace tento::testing
