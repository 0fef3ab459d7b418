// SPDX-License-Identifier: Apache-2.0
// Sending for a provider.
#include "host/capability/http_exchange.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/capability/account_state.hpp"
#include "host/capability/standard_deps.hpp"
#include "host/egress/credential.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

// What the hook sees. It is called before `send` returns and never after.
struct HopState {
  const Reach& reach;
  const std::string& provider;
  std::shared_ptr<const Credential> credential;
  bool injected = false;  // into the latest hop
};

tl::unexpected<Error> endpoint_error(std::string message, std::string tag, std::string remedy) {
  Error error;
  error.code = ErrorCode::forbidden;
  error.error_class = ErrorClass::config;
  error.message = std::move(message);
  error.tag = std::move(tag);
  error.remedy = std::move(remedy);
  return fail(std::move(error));
}

Result<void> inject(HopState& state, http::Hop& hop) {
  state.injected = false;
  if (state.reach.replaced(hop.origin)) {
    return endpoint_error("the answer redirects to " + std::string(hop.origin) + ", and the operator's endpoint of " +
                              state.provider + " stands in its place",
                          "redirected_past_endpoint", "let the endpoint redirect to itself");
  }
  if (!state.credential) return {};
  if (!state.reach.counts(hop.origin)) {
    if (!state.credential->is_in(hop.url)) return {};
    return endpoint_error("the answer redirects to " + std::string(hop.origin) +
                              ", which is not listed, with the account's credential in the URL",
                          "redirects_credential", "tell the service's operator");
  }
  if (!state.reach.safe(hop.origin)) {
    return endpoint_error("the endpoint " + std::string(hop.origin) + " of " + state.provider +
                              " is plain http on another machine, so the account's credential is not sent there",
                          "insecure_endpoint", "use https, or allow_insecure");
  }
  const Credential& credential = *state.credential;
  if (!credential.header_name().empty()) {
    hop.secret_headers.push_back({credential.header_name(), credential.header_value()});
  }
  // A redirect may lead along with what was sent before.
  if (!credential.query().empty() && !has_parameter(hop.url, credential.query_name())) {
    hop.secret_query = credential.query();
  }
  state.injected = true;
  return {};
}

class Exchange {
 public:
  Exchange(ProviderPort& port, CallContext& context, HttpService& service)
      : port_(port), context_(context), service_(service) {}

  Result<Exchanged> run(http::Request request) {
    const tento_auth* auth = context_.subject.integration->auth;
    TENTO_TRY_ASSIGN(reach_, reach());
    TENTO_TRY_ASSIGN(Reach::Place place, reach_->place(request.url));
    TENTO_TRY(check_may_reach(request, place));
    TENTO_TRY_ASSIGN(uses_, uses(place, request));
    TENTO_TRY_ASSIGN(sender_, service_.sender());
    request.url = std::move(place.url);
    const bool with_credential = request.with_auth && place.listed && context_.subject.account != nullptr &&
                                 auth != nullptr && auth->inject != TENTO_INJECT_NONE;

    for (bool again = false;; again = true) {
      HopState state{*reach_, port_.id(), nullptr};
      std::uint64_t generation = 0;
      if (with_credential) {
        TENTO_TRY_ASSIGN(HeldCredential held, credential(*auth));
        state.credential = std::move(held.credential);
        generation = held.generation;
      }
      TENTO_TRY(wait_for_turn(request.max_wait));
      auto answer = send(request, state);
      const std::shared_ptr<const Credential> used = std::move(state.credential);
      if (!answer) return fail(cleaned(std::move(answer).error(), used));
      if (answer->status == 401 && state.injected) {
        forget_credential();
        if (!again) {
          TENTO_TRY_ASSIGN(const bool refreshed, refresh(generation, used));
          if (refreshed) continue;
        }
        TENTO_TRY(reject_credential(port_, context_, generation));
      }
      if (used) clean(*answer, *used);
      return Exchanged{std::move(*answer), sender_};
    }
  }

 private:
  // Both hold for the whole call, as the integration and the operator's settings do.
  Result<std::shared_ptr<const Reach>> reach() const {
    {
      const std::lock_guard lock(context_.gate);
      if (context_.http_reach) return context_.http_reach;
    }
    const tento_auth* auth = context_.subject.integration->auth;
    const auto listed = auth == nullptr ? std::span<const tento_str>() : origins(*auth);
    const AccountRecord* account = context_.subject.account;
    TENTO_TRY_ASSIGN(const auto own, own_origins(account == nullptr ? nullptr : auth,
                                                 account == nullptr ? "" : account->settings_json));
    TENTO_TRY_ASSIGN(Reach made, Reach::of(listed, service_.endpoints(port_.id()), own));
    auto kept = std::make_shared<const Reach>(std::move(made));
    const std::lock_guard lock(context_.gate);
    if (!context_.closed) context_.http_reach = kept;
    return kept;
  }
  Result<std::shared_ptr<const HeldUses>> uses(const Reach::Place& place, const http::Request& request) const {
    {
      const std::lock_guard lock(context_.gate);
      const auto& held = context_.http_uses;
      if (held && held->are_for(context_.subject, place, request)) return held;
    }
    TENTO_TRY_ASSIGN(auto made, limit_uses(port_, context_.subject, place, request));
    const std::lock_guard lock(context_.gate);
    if (!context_.closed) context_.http_uses = made;
    return made;
  }

  // Which URLs a provider may reach: with the account's credential the listed origins alone; without it any, since
  // services hand out links to files elsewhere.
  Result<void> check_may_reach(const http::Request& request, const Reach::Place& place) const {
    if (place.listed || !reach_->lists() || !request.with_auth) return {};
    return fail(forbidden(port_, "may not send to " + place.origin +
                                     ", which is not one of the origins that its integration " +
                                     quote(view(context_.subject.integration->id)) +
                                     " lists, nor of a server in the account's settings; without the account's "
                                     "credential (TENTO_HTTP_NO_AUTH) it may"));
  }

  // Read from the store once a second at most: another process may have changed the account, and two look-ups a request
  // cost more than the rest of a request that brings nothing new.
  Result<HeldCredential> credential(const tento_auth& auth) const {
    constexpr std::int64_t fresh_ms = 1000;
    const std::int64_t now = service_.time().steady_ms();
    {
      const std::lock_guard lock(context_.gate);
      const auto& held = context_.http_credential;
      const bool lasts =
          held && (held->expires_us == INT64_MAX || held->expires_us - port_.env().now_unix_us() > 2 * fresh_ms * 1000);
      if (lasts && now - held->read_at_ms < fresh_ms) return *held;
    }
    TENTO_TRY_ASSIGN(HeldCredential held, read_credential(auth));
    held.read_at_ms = now;
    const std::lock_guard lock(context_.gate);
    if (!context_.closed) context_.http_credential = held;
    return held;
  }
  void forget_credential() const {
    const std::lock_guard lock(context_.gate);
    context_.http_credential.reset();
  }
  Result<HeldCredential> read_credential(const tento_auth& auth) const {
    const CallSubject& subject = context_.subject;
    CredentialInUse in_use;
    if (subject.account->state == TENTO_ACCOUNT_PROVISIONAL) {
      in_use.secret = Secret(std::string(subject.staged_secret));
    } else {
      TENTO_TRY_ASSIGN(in_use, acquire_credential(port_, context_, 0));
    }
    TENTO_TRY_ASSIGN(Credential credential, Credential::make(auth, std::move(in_use.secret)));
    return HeldCredential{std::make_shared<const Credential>(std::move(credential)), in_use.generation,
                          in_use.expires_us, 0};
  }

  // Takes the request's units of every budget it counts against, and waits for them as long as it may.
  Result<void> wait_for_turn(std::chrono::milliseconds max_wait) {
    const HttpTime& time = service_.time();
    Limiter& limiter = service_.limiter();
    const std::int64_t start = time.steady_ms();
    std::int64_t most = std::min<std::int64_t>(max_wait.count(), INT64_MAX - start);
    // A wait that the call does not live through is refused at once.
    if (context_.deadline_ns != INT64_MAX) {
      most = std::clamp<std::int64_t>((context_.deadline_ns - monotonic_ns()) / 1'000'000, 0, most);
    }
    const std::int64_t until = start + most;
    auto taken = limiter.take(uses_->uses, start, until);
    if (!taken) {
      heard(HttpWord::budget);
      return fail(std::move(taken).error());
    }
    std::int64_t ready = *taken;
    if (ready > start)
      port_.log(LogLevel::debug, "waits " + std::to_string(ready - start) + " ms for a request budget");
    for (std::int64_t now = start; ready > now;) {
      time.wait_until(ready, [this] { return context_.stopped(); });
      now = time.steady_ms();
      if (context_.stopped()) {
        limiter.give_back(uses_->uses, now);
        return stopped();
      }
      // The service may have asked for silence meanwhile.
      ready = std::max(ready, limiter.silent_until(uses_->uses));
      if (ready > until) {
        limiter.give_back(uses_->uses, now);
        heard(HttpWord::budget);
        return fail(rate_limited(uses_->uses.back().name, ready - now));
      }
    }
    if (const std::int64_t waited_ms = time.steady_ms() - start; waited_ms > 0)
      service_.waited(static_cast<double>(waited_ms) / 1000);
    return {};
  }

  Result<http::Response> send(const http::Request& request, HopState& state) {
    http::SendOptions options;
    if (context_.deadline_ns != INT64_MAX) {
      options.deadline = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(context_.deadline_ns));
    }
    // The context outlives the body, which is its own.
    options.stopped = [context = &context_] { return context->stopped(); };
    options.on_hop = [&state](http::Hop& hop) { return inject(state, hop); };
    auto answer = sender_->send(request, options);
    service_.answered(port_.id(), answer ? static_cast<unsigned>(answer->status) : 0);
    if (!answer) {
      heard(HttpWord::none);
      return context_.stopped() ? Result<http::Response>(stopped()) : std::move(answer);
    }
    const HttpTime& time = service_.time();
    const RateLimitUpdate update = rate_limit_update(answer->status, answer->headers, time.unix_ms());
    const bool says_how_long = update.retry_after_ms || (update.remaining == 0u && update.reset_ms);
    heard(says_how_long ? HttpWord::wait : HttpWord::answered);
    service_.limiter().correct(uses_->uses, update, time.steady_ms(),
                               [this](const std::string& line) { port_.log(LogLevel::warn, line); });
    return answer;
  }

  void heard(HttpWord word) const {
    const std::lock_guard lock(context_.gate);
    context_.http_word = word;
  }

  // A service that does not answer now says nothing about the account: that is the call's error, and no more.
  Result<bool> refresh(std::uint64_t generation, const std::shared_ptr<const Credential>& used) const {
    const AccountRecord& account = *context_.subject.account;
    if (account.state == TENTO_ACCOUNT_PROVISIONAL) return false;
    auto refreshed = renew_credential(port_, context_, generation);
    if (context_.stopped()) return stopped();
    if (refreshed) return *refreshed;
    Error error = cleaned(std::move(refreshed).error(), used);
    if (error.error_class == ErrorClass::auth) return false;
    port_.log(LogLevel::warn,
              "the credential of " + quote(account.auth_id) + " could not be refreshed: " + plain(error.message));
    return fail(std::move(error));
  }

  static void clean(http::Response& answer, const Credential& used) {
    answer.final_url = used.redact(std::move(answer.final_url));
    for (http::Header& header : answer.headers) header.value = used.redact(std::move(header.value));
  }
  static Error cleaned(Error error, const std::shared_ptr<const Credential>& used) {
    if (used) error.message = used->redact(std::move(error.message));
    return error;
  }

  ProviderPort& port_;
  CallContext& context_;
  HttpService& service_;
  std::shared_ptr<const Reach> reach_;
  std::shared_ptr<const HeldUses> uses_;
  std::shared_ptr<HttpSender> sender_;
};

}  // namespace

Result<Exchanged> exchange(ProviderPort& port, CallContext& context, HttpService& service, http::Request request) {
  return Exchange(port, context, service).run(std::move(request));
}

}  // namespace tento::host
