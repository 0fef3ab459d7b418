// SPDX-License-Identifier: Apache-2.0
// Opening a store: folder, lock, file, schema, connections.
#include "host/store/sqlite/store.hpp"

// The library was built to read the system's zone files; its header has to agree.
#define USE_OS_TZDB 1
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>
#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <system_error>

#include "host/base/clock.hpp"
#include "host/base/random.hpp"
#include "host/store/sqlite/check.hpp"
#include "host/store/sqlite/files.hpp"
#include "host/store/sqlite/schema.hpp"
#include "host/store/store_files.hpp"

namespace tento::host {

Result<std::unique_ptr<CellStore>> open_sqlite_store(const StoreOptions& options) {
  return sqlite::guarded([&]() -> std::unique_ptr<CellStore> { return sqlite::SqliteStore::open(options); });
}

Result<void> settle_store(CellStore& store) {
  auto* ours = dynamic_cast<sqlite::SqliteStore*>(&store);
  return ours == nullptr ? Result<void>() : ours->settle();
}

namespace sqlite {

namespace {

namespace fs = std::filesystem;

constexpr int writer_cache_kib = 4096;
constexpr int reader_cache_kib = 4096;  // of few that are kept: a range costs a read of the file less
constexpr std::int64_t us_per_day = 86'400'000'000;

std::string system_zone() {
  try {
    return date::current_zone()->name();
  } catch (const std::exception&) {  // no zone data, or a local time without a name
    return "UTC";
  }
}

// SQLite gives its journal the permissions of the database, so the file is made (or mended) here before it looks.
void make_private_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) throw StoreFailure(file_error(errno, "open the store", path));
  struct stat status {};
  if (::fstat(file, &status) == 0 && status.st_uid == ::geteuid() && (status.st_mode & 077) != 0) ::fchmod(file, 0600);
  ::close(file);
}

// FULL, so that a commit that was answered survives a loss of power too: concurrent writers share its fsync, and a
// large transaction pays it once.
void set_up_writing(Connection& db) {
  db.execute("PRAGMA journal_mode=WAL");
  db.execute("PRAGMA synchronous=FULL");
  db.execute("PRAGMA journal_size_limit=67108864");
}

}  // namespace

SqliteStore::SqliteStore(const StoreOptions& options, std::unique_ptr<ProcessLock> lock,
                         std::unique_ptr<CellBatch> batch, std::unique_ptr<Writer> writer, ConnectionOptions reader)
    : folder_(std::filesystem::path(reader.path).parent_path().string()),
      now_unix_us_(options.now_unix_us ? options.now_unix_us : unix_now_us),
      new_owner_zone_(options.time_zone.empty() ? system_zone() : options.time_zone),
      process_(random_uuid()),
      lock_(std::move(lock)),
      listeners_(std::make_shared<Listeners<CommitNews>>()),
      batch_(std::move(batch)),
      writer_(std::move(writer)),
      readers_(std::move(reader)) {
  if (writer_)
    writer_->on_commit([listeners = listeners_](std::span<const CommitNews> news) { listeners->tell(news); });
}

SqliteStore::~SqliteStore() {
  // What fails is made good when it is opened again.
  if (writer_) static_cast<void>(writer_->settle());
}

Result<void> SqliteStore::settle() {
  if (!writer_) return {};
  return writer_->settle();
}

std::unique_ptr<SqliteStore> SqliteStore::open(const StoreOptions& options) {
  const std::string folder = real_folder(options.folder, !options.read_only);
  const std::string path = folder + "/store.sqlite";
  ConnectionOptions reader{path, Access::read_only, reader_cache_kib};
  if (options.read_only) {
    static_cast<void>(open_for_reading(folder, reader.cache_kib));
    return std::unique_ptr<SqliteStore>(new SqliteStore(options, nullptr, nullptr, nullptr, std::move(reader)));
  }

  auto lock = std::make_unique<ProcessLock>(folder + "/store.lock", options.lock_wait_ms);
  const auto files = look_at_files(path);
  check_files(files, lock->noted());
  make_private_file(path);
  Connection db({path, Access::read_write, writer_cache_kib});
  check_schema(db);
  check_whole(files, db);
  set_up_writing(db);
  migrate(db);
  const auto now_us = options.now_unix_us ? options.now_unix_us : unix_now_us;
  auto log = std::make_unique<LogKeeper>(now_us, [held = lock.get()] { held->note(); });
  log->attach(db);
  log->recover(db);
  auto batch = std::make_unique<CellBatch>();
  register_cell_batch(db.handle(), *batch);
  std::unique_ptr<SqliteStore> store(
      new SqliteStore(options, std::move(lock), std::move(batch),
                      std::make_unique<Writer>(std::move(db), std::move(log), options.on_write), std::move(reader)));
  const auto owner = store->default_user();
  if (!owner) throw StoreFailure(owner.error());
  store->end_turns();
  store->jobs_.expire_leases();
  const auto dropped = store->drop_tombstones(store->now_us() - options.tombstone_days * us_per_day);
  if (!dropped) throw StoreFailure(dropped.error());
  return store;
}

Subscription SqliteStore::subscribe(CommitListener listener) {
  return Listeners<CommitNews>::add(listeners_, std::move(listener));
}

Error SqliteStore::refuse_write() const {
  return store_error(ErrorCode::forbidden, ErrorClass::internal,
                     fmt::format("the store in {} was opened for reading only. Open it for writing", folder_),
                     "store_read_only", "open for writing");
}

// ---- owners

Result<UserRecord> SqliteStore::default_user() {
  // The first one made. Every owner has a random uuid, so that neither a name nor an address is part of a row's id.
  constexpr auto first = [](Connection& db) -> std::optional<UserRecord> {
    auto q = db.use("SELECT id, name, time_zone FROM owners ORDER BY created_us, id LIMIT 1");
    if (!q->step()) return std::nullopt;
    return UserRecord{q->uuid(0), q->text(1), q->text(2)};
  };
  TENTO_TRY_ASSIGN(auto found, read(first));
  if (found) return std::move(*found);
  return write([&](Connection& db) {
    if (auto made_meanwhile = first(db)) return std::move(*made_meanwhile);
    UserRecord owner{random_uuid(), "me", new_owner_zone_};
    auto q = db.use("INSERT INTO owners(id, name, time_zone, created_us) VALUES(?1,?2,?3,?4)");
    q->bind(1, owner.id);
    q->bind_text(2, owner.name);
    q->bind_text(3, owner.time_zone);
    q->bind(4, now_us());
    q->step();
    return owner;
  });
}

Result<std::vector<UserRecord>> SqliteStore::users() {
  return read([](Connection& db) {
    std::vector<UserRecord> out;
    auto q = db.use("SELECT id, name, time_zone FROM owners ORDER BY created_us, id");
    while (q->step()) out.push_back({q->uuid(0), q->text(1), q->text(2)});
    return out;
  });
}

}  // namespace sqlite
}  // namespace tento::host
