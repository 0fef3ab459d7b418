// SPDX-License-Identifier: Apache-2.0
// Which of an integration's declared limits a request counts against, and who shares them.
#include <algorithm>

#include "host/base/text.hpp"
#include "host/capability/http_exchange.hpp"
#include "host/capability/limit_reports.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

// Whether a declared limit counts a request: what is below its prefix, and what names it. One of those that are named
// only counts what is both.
bool counts(const tento_limit& limit, const Reach::Place& place, const http::Request& request) {
  const bool below = place.declared.starts_with(view(limit.url_prefix));
  const bool named = view(limit.name) == request.limit_name;
  return (limit.flags & TENTO_LIMIT_NAMED_ONLY) != 0 ? below && named : below || named;
}

}  // namespace

bool HeldUses::are_for(const CallSubject& subject, const Reach::Place& place, const http::Request& request) const {
  if (cost != request.limit_cost || limit_name != request.limit_name || origin != place.origin) return false;
  const auto declared = limits(*subject.integration);
  return std::equal(declared.begin(), declared.end(), counted.begin(), counted.end(),
                    [&](const tento_limit* limit, bool was) { return counts(*limit, place, request) == was; });
}

Result<std::shared_ptr<const HeldUses>> limit_uses(const ProviderPort& port, const CallSubject& subject,
                                                   const Reach::Place& place, const http::Request& request) {
  auto made = std::make_shared<HeldUses>();
  made->limit_name = request.limit_name;
  made->cost = request.limit_cost;
  made->origin = place.origin;
  const std::string_view integration = view(subject.integration->id);
  const std::string owner = owner_text(*subject.owner);
  const std::string_view account = subject.account == nullptr ? std::string_view() : subject.account->auth_id;
  const std::uint64_t cost = std::max<std::uint64_t>(request.limit_cost, 1);
  std::vector<LimitUse>& uses = made->uses;
  std::size_t closest = 0;
  LimitUse* told = nullptr;
  bool known = request.limit_name.empty();
  std::string names;
  const auto declared = limits(*subject.integration);
  uses.reserve(declared.size() + 3);
  made->counted.reserve(declared.size());
  for (const tento_limit* limit : declared) {
    const std::string_view name = view(limit->name), prefix = view(limit->url_prefix);
    names += (names.empty() ? "" : ", ") + std::string(name);
    const bool named = name == request.limit_name;
    known = known || named;
    made->counted.push_back(counts(*limit, place, request));
    if (!made->counted.back()) continue;
    LimitUse& use = uses.emplace_back();
    use.name = name;
    use.capacity = limit->capacity;
    use.window_ms = limit->window_ms;
    use.cost = named || request.limit_name.empty() ? cost : 1;
    if (limit->scope == TENTO_LIMIT_ACCOUNT) {
      use.key = limit_key({port.id(), integration, name, owner, account});
    } else if (limit->scope == TENTO_LIMIT_ENDPOINT) {
      use.key = limit_key({port.id(), integration, name, owner, account, prefix});
    } else {
      use.key = limit_key({port.id(), integration, name});
    }
    // Services count the closest budget they have in their headers.
    const std::size_t rank = named ? SIZE_MAX : prefix.size() * 2 + (limit->scope == TENTO_LIMIT_APP ? 0 : 1);
    if (told != nullptr && rank <= closest) continue;
    if (told != nullptr) told->told_by_headers = false;
    told = &use;
    told->told_by_headers = true;
    made->of_app = limit->scope != TENTO_LIMIT_ACCOUNT && limit->scope != TENTO_LIMIT_ENDPOINT;
    closest = rank;
  }
  if (!known) {
    return fail(ErrorCode::invalid_argument, ErrorClass::internal,
                "the request counts against the limit " + quote(request.limit_name) + ", and the integration has " +
                    (names.empty() ? "none" : "only " + names),
                "bad_request");
  }
  for (const LimitHolder holder : {LimitHolder::account, LimitHolder::app}) {
    LimitUse& reported = uses.emplace_back();
    reported.name = name_of(subject, holder);
    reported.key = hold_key(port, subject, holder);
    reported.reported = true;
  }
  // What the service says on its own, whether or not a limit is declared.
  LimitUse& own_word = uses.emplace_back();
  own_word.name = place.origin;
  own_word.key = limit_key({port.id(), owner, account, place.origin});
  own_word.told_by_headers = told == nullptr;
  return made;
}

}  // namespace tento::host
