// SPDX-License-Identifier: Apache-2.0
// Commits and notifications of the host become events.
#include "host/server/event_hub.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "host/formats/formats.hpp"
#include "host/operations/accounts.hpp"
#include "host/operations/runs.hpp"
#include "host/server/events.hpp"

namespace tento::host::server {
namespace {

// A record as its operation has it, on one line.
std::string json_of(std::vector<Column> columns, Record record) {
  Output output;
  output.columns = std::move(columns);
  output.records.push_back(std::move(record));
  std::string out;
  static_cast<void>(write_jsonl(output, [&out](std::string_view piece) {
    out += piece;
    return true;
  }));
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

// Streams that ended are forgotten, and the users who have no other, when this has passed.
constexpr std::chrono::seconds longest_wait{30};
constexpr std::chrono::seconds after_failure{1};

std::string account_json(const AccountChange& change) {
  return json_of({{.name = "provider"}, {.name = "integration"}, {.name = "id"}, {.name = "state"}},
                 {change.provider, change.integration, change.auth_id,
                  change.now ? std::string(account_state_name(*change.now)) : std::string("disconnected")});
}

// Why a file is refused names folders of this disk, which are not everybody's to know: the list tells whoever may.
std::string provider_json(const ProviderInfo& info) {
  const bool told = info.rejection && info.state == ProviderState::quarantined;
  return json_of(
      {{.name = "id"}, {.name = "state"}, {.name = "reason"}, {.name = "remedy"}},
      {info.id(), std::string(to_string(info.state)), told ? text_or_absent(info.rejection->reason) : Field{},
       told ? text_or_absent(info.rejection->remedy) : Field{}});
}

}  // namespace

EventHub::EventHub(const Host& host)
    : host_(host),
      host_events_(Listeners<HostEvent>::add(host.events, [this](const HostEvent& event) { on_host_event(event); })) {}

EventHub::~EventHub() {
  std::thread follower;
  {
    const MutexLock lock(mutex_);
    ending_ = true;
    follower = std::move(follower_);
    changed_.notify_all();
    waiting_.request_stop();
  }
  if (follower.joinable()) follower.join();
}

Result<void> EventHub::add(const std::shared_ptr<EventStream>& stream) {
  const auto& user = stream->owner();
  TENTO_TRY_ASSIGN(const auto position, host_.store.changes().position(user));
  auto accounts = accounts_of(user);
  const MutexLock lock(mutex_);
  streams_.push_back(stream);
  // Those who are told already go on from where they are.
  if (!followed_.emplace(user, Followed{position, std::move(accounts)}).second) return {};
  if (!follower_.joinable()) follower_ = std::thread([this] { follow(); });
  changed_.notify_all();
  waiting_.request_stop();
  return {};
}

void EventHub::follow() {
  for (;;) {
    std::stop_token stop;
    const auto users = watched(stop);
    if (users.empty()) return;
    const auto ahead = host_.store.changes().wait(users, std::chrono::steady_clock::now() + longest_wait, stop);
    if (ahead) {
      for (const auto& user : *ahead) moved(user);
      continue;
    }
    MutexLock lock(mutex_);  // a store that fails may work again
    if (!ending_) changed_.wait_for(lock.native(), after_failure);
  }
}

std::vector<WatchedUser> EventHub::watched(std::stop_token& stop) {
  MutexLock lock(mutex_);
  for (;;) {
    if (ending_) return {};
    std::erase_if(streams_, [](const auto& stream) { return stream.expired(); });
    std::set<Uuid> users;
    for (const auto& each : streams_)
      if (const auto stream = each.lock()) users.insert(stream->owner());
    std::erase_if(followed_, [&users](const auto& known) { return !users.contains(known.first); });
    if (!followed_.empty()) break;
    lock.wait(changed_);
  }
  waiting_ = std::stop_source();
  stop = waiting_.get_token();
  std::vector<WatchedUser> out;
  for (const auto& [user, known] : followed_) out.push_back({user, known.seen});
  return out;
}

void EventHub::moved(const WatchedUser& user) {
  FeedPosition seen;
  {
    const MutexLock lock(mutex_);
    const auto at = followed_.find(user.user);
    if (at == followed_.end()) return;
    seen = std::exchange(at->second.seen, user.seen);
  }
  if (user.seen == FeedPosition{}) return tell_if_erased(user.user);
  if (seen.accounts != user.seen.accounts) {
    {
      auto accounts = accounts_of(user.user);
      const MutexLock lock(mutex_);
      if (const auto at = followed_.find(user.user); at != followed_.end()) at->second.accounts = std::move(accounts);
    }
    if (const auto changes = host_.store.accounts().changes(user.user, seen.accounts))
      for (const auto& change : *changes)
        if (change.seq <= user.seen.accounts) tell_account(user.user, change);
  }
  if (seen.head != user.seen.head) wake(user.user);
}

void EventHub::tell_if_erased(const Uuid& user) {
  const MutexLock once(saying_farewell_);
  const auto found = host_.store.users().find(user);
  if (!found || *found) return;
  std::vector<AccountRecord> gone;
  {
    const MutexLock lock(mutex_);
    if (const auto at = followed_.find(user); at != followed_.end()) gone = std::exchange(at->second.accounts, {});
  }
  for (const auto& account : gone) {
    AccountChange change;
    change.provider = account.provider;
    change.integration = account.integration;
    change.auth_id = account.auth_id;
    tell_account(user, change, true);
  }
}

// What cannot be read is not known: then an erased user's streams just end.
std::vector<AccountRecord> EventHub::accounts_of(const Uuid& user) const {
  auto accounts = host_.store.accounts().of_user(user);
  return accounts ? std::move(*accounts) : std::vector<AccountRecord>{};
}

void EventHub::tell_account(const Uuid& owner, const AccountChange& change, bool farewell) {
  EphemeralEvent event{.owner = owner, .name = "account.state", .data = account_json(change), .farewell = farewell};
  if (const auto table = host_.dispatcher.table()) {
    AccountRecord account;
    account.provider = change.provider;
    account.integration = change.integration;
    account.auth_id = change.auth_id;
    event.keys = account_keys(*table, account);
  }
  publish(event);
}

void EventHub::on_host_event(const HostEvent& event) {
  if (event.provider != nullptr)
    publish({.owner = {}, .name = "provider.state", .data = provider_json(*event.provider)});
  if (event.run != nullptr)
    publish({.owner = event.run->owner,
             .name = "run.progress",
             .data = json_of(run_columns().columns(), run_columns().record(*event.run)),
             .keys = {event.run->lookup_key},
             .row = event.run->row});
}

std::vector<std::shared_ptr<EventStream>> EventHub::alive(const Uuid& owner) {
  std::vector<std::shared_ptr<EventStream>> out;
  const MutexLock lock(mutex_);
  std::erase_if(streams_, [&](const std::weak_ptr<EventStream>& each) {
    auto stream = each.lock();
    if (!stream) return true;
    if (owner.nil() || stream->owner() == owner) out.push_back(std::move(stream));
    return false;
  });
  return out;
}

void EventHub::publish(const EphemeralEvent& event) {
  const auto shared = std::make_shared<const EphemeralEvent>(event);
  for (const auto& stream : alive(event.owner)) stream->queue(shared);
}

void EventHub::wake(const Uuid& owner) {
  for (const auto& stream : alive(owner)) stream->wake();
}

}  // namespace tento::host::server
