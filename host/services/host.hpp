// SPDX-License-Identifier: Apache-2.0
// The parts of a started host, for those who work with it.
#pragma once

#include <functional>
#include <memory>

#include "host/accounts/accounts.hpp"
#include "host/accounts/vault_opener.hpp"
#include "host/base/listeners.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/model/run.hpp"
#include "host/services/account_service.hpp"
#include "host/services/admin_service.hpp"
#include "host/services/directory.hpp"
#include "host/services/row_documents.hpp"
#include "host/services/row_service.hpp"
#include "host/services/row_writes.hpp"
#include "host/services/sync_service.hpp"
#include "host/store/store.hpp"
#include "host/sync/orchestrator.hpp"
#include "host/sync/periodic_sync.hpp"

namespace tento::host {

// An event that no commit tells of. One of them is there; borrowed until the listener returns.
struct HostEvent {
  const RunRecord* run = nullptr;          // began, moved or ended
  const ProviderInfo* provider = nullptr;  // is not what it was: see its state
};

// References only, so that whoever has a Host has all of it. They last as long as the app that made it.
struct Host {
  Store& store;
  VaultOpener& vault;
  Directory& directory;
  AdminService& admin;
  Dispatcher& dispatcher;
  Orchestrator& orchestrator;
  Accounts& accounts;
  AccountService& account_service;
  RowService& row_service;
  RowDocuments& row_documents;
  RowWrites& row_writes;
  SyncService& sync_service;
  PeriodicSync& periodic;
  // Listeners are called by the thread that makes the event: they must be quick, and may neither subscribe nor
  // unsubscribe.
  const std::shared_ptr<Listeners<HostEvent>>& events;
};

// Starts the workers, once; picks up what a killed process left behind.
[[nodiscard]] Result<void> start_syncing(const Host& host);

}  // namespace tento::host
