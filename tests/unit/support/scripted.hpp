// SPDX-License-Identifier: Apache-2.0
// A host around one provider whose slots are lambdas of the test: SQLite in a folder of its own, a dispatcher, a log.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "host/base/log.hpp"
#include "host/capability/deps_registry.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/schema/route_table.hpp"
#include "host/store/store.hpp"
#include "tests/unit/support/clear_credentials.hpp"
#include "tests/unit/support/fake_provider.hpp"

namespace tento::host::testing {

// What the slots do. They are called through functions that may throw, as those of a provider built without noexcept.
struct Script {
  std::function<tento_status(tento_client*, const tento_sync_ctx*, tento_sync_result*, tento_error*)> sync;
  std::function<tento_status(tento_client*, const tento_read_ctx*, const tento_cell_sink*, tento_error*)> list_cells;
  std::function<tento_status(tento_client*, const tento_write_ctx*, const tento_cell_sink*, tento_error*)> write;
  std::function<tento_status(const tento_row_ctx*, const tento_text_sink*, tento_error*)> attributes, alias_key;
  std::function<tento_status(const tento_row_ctx*, tento_str, const tento_text_sink*, tento_error*)> lock_key;
  std::function<tento_status(const tento_row_ctx*, tento_str, const tento_semantic_time*, tento_span*, tento_error*)>
      stage_range;
  std::function<tento_status(const tento_integration_ctx*, tento_client**, tento_error*)> client;
  std::function<void(tento_client*)> release;
  std::function<tento_status(tento_client*, const tento_integration_ctx*, const tento_text_sink*,
                             const tento_text_sink*, tento_error*)>
      check_account;
  std::function<tento_status(tento_client*, const tento_integration_ctx*, const tento_row_sink*, tento_error*)>
      discover;
  std::atomic<int> made{0}, released{0};
};

inline constexpr tento_status slot_ok = TENTO_OK;  // with the type that slots answer

inline Script& script(tento_provider* self) {
  return *reinterpret_cast<Script*>(self);
}

// A function that may throw in a place whose type says it does not.
template <class R, class... A>
auto as_slot(R (*function)(A...)) {
  return reinterpret_cast<R (*)(A...) noexcept>(function);
}

inline tento_status sync_slot(tento_provider* p, tento_client* c, const tento_sync_ctx* x, tento_sync_result* r,
                              tento_error* e) {
  return script(p).sync(c, x, r, e);
}
inline tento_status list_slot(tento_provider* p, tento_client* c, const tento_read_ctx* x, const tento_cell_sink* s,
                              tento_error* e) {
  return script(p).list_cells(c, x, s, e);
}
inline tento_status write_slot(tento_provider* p, tento_client* c, const tento_write_ctx* x, const tento_cell_sink* s,
                               tento_error* e) {
  return script(p).write(c, x, s, e);
}
inline tento_status attributes_slot(tento_provider* p, const tento_row_ctx* x, const tento_text_sink* s,
                                    tento_error* e) {
  return script(p).attributes ? script(p).attributes(x, s, e) : slot_ok;
}
inline tento_status alias_slot(tento_provider* p, const tento_row_ctx* x, const tento_text_sink* s, tento_error* e) {
  return script(p).alias_key ? script(p).alias_key(x, s, e) : slot_ok;
}
inline tento_status lock_slot(tento_provider* p, const tento_row_ctx* x, tento_str g, const tento_text_sink* s,
                              tento_error* e) {
  return script(p).lock_key ? script(p).lock_key(x, g, s, e) : slot_ok;
}
inline tento_status range_slot(tento_provider* p, const tento_row_ctx* x, tento_str g, const tento_semantic_time* t,
                               tento_span* o, tento_error* e) {
  return script(p).stage_range ? script(p).stage_range(x, g, t, o, e) : slot_ok;
}
inline tento_status client_slot(tento_provider* p, const tento_integration_ctx* x, tento_client** o, tento_error* e) {
  if (script(p).client) return script(p).client(x, o, e);
  ++script(p).made;
  *o = reinterpret_cast<tento_client*>(&script(p));
  return TENTO_OK;
}
inline void release_slot(tento_provider* p, tento_client* c) {
  ++script(p).released;
  if (script(p).release) script(p).release(c);
}
inline tento_status check_slot(tento_provider* p, tento_client* c, const tento_integration_ctx* x,
                               const tento_text_sink* a, const tento_text_sink* l, tento_error* e) {
  return script(p).check_account(c, x, a, l, e);
}
inline tento_status discover_slot(tento_provider* p, tento_client* c, const tento_integration_ctx* x,
                                  const tento_row_sink* s, tento_error* e) {
  return script(p).discover(c, x, s, e);
}

inline const tento_stage viewport_stage{sizeof(tento_stage), TENTO_STAGE_VIEWPORT, TENTO_STR("viewport"), nullptr, 0,
                                        {nullptr, 0}};
inline const tento_stage backfill_stage{sizeof(tento_stage), TENTO_STAGE_BACKFILL, TENTO_STR("backfill"), nullptr, 0,
                                        TENTO_STR("account")};
inline const tento_stage other_stage{sizeof(tento_stage), TENTO_STAGE_BACKFILL, TENTO_STR("everything"), nullptr, 0,
                                     {nullptr, 0}};
inline const tento_stage* const stage_list[] = {&viewport_stage, &backfill_stage, &other_stage};
inline const tento_sync_shape three_stages{sizeof(tento_sync_shape), 0, stage_list, 3, 0, 0, 0, 0};

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tento-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct HostOfOne {
  Folder folder;
  Script slots;
  std::mutex log_mutex;
  std::vector<std::string> log_lines;
  std::vector<std::string> quarantined;
  std::unique_ptr<Store> store;
  DepsRegistry registry;
  std::shared_ptr<FakeProvider> provider;
  tento_sync_api sync_api{};
  std::shared_ptr<const RouteTable> table;
  UserRecord owner;
  std::unique_ptr<Dispatcher> dispatcher;

  // `edit` changes the integration before its tables are fixed.
  explicit HostOfOne(const std::string& zone = "Europe/Berlin",
                     const std::function<void(FakeIntegration&)>& edit = {}) {
    StoreConfig store_options;
    store_options.folder = folder.path();
    store_options.time_zone = zone;
    auto opened = open_store(store_options);
    REQUIRE(opened);
    store = std::move(*opened);
    owner = *store->users().default_user();
    REQUIRE(register_standard_deps(registry));

    provider = std::make_shared<FakeProvider>("demo");
    provider->state = &slots;
    FakeIntegration& main = provider->add("Main", "authId");
    main.abi.client = as_slot(&client_slot);
    main.abi.release = as_slot(&release_slot);
    main.abi.check_account = as_slot(&check_slot);
    main.abi.discover = as_slot(&discover_slot);
    main.needs = {TENTO_NEED(tento_backend, recent_log_cells),
                  TENTO_NEED(tento_sync_state, abort),
                  TENTO_NEED(tento_user_auth, report_rejected),
                  TENTO_NEED(tento_api_context, client_for),
                  TENTO_NEED(tento_http, view),
                  TENTO_NEED(tento_log, write),
                  TENTO_NEED(tento_clock, local_day),
                  TENTO_NEED(tento_progress, report)};
    tento_row& synced = main.add_row(":~demo:{authId}:items", TENTO_VERB_GET | TENTO_VERB_POST);
    synced.sync_shape = &three_stages;
    synced.data_version = 3;
    synced.sync = as_slot(&sync_slot);
    synced.post = as_slot(&write_slot);
    synced.attributes = as_slot(&attributes_slot);
    synced.alias_key = as_slot(&alias_slot);
    tento_row& second = main.add_row(":~demo:{authId}:lists:{listId}", TENTO_VERB_GET);
    second.sync_shape = &three_stages;
    second.sync = as_slot(&sync_slot);
    main.add_row(":~demo:{authId}:computed", TENTO_VERB_GET).list_cells = as_slot(&list_slot);
    sync_api.struct_size = sizeof sync_api;
    sync_api.lock_key = as_slot(&lock_slot);
    sync_api.stage_range = as_slot(&range_slot);
    provider->sync = &sync_api;
    if (edit) edit(main);
    provider->seal(provider);

    const std::shared_ptr<Provider> all[] = {provider};
    auto built = build_route_table(all, {});
    REQUIRE(built.problems.empty());
    table = built.table;
    connect("me");
    restart({});
  }
  ~HostOfOne() {
    if (dispatcher) dispatcher->shutdown(5000);
  }
  HostOfOne(const HostOfOne&) = delete;
  HostOfOne& operator=(const HostOfOne&) = delete;

  void connect(const std::string& auth_id) {
    AccountRecord account;
    account.owner = owner.id;
    account.provider = "demo";
    account.integration = "Main";
    account.kind = "demo";
    account.auth_id = auth_id;
    account.label = "Label of " + auth_id;
    REQUIRE(store->accounts().put(account, "secret of " + auth_id));
  }
  void restart(DispatcherOptions options) {
    options.log = [this](LogLevel, const std::string& line) {
      const std::lock_guard lock(log_mutex);
      log_lines.push_back(line);
    };
    options.on_quarantine = [this](const Provider& of, const Rejection& why) {
      const std::lock_guard lock(log_mutex);
      quarantined.push_back(of.note().id + ": " + why.reason);
    };
    if (!options.credentials) options.credentials = std::make_shared<ClearCredentials>(*store);
    dispatcher = make_dispatcher(*store, registry, std::move(options));
    dispatcher->publish(table);
  }
  bool logged(const std::string& part) {
    const std::lock_guard lock(log_mutex);
    for (const std::string& line : log_lines) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
  Target target(const std::string& key = ":~demo:me:items", std::uint32_t verb = TENTO_VERB_GET) {
    auto found = dispatcher->resolve(owner, key, verb);
    if (!found) FAIL(found.error().message);
    return std::move(*found);
  }
  // The same, its row stored.
  Target stored_target(const std::string& key = ":~demo:me:items") {
    Target out = target(key);
    REQUIRE(dispatcher->store_row(out));
    return out;
  }
  std::string ids(const Target& target) {
    std::string out;
    REQUIRE(store->cells().read(target.row.id, {}, [&](const CellView& cell) {
      (out += cell.id) += ' ';
      return true;
    }));
    return out;
  }
};

// An interface of a call, as a provider gets it.
template <class Vtable>
struct Dep {
  const Vtable* vtable = nullptr;
  void* self = nullptr;
  const Vtable* operator->() const { return vtable; }
};
template <class Vtable>
Dep<Vtable> dep(const tento_call* call, const char* id) {
  tento_iface found{};
  if (call->deps->get(call->deps, str(id), sizeof(Vtable), &found) != TENTO_OK) return {};
  return {static_cast<const Vtable*>(found.vtable), found.self};
}
inline Dep<tento_backend> backend(const tento_call* call) {
  return dep<tento_backend>(call, TENTO_IFACE_ID_tento_backend);
}
inline Dep<tento_sync_state> sync_state(const tento_call* call) {
  return dep<tento_sync_state>(call, TENTO_IFACE_ID_tento_sync_state);
}

inline tento_semantic_time day(unsigned d, int year = 2026, unsigned month = 4) {
  return SemanticTime(*PartialDate::ymd(year, month, d)).to_abi();
}
inline tento_cell cell(std::string_view id, tento_semantic_time date, std::string_view data = "{}") {
  tento_cell out{};
  out.id = str(id);
  out.date = date;
  out.end_date.offset_minutes = TENTO_OFFSET_UNKNOWN;
  out.data = str(data);
  return out;
}
inline tento_cell_batch batch_of(const std::vector<tento_cell>& cells) {
  return {sizeof(tento_cell_batch), 0, cells.size(), sizeof(tento_cell), cells.data()};
}
// Waits until the condition holds. What never comes is given up after minutes, which decide nothing else.
inline bool eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 12'000; ++i) {
    if (holds()) return true;
    timespec pause{0, 10'000'000};
    nanosleep(&pause, nullptr);
  }
  return holds();
}

}  // namespace tento::host::testing
