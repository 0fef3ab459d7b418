// SPDX-License-Identifier: Apache-2.0
// store backup, restore, dump: all that is stored, as one file or as lines.
#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/store/store_files.hpp"

#include <chrono>

#include "host/accounts/vault.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/perform.hpp"

namespace tento::host {
namespace {

// What is in a file that was written, or in a store that was put back.
struct WrittenCopy {
  std::filesystem::path file;
  StoreContent content;
  Field seconds;
  std::filesystem::path moved_to = {};  // where what was there before is now
  std::string vault = {};
};

const Columns<WrittenCopy>& content_columns() {
  constexpr auto integer = FieldType::integer;
  static const Columns<WrittenCopy> all{
      {{.name = "file"},
       [](const WrittenCopy& w) -> Field { return std::filesystem::absolute(w.file).lexically_normal().string(); }},
      {{.name = "users", .type = integer}, [](const WrittenCopy& w) { return count_field(w.content.users); }},
      {{.name = "accounts", .type = integer}, [](const WrittenCopy& w) { return count_field(w.content.accounts); }},
      {{.name = "rows", .type = integer}, [](const WrittenCopy& w) { return count_field(w.content.rows); }},
      {{.name = "cells", .type = integer}, [](const WrittenCopy& w) { return count_field(w.content.cells); }},
      {{.name = "bytes", .type = integer}, [](const WrittenCopy& w) { return count_field(w.content.bytes); }},
      {{.name = "seconds", .type = FieldType::json, .help = "a number: how long it took"},
       [](const WrittenCopy& w) { return w.seconds; }},
  };
  return all;
}
const Columns<WrittenCopy>& restored_columns() {
  static const auto all = content_columns().and_then({
      {{.name = "replaced", .nullable = true, .help = "the folder that has what was there before"},
       [](const WrittenCopy& w) { return text_or_absent(w.moved_to.string()); }},
      {{.name = "vault", .help = "whether the vault's keys open the credentials of the backup"},
       [](const WrittenCopy& w) -> Field { return w.vault; }},
  });
  return all;
}

class Stopwatch {
 public:
  [[nodiscard]] Field seconds() const {
    const auto taken = std::chrono::steady_clock::now() - begun_;
    const auto hundredths = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count() / 10;
    const auto rest = std::to_string(hundredths % 100);
    return Json{std::to_string(hundredths / 100) + (rest.size() == 1 ? ".0" : ".") + rest};
  }

 private:
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

Result<Output> backup(Context& ctx, const Args& args) {
  const auto& config = ctx.parts.config();
  const Stopwatch time;
  BackupOptions options;
  options.folder = config.data_dir;
  options.file = args.text("file");
  options.overwrite = args.flag("overwrite");
  if (ctx.caller.progress)
    options.on_pages = [&ctx](std::uint64_t done, std::uint64_t total) {
      ctx.caller.progress({"backup", done, total, "pages"});
    };
  TENTO_TRY_ASSIGN(const auto content, back_up_store(options));
  Output out;
  out.single = true;
  out.columns = content_columns().columns();
  out.records.push_back(content_columns().record({options.file, content, time.seconds()}));
  if (content.credentials != 0)
    out.notes.push_back("the vault's key file " + config.vault_key_file.string() + " is not in it: without that file " +
                        std::to_string(content.credentials) +
                        (content.credentials == 1 ? " account has" : " accounts have") +
                        " to be connected again. Keep a copy of it in another place than the backup");
  return out;
}

// What the keys that are here say to the credentials of the store.
std::string vault_fits(const Config& config) {
  StoreConfig options;
  options.folder = config.data_dir.string();
  options.read_only = true;
  const auto store = open_store(options);
  if (!store) return store.error().message;
  VaultOptions vault;
  vault.key_file = config.vault_key_file;
  vault.key_file_is_given = config.vault_key_file_is_given;
  std::string damaged;
  vault.log = [&damaged](LogLevel, const std::string& text) { damaged = text; };
  const auto keys = Vault::inspect(**store, std::move(vault));
  if (!keys) return keys.error().message;
  if (!damaged.empty()) return damaged;
  std::uint64_t sealed = 0;
  for (const auto& key : *keys) sealed += key.credentials;
  return sealed == 0 ? "no credential is sealed" : "the keys fit";
}

Result<Output> restore(Context& ctx, const Args& args) {
  const auto& config = ctx.parts.config();
  const Stopwatch time;
  RestoreOptions options;
  options.folder = config.data_dir;
  options.file = args.text("file");
  options.incomplete = args.flag("incomplete");
  options.now_us = unix_now_us();
  TENTO_TRY_ASSIGN(const auto report, restore_store(options));
  Output out;
  out.single = true;
  out.columns = restored_columns().columns();
  const auto vault = vault_fits(config);
  out.records.push_back(
      restored_columns().record({options.file, report.content, time.seconds(), report.moved_to, vault}));
  if (!report.moved_to.empty())
    out.notes.push_back("what was there before is in " + report.moved_to.string() + "; remove it when all is well");
  if (report.with_log) out.notes.push_back("the log beside the backup, " + args.text("file") + "-wal, was used, too");
  if (report.log_left_out)
    out.notes.push_back("the log beside the backup, " + args.text("file") +
                        "-wal, continues another state and was left out");
  return out;
}

Result<Output> dump(StoreContext& ctx, const Args&) {
  TENTO_TRY(check_host_admin(ctx));  // it is of all users
  Output out;
  out.text = [&store = ctx.store](const TextVisitor& visit) {
    return store.maintenance().dump([&](std::string_view line) { return visit(line) && visit("\n"); });
  };
  return out;
}

}  // namespace

std::vector<Operation> store_operations() {
  return {
      {"store",
       "backup",
       Scope::read,
       {{.name = "file", .help = "the file to write", .positional = true, .required = true, .value_name = "FILE"},
        {.name = "overwrite", .type = ParamType::flag, .help = "replace FILE if it is there"}},
       backup,
       "copy all that is stored into one file, checked, while the host runs or without one; the vault's key is not in "
       "it",
       {},
       {.columns = content_columns().columns(), .single = true}},
      {"store",
       "restore",
       Scope::admin,
       {{.name = "file", .help = "a backup", .positional = true, .required = true, .value_name = "FILE"},
        {.name = "incomplete",
         .type = ParamType::flag,
         .help = "take a copy of a running host's file, too, though what was written last may be missing"}},
       restore,
       "put a backup in the store's place, checked; what was there is moved aside. No host may run",
       {},
       {.columns = restored_columns().columns(), .single = true}},
      {"store",
       "dump",
       Scope::admin,
       {},
       dump,
       "print what is stored as JSON lines in canonical order, to compare two stores",
       {Method::get, "/api/store/dump"},
       {.text = "application/jsonl"}},
  };
}

}  // namespace tento::host
