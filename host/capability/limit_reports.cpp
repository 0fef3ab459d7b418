// SPDX-License-Identifier: Apache-2.0
// From an error of a provider to a silence that everybody keeps.
#include "host/capability/limit_reports.hpp"

#include <mutex>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/capability/http_exchange.hpp"
#include "host/loader/descriptors.hpp"
#include "host/store/job_store.hpp"

namespace tento::host {

std::string limit_key(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    out += std::to_string(part.size());
    out += ':';
    out += part;
  }
  return out;
}

std::string owner_text(const UserRecord& owner) {
  return {reinterpret_cast<const char*>(owner.id.bytes.data()), owner.id.bytes.size()};
}

namespace {

constexpr std::string_view held_back_tag = "held_back";

std::string account_key(std::string_view provider, std::string_view integration, const UserRecord& owner,
                        std::string_view auth_id) {
  return limit_key({"reported", provider, integration, owner_text(owner), auth_id});
}

}  // namespace

std::string hold_key(const ProviderPort& port, const CallSubject& subject, LimitHolder holder) {
  const std::string_view integration = view(subject.integration->id);
  if (holder == LimitHolder::app) return limit_key({"reported", port.id(), integration});
  const std::string_view account = subject.account == nullptr ? std::string_view() : subject.account->auth_id;
  return account_key(port.id(), integration, *subject.owner, account);
}

std::string name_of(const CallSubject& subject, LimitHolder holder) {
  if (holder == LimitHolder::app || subject.account == nullptr)
    return "integration " + std::string(view(subject.integration->id));
  return "account " + subject.account->auth_id;
}

void report_limit(const ProviderPort& port, CallContext& context, Result<void>& result) {
  const auto service = port.env().http;
  if (!service || (!result && result.error().stopped)) return;
  const CallSubject& subject = context.subject;
  HttpWord word = HttpWord::none;
  LimitHolder holder = LimitHolder::account;
  {
    const std::lock_guard lock(context.gate);
    word = context.http_word;
    if (context.http_uses && context.http_uses->of_app) holder = LimitHolder::app;
  }
  Limiter& limiter = service->limiter();
  const std::int64_t now = service->time().steady_ms();
  if (result) {
    if (word != HttpWord::answered) return;
    limiter.calm(hold_key(port, subject, LimitHolder::account), now);
    limiter.calm(hold_key(port, subject, LimitHolder::app), now);
    return;
  }
  Error& error = result.error();
  // What the host's own budgets refused is no word of the service.
  if (error.error_class != ErrorClass::rate_limit || word == HttpWord::budget) return;
  // An account that is being connected and has no id yet is nobody in particular.
  if (subject.account != nullptr && subject.account->auth_id.empty()) return;
  LimitReport report;
  if (error.retry_after_ms >= 0) report.wait_ms = error.retry_after_ms;
  report.from_headers = word == HttpWord::wait;
  report.why = error.message;
  error.retry_after_ms = limiter.hold(hold_key(port, subject, holder), report, now);
  if (error.remedy.empty() || error.remedy == "retry") error.remedy = "wait, then try again";
  port.log(LogLevel::warn, "reports a limit of its service; " + plain(name_of(subject, holder)) + " is held back for " +
                               std::to_string((error.retry_after_ms + 999) / 1000) + " s: " + error.message);
}

Result<void> recall_limits(const ProviderPort& port, const UserRecord& owner) {
  constexpr std::size_t latest = 500;
  const auto service = port.env().http;
  if (!service) return {};
  Store& store = *port.env().store;
  TENTO_TRY_ASSIGN(const auto runs, store.runs().of_user(owner.id, latest));
  const std::int64_t now_us = port.env().now_unix_us();
  for (const RunRecord& run : runs) {
    if (!run.error || run.error->error_class != ErrorClass::rate_limit || run.ended_us > now_us) continue;
    if (run.error->tag == held_back_tag || run.error->tag == budget_tag) continue;
    const std::int64_t left_ms = run.error->retry_after_ms - (now_us - run.ended_us) / 1000;
    if (left_ms <= 0) continue;
    TENTO_TRY_ASSIGN(const auto row, store.rows().find(run.row));
    if (!row) continue;
    LimitReport report;
    report.wait_ms = left_ms;
    report.from_headers = true;  // as long as it was then, no longer
    report.why = run.error->message;
    service->limiter().hold(account_key(row->provider, row->integration, owner, row->auth_id), report,
                            service->time().steady_ms());
  }
  return {};
}

Result<void> check_not_held(const ProviderPort& port, const CallSubject& subject) {
  const auto service = port.env().http;
  if (!service) return {};
  const std::int64_t now = service->time().steady_ms();
  for (const LimitHolder holder : {LimitHolder::account, LimitHolder::app}) {
    const auto held = service->limiter().held(hold_key(port, subject, holder), now);
    if (!held) continue;
    Error error;
    error.code = ErrorCode::rate_limited;
    error.error_class = ErrorClass::rate_limit;
    error.tag = held_back_tag;
    error.remedy = "wait, then try again";
    error.retry_after_ms = held->wait_ms;
    error.message = "the " + plain(name_of(subject, holder)) + " of " + port.id() + " is held back for " +
                    std::to_string((held->wait_ms + 999) / 1000) + " s, since its service refused before: " + held->why;
    return fail(std::move(error));
  }
  return {};
}

}  // namespace tento::host
