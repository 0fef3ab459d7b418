// SPDX-License-Identifier: Apache-2.0
// provider list, provider show: every file of the plugin folders, the loaded and the rejected.
#include <algorithm>

#include "host/base/did_you_mean.hpp"
#include "host/base/error.hpp"
#include "host/base/json.hpp"
#include "host/operations/auth_json.hpp"
#include "host/operations/context.hpp"
#include "host/operations/describe.hpp"

namespace tento::host {
namespace {

const Provider* loaded_from(const BootReport& report, const ProviderInfo& info) {
  if (info.state == ProviderState::superseded || !info.note) return nullptr;
  for (const auto& p : report.loaded)
    if (p->note().id == info.note->id && p->note().version == info.note->version) return p.get();
  return nullptr;
}

std::vector<std::string> row_patterns(const Provider& provider) {
  std::vector<std::string> patterns;
  for (const auto* integration : integrations(provider.connector()))
    for (const auto* row : rows(*integration)) patterns.emplace_back(view(row->pattern));
  return patterns;
}

std::vector<std::string> needed_ids(const ProviderInfo& info, const Provider* provider) {
  std::vector<std::string> ids;
  if (info.note) ids = info.note->needs;
  if (provider != nullptr)
    for (const auto* integration : integrations(provider->connector()))
      for (const auto& need : needs(*integration))
        if ((need.flags & TENTO_NEED_OPTIONAL) == 0) ids.emplace_back(view(need.id));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// What it opens without the host.
std::vector<std::string> opened(const NoteData& note) {
  std::vector<std::string> out;
  if ((note.flags & TENTO_NOTE_OWN_IO) != 0) out.emplace_back("files");
  if ((note.flags & TENTO_NOTE_OWN_NET) != 0) out.emplace_back("sockets");
  return out;
}

std::vector<std::string> auth_ways(const Provider* provider) {
  std::vector<std::string> ways;
  if (provider != nullptr)
    for (const auto* integration : integrations(provider->connector())) {
      const auto* auth = integration->auth;
      ways.emplace_back(auth == nullptr ? "none" : how_name(auth->how));
      if (auth != nullptr && auth->how == TENTO_AUTH_OAUTH2 && (auth->flags & TENTO_AUTH_TAKES_TOKEN) != 0)
        ways.emplace_back(how_name(TENTO_AUTH_TOKEN));
    }
  std::sort(ways.begin(), ways.end());
  ways.erase(std::unique(ways.begin(), ways.end()), ways.end());
  return ways;
}

std::vector<Column> columns() {
  return {{.name = "id"},
          {.name = "state", .help = "loaded, rejected, superseded or quarantined"},
          {.name = "version", .nullable = true},
          {.name = "abi", .nullable = true},
          {.name = "path", .help = "file on the host"},
          {.name = "sha256", .nullable = true, .only_in_data = true},
          {.name = "rows", .type = FieldType::list, .help = "row patterns", .count_in_table = true},
          {.name = "deps", .type = FieldType::list, .help = "interfaces it needs", .count_in_table = true},
          {.name = "auth", .type = FieldType::list, .help = "ways to connect an account"},
          {.name = "reason", .nullable = true, .help = "why it is not loaded"},
          {.name = "remedy", .nullable = true, .help = "what to do about that"}};
}

std::vector<Column> detailed_columns() {
  auto all = columns();
  all.push_back({.name = "code", .nullable = true, .help = "the loader's code of the reason"});
  all.push_back({.name = "title", .nullable = true});
  all.push_back({.name = "features", .type = FieldType::list});
  all.push_back({.name = "opens", .type = FieldType::list, .help = "what it opens itself: files, sockets"});
  all.push_back({.name = "reads",
                 .type = FieldType::list,
                 .help = "files and folders it reads beside those that its accounts' settings name"});
  all.push_back({.name = "integrations", .type = FieldType::json, .help = "account types with their settings"});
  return all;
}

Record record_of(const BootReport& report, const ProviderInfo& info) {
  const auto* provider = loaded_from(report, info);
  Record r;
  r.emplace_back(info.id());
  r.emplace_back(std::string(to_string(info.state)));
  r.push_back(info.note ? text_or_absent(info.note->version) : Field{});
  r.push_back(info.note ? Field(std::to_string(info.note->abi_major) + "." + std::to_string(info.note->abi_minor))
                        : Field{});
  r.emplace_back(info.path.string());
  r.push_back(text_or_absent(info.sha256));
  r.emplace_back(provider != nullptr ? row_patterns(*provider) : std::vector<std::string>{});
  r.emplace_back(needed_ids(info, provider));
  r.emplace_back(auth_ways(provider));
  r.push_back(info.rejection ? text_or_absent(info.rejection->reason) : Field{});
  r.push_back(info.rejection ? text_or_absent(info.rejection->remedy) : Field{});
  return r;
}

std::string integrations_json(const Provider* provider) {
  std::string out = "[";
  if (provider != nullptr)
    for (const auto* integration : integrations(provider->connector())) {
      if (out.size() > 1) out += ',';
      out += "{\"id\":";
      append_json_string(out, view(integration->id));
      out += ",\"title\":";
      append_json_string(out, view(integration->title.text));
      out += ",\"account_param\":";
      if (integration->account_param.size == 0)
        out += "null";
      else
        append_json_string(out, view(integration->account_param));
      out += ",\"auth\":";
      append_json_string(out, integration->auth == nullptr ? "none" : how_name(integration->auth->how));
      out += ",\"connect\":" + connect_json(integration->auth);
      out += ",\"settings\":" + settings_json(integration->auth) + "}";
    }
  return out + "]";
}

// The list is there, and not all of it is as it should be: whoever looks only at the exit code learns it, too. A
// provider that was set aside on the operator's word is no surprise.
std::optional<Error> refused_of(const BootReport& report) {
  std::string names;
  std::size_t count = 0;
  for (const auto& info : report.providers) {
    if (info.state != ProviderState::rejected) continue;
    ++count;
    names += (names.empty() ? "" : ", ") + info.path.filename().string();
  }
  if (count == 0) return std::nullopt;
  auto e = fail(ErrorCode::unspecified, ErrorClass::config,
                std::to_string(count) + (count == 1 ? " provider was refused: " : " providers were refused: ") + names,
                "provider_refused")
               .value();
  e.remedy = "the list says why and what to do for each; remove the files that are not meant to be loaded";
  return e;
}

Result<Output> list(Context& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto report, ctx.engine.boot());
  Output out;
  out.columns = columns();
  for (const auto& info : report.providers) out.records.push_back(record_of(report, info));
  std::stable_sort(out.records.begin(), out.records.end(), [](const Record& a, const Record& b) {
    return std::get<std::string>(a.front()) < std::get<std::string>(b.front());
  });
  if (report.providers.empty())
    out.notes.emplace_back("no provider in any plugin folder; {op:doctor} names the folders");
  if (!report.ok)
    out.then = boot_error(report);
  else if (auto refused = refused_of(report))
    out.then = std::move(*refused);
  return out;
}

Result<Output> show(Context& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto report, ctx.engine.boot());
  const auto wanted = args.text("id");
  Output out;
  out.columns = detailed_columns();
  std::vector<std::string> ids;
  for (const auto& info : report.providers) {
    ids.push_back(info.id());
    if (info.id() != wanted) continue;
    auto record = record_of(report, info);
    record.push_back(info.rejection ? text_or_absent(info.rejection->code) : Field{});
    record.push_back(info.note ? text_or_absent(info.note->title) : Field{});
    record.emplace_back(info.note ? info.note->features : std::vector<std::string>{});
    record.emplace_back(info.note ? opened(*info.note) : std::vector<std::string>{});
    record.emplace_back(info.note ? info.note->reads : std::vector<std::string>{});
    record.emplace_back(Json{integrations_json(loaded_from(report, info))});
    out.records.push_back(std::move(record));
  }
  if (out.records.empty()) {
    return error(ErrorCode::not_found, ErrorClass::config,
                 "no file for provider \"" + wanted + "\"" + did_you_mean(wanted, ids))
        .remedy("{op:provider list} shows every file of the plugin folders");
  }
  out.single = out.records.size() == 1;
  if (!report.ok) out.then = boot_error(report);
  return out;
}

}  // namespace

std::vector<Operation> provider_operations() {
  return {
      {"provider",
       "list",
       Scope::read,
       {},
       list,
       "list every provider file, loaded and rejected, with the reason and what to do",
       {Method::get, "/api/providers"},
       {.columns = columns(), .list = "providers"},
       true},
      {"provider",
       "show",
       Scope::read,
       {{.name = "id", .help = "provider id", .positional = true, .required = true, .value_name = "ID"}},
       show,
       "show one provider: its rows, needs, accounts and settings",
       {Method::get, "/api/providers/{id}"},
       {.columns = detailed_columns(), .single = true, .list = "providers"},
       true},
  };
}

}  // namespace tento::host
