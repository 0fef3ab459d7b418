// SPDX-License-Identifier: Apache-2.0
// store backup, restore, dump: all that is stored, as one file or as lines.
#include <filesystem>

#include "host/operations/columns.hpp"
#include "host/operations/perform.hpp"
#include "host/services/admin_service.hpp"
#include "host/services/store_care.hpp"

namespace tento::host {
namespace {

// A number of seconds with two decimals.
Field seconds_field(std::int64_t ms) {
  const auto hundredths = ms / 10;
  const auto rest = std::to_string(hundredths % 100);
  return Json{std::to_string(hundredths / 100) + (rest.size() == 1 ? ".0" : ".") + rest};
}

// Of a copy, and of what was put back from one.
template <class Copy>
const Columns<Copy>& content_columns() {
  constexpr auto integer = FieldType::integer;
  static const Columns<Copy> all{
      {{.name = "file"},
       [](const Copy& copy) -> Field { return std::filesystem::absolute(copy.file).lexically_normal().string(); }},
      {{.name = "users", .type = integer}, [](const Copy& copy) { return count_field(copy.content.users); }},
      {{.name = "accounts", .type = integer}, [](const Copy& copy) { return count_field(copy.content.accounts); }},
      {{.name = "rows", .type = integer}, [](const Copy& copy) { return count_field(copy.content.rows); }},
      {{.name = "cells", .type = integer}, [](const Copy& copy) { return count_field(copy.content.cells); }},
      {{.name = "bytes", .type = integer}, [](const Copy& copy) { return count_field(copy.content.bytes); }},
      {{.name = "seconds", .type = FieldType::json, .help = "a number: how long it took"},
       [](const Copy& copy) { return seconds_field(copy.took_ms); }},
  };
  return all;
}
const Columns<RestoredStore>& restored_columns() {
  static const auto all = content_columns<RestoredStore>().and_then({
      {{.name = "replaced", .nullable = true, .help = "the folder that has what was there before"},
       [](const RestoredStore& restored) { return text_or_absent(restored.moved_to.string()); }},
      {{.name = "vault", .help = "whether the vault's keys open the credentials of the backup"},
       [](const RestoredStore& restored) -> Field { return restored.vault; }},
  });
  return all;
}

StorePlace place_of(const Config& config) {
  return {config.data_dir, config.vault_key_file, config.vault_key_file_is_given};
}

Result<Output> backup(Context& ctx, const Args& args) {
  const auto& config = ctx.parts.config();
  std::function<void(std::uint64_t, std::uint64_t)> on_pages;
  if (ctx.caller.progress)
    on_pages = [&ctx](std::uint64_t done, std::uint64_t total) {
      ctx.caller.progress({"backup", done, total, "pages"});
    };
  TENTO_TRY_ASSIGN(const auto copy, take_backup(place_of(config), args.text("file"), args.flag("overwrite"), on_pages));
  Output out;
  out.single = true;
  out.columns = content_columns<StoreCopy>().columns();
  out.records.push_back(content_columns<StoreCopy>().record(copy));
  const auto credentials = copy.content.credentials;
  if (credentials != 0)
    out.notes.push_back("the vault's key file " + config.vault_key_file.string() + " is not in it: without that file " +
                        std::to_string(credentials) + (credentials == 1 ? " account has" : " accounts have") +
                        " to be connected again. Keep a copy of it in another place than the backup");
  return out;
}

Result<Output> restore(Context& ctx, const Args& args) {
  const auto file = args.text("file");
  TENTO_TRY_ASSIGN(const auto restored, put_backup_back(place_of(ctx.parts.config()), file, args.flag("incomplete")));
  Output out;
  out.single = true;
  out.columns = restored_columns().columns();
  out.records.push_back(restored_columns().record(restored));
  if (!restored.moved_to.empty())
    out.notes.push_back("what was there before is in " + restored.moved_to.string() + "; remove it when all is well");
  if (restored.with_log) out.notes.push_back("the log beside the backup, " + file + "-wal, was used, too");
  if (restored.log_left_out)
    out.notes.push_back("the log beside the backup, " + file + "-wal, continues another state and was left out");
  return out;
}

Result<Output> dump(StoreContext& ctx, const Args&) {
  Output out;
  out.text = [&admin = ctx.admin](const TextVisitor& visit) {
    return admin.dump([&](std::string_view line) { return visit(line) && visit("\n"); });
  };
  return out;
}

}  // namespace

std::vector<Operation> store_operations() {
  return {
      {"store",
       "backup",
       Scope::read,
       Authority::host,
       {{.name = "file", .help = "the file to write", .positional = true, .required = true, .value_name = "FILE"},
        {.name = "overwrite", .type = ParamType::flag, .help = "replace FILE if it is there"}},
       backup,
       "copy all that is stored into one file, checked, while the host runs or without one; the vault's key is not in "
       "it",
       {},
       {.columns = content_columns<StoreCopy>().columns(), .single = true}},
      {"store",
       "restore",
       Scope::admin,
       Authority::host,
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
       Authority::host,
       {},
       dump,
       "print what is stored as JSON lines in canonical order, to compare two stores",
       {Method::get, "/api/store/dump"},
       {.text = "application/jsonl"}},
  };
}

}  // namespace tento::host
