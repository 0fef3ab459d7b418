// SPDX-License-Identifier: Apache-2.0
// Notifications of the store and of the host become events.
#include "host/server/event_hub.hpp"

#include <algorithm>

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

std::string account_json(const AccountEvent& news) {
  return json_of({{.name = "provider"}, {.name = "integration"}, {.name = "id"}, {.name = "state"}},
                 {news.provider, news.integration, news.auth_id,
                  news.now ? std::string(account_state_name(*news.now)) : std::string("disconnected")});
}

std::string provider_json(const ProviderInfo& info) {
  return json_of(
      {{.name = "id"}, {.name = "state"}, {.name = "reason"}, {.name = "remedy"}},
      {info.id(), std::string(to_string(info.state)), info.rejection ? text_or_absent(info.rejection->reason) : Field{},
       info.rejection ? text_or_absent(info.rejection->remedy) : Field{}});
}

}  // namespace

EventHub::EventHub(const Host& host)
    : host_(host),
      commits_(host.store.changes().subscribe([this](const CommitEvent& news) { committed(news); })),
      happenings_(Listeners<HostNews>::add(host.news, [this](const HostNews& news) { happened(news); })) {}
EventHub::~EventHub() = default;

void EventHub::committed(const CommitEvent& news) {
  if (news.kind == CommitEventKind::cells || news.kind == CommitEventKind::row_gone) wake(news.owner);
  // A new credential alone changes nothing that anybody is shown.
  if (news.kind == CommitEventKind::account && news.account->before != news.account->now)
    account(news.owner, *news.account);
}

void EventHub::account(const Uuid& owner, const AccountEvent& news) {
  EphemeralEvent event{.owner = owner, .name = "account.state", .data = account_json(news)};
  if (const auto table = host_.dispatcher.table()) {
    AccountRecord account;
    account.provider = news.provider;
    account.integration = news.integration;
    account.auth_id = news.auth_id;
    event.keys = account_keys(*table, account);
  }
  publish(event);
}

void EventHub::happened(const HostNews& news) {
  if (news.provider != nullptr) publish({.owner = {}, .name = "provider.state", .data = provider_json(*news.provider)});
  if (news.run != nullptr)
    publish({.owner = news.run->owner,
             .name = "run.progress",
             .data = json_of(run_columns().columns(), run_columns().record(*news.run)),
             .keys = {news.run->lookup_key},
             .row = news.run->row});
}

std::vector<std::shared_ptr<EventStream>> EventHub::alive(const Uuid& owner) {
  std::vector<std::shared_ptr<EventStream>> out;
  const std::scoped_lock hold(mutex_);
  std::erase_if(streams_, [&](const std::weak_ptr<EventStream>& each) {
    auto stream = each.lock();
    if (!stream) return true;
    if (owner.nil() || stream->owner() == owner) out.push_back(std::move(stream));
    return false;
  });
  return out;
}

void EventHub::publish(const EphemeralEvent& event) {
  for (const auto& stream : alive(event.owner)) stream->queue(event);
}

void EventHub::wake(const Uuid& owner) {
  for (const auto& stream : alive(owner)) stream->wake();
}

void EventHub::add(std::weak_ptr<EventStream> stream) {
  const std::scoped_lock hold(mutex_);
  streams_.push_back(std::move(stream));
}

}  // namespace tento::host::server
