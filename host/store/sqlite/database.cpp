// SPDX-License-Identifier: Apache-2.0
// Opening a store: folder, lock, file, schema, connections.
#include "host/store/sqlite/database.hpp"

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
#include "host/store/sqlite/mark.hpp"
#include "host/store/sqlite/schema.hpp"

namespace tento::host::sqlite {

namespace {

namespace fs = std::filesystem;

constexpr int writer_cache_kib = 4096;
constexpr int reader_cache_kib = 4096;  // of few that are kept: a range costs a read of the file less

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

Database::Database(const StoreConfig& config, std::unique_ptr<ProcessLock> lock, std::unique_ptr<CellBatch> batch,
                   std::unique_ptr<Writer> writer, ConnectionOptions reader)
    : folder_(std::filesystem::path(reader.path).parent_path().string()),
      now_unix_us_(config.now_unix_us ? config.now_unix_us : unix_now_us),
      new_user_zone_(config.time_zone.empty() ? system_zone() : config.time_zone),
      process_(random_uuid()),
      lock_(std::move(lock)),
      batch_(std::move(batch)),
      writer_(std::move(writer)),
      readers_(std::move(reader)) {
  if (writer_) writer_->raise_on_commit(commits_);
}

Database::~Database() {
  if (writer_) static_cast<void>(writer_->settle());
}

Result<void> Database::settle() {
  return writer_ ? writer_->settle() : Result<void>();
}

Result<void> Database::settle_if_idle() {
  const auto count = commits_.count();
  return commits_when_asked_.exchange(count) == count ? settle() : Result<void>();
}

Result<void> Database::beside(const Writer::Work& body) {
  if (!writer_) return fail(refuse_write());
  return writer_->beside(body);
}

std::unique_ptr<Database> Database::open(const StoreConfig& config) {
  const std::string folder = real_folder(config.folder, !config.read_only);
  const std::string path = folder + "/store.sqlite";
  ConnectionOptions reader{path, Access::read_only, reader_cache_kib};
  if (config.read_only) {
    auto opened = open_for_reading(folder, reader.cache_kib);
    reader.access = opened.access;
    std::unique_ptr<Database> database(new Database(config, nullptr, nullptr, nullptr, std::move(reader)));
    database->doubted_ = opened.doubted;
    database->kept_still_ = std::move(opened.kept_still);
    return database;
  }

  auto lock = std::make_unique<ProcessLock>(folder + "/store.lock", config.lock_wait_ms);
  const auto files = look_at_files(path);
  check_files(files, lock->noted());
  make_private_file(path);
  Connection db({path, Access::read_write, writer_cache_kib});
  check_schema(db);
  check_whole(files, db);
  set_up_writing(db);
  const auto mark = read_mark(db);
  const bool in_use = mark && mark->state != MarkState::settled;  // when its last process ended
  migrate(db);
  auto doubt = read_doubt(db);
  const auto now_us = config.now_unix_us ? config.now_unix_us : unix_now_us;
  auto log = std::make_unique<LogKeeper>(now_us, [held = lock.get()] { held->note(); });
  log->attach(db);
  log->recover(db);
  auto batch = std::make_unique<CellBatch>();
  register_cell_batch(db.handle(), *batch);
  std::unique_ptr<Database> database(
      new Database(config, std::move(lock), std::move(batch),
                   std::make_unique<Writer>(std::move(db), std::move(log), config.on_write), std::move(reader)));
  database->doubted_ = in_use || doubt.doubted;
  if (in_use && !doubt.doubted) {
    doubt.doubted = true;
    static_cast<void>(database->set_doubt(doubt));  // a full disk can be read
  }
  return database;
}

Result<void> Database::set_doubt(const ContentDoubt& doubt) {
  doubted_.store(doubt.doubted, std::memory_order_relaxed);
  return write([&doubt](Connection& db) { write_doubt(db, doubt); });
}

Error Database::refuse_write() const {
  return store_error(ErrorCode::forbidden, ErrorClass::internal,
                     fmt::format("the store in {} is open for reading alone, since its folder cannot be written or "
                                 "nothing else was asked for. Let this user write there, or choose another data folder",
                                 folder_),
                     "store_read_only", "let this user write to the data folder");
}

}  // namespace tento::host::sqlite
