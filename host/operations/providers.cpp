// SPDX-License-Identifier: Apache-2.0
// provider list, provider show, provider reload: every file of the plugin folders, the loaded and the rejected.
#include <algorithm>
#include <boost/algorithm/string/erase.hpp>

#include "host/base/did_you_mean.hpp"
#include "host/base/error.hpp"
#include "host/base/json.hpp"
#include "host/operations/auth_json.hpp"
#include "host/operations/columns.hpp"
#include "host/operations/context.hpp"
#include "host/operations/describe.hpp"

namespace tento::host {
namespace {

const Provider* loaded_from(const BootReport& report, const ProviderInfo& info) {
  if (info.state == ProviderState::superseded || !info.note) return nullptr;
  for (const auto& p : report.loaded)
    if (p->note().id == info.note->id && p->sha256() == info.sha256) return p.get();
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

std::string integrations_json(const Provider* provider) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  if (provider != nullptr)
    for (const auto* integration : integrations(provider->connector()))
      json.begin_object()
          .member("id", view(integration->id))
          .member("title", view(integration->title.text))
          .member_or_null("account_param", view(integration->account_param))
          .member("auth", integration->auth == nullptr ? "none" : how_name(integration->auth->how))
          .key("connect")
          .raw(integration->account_param.size == 0 ? "null" : connect_json(integration->auth))
          .key("settings")
          .raw(settings_json(integration->auth))
          .end_object();
  json.end_array();
  return out;
}

// Where files lie on this disk is for whoever runs the host; others are told the names of files.
struct ListedProvider {
  const ProviderInfo& info;
  const Provider* provider;  // null = not loaded
  const std::vector<std::string>& hidden_folders;
};

std::vector<std::string> folders_to_hide(const Context& ctx, const BootReport& report) {
  std::vector<std::string> out;
  if (check_runs_host(ctx)) return out;
  for (const auto& info : report.providers) out.push_back(info.path.parent_path().string() + "/");
  out.push_back(ctx.parts.config().image_dir.string() + "/");
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string without(const std::vector<std::string>& folders, std::string text) {
  for (const auto& folder : folders) boost::algorithm::erase_all(text, folder);
  return text;
}

template <class Get>
Field of_note(const ListedProvider& each, const Get& get) {
  return each.info.note ? get(*each.info.note) : Field();
}
template <class Get>
Field of_rejection(const ListedProvider& each, const Get& get) {
  return each.info.rejection ? text_or_absent(without(each.hidden_folders, get(*each.info.rejection))) : Field();
}

const Columns<ListedProvider>& provider_columns() {
  static const Columns<ListedProvider> all{
      {{.name = "id"}, [](const ListedProvider& each) -> Field { return each.info.id(); }},
      {{.name = "state", .help = "loaded, rejected, superseded or quarantined"},
       [](const ListedProvider& each) -> Field { return std::string(to_string(each.info.state)); }},
      {{.name = "version", .nullable = true},
       [](const ListedProvider& each) {
         return of_note(each, [](const NoteData& note) { return text_or_absent(note.version); });
       }},
      {{.name = "abi", .nullable = true},
       [](const ListedProvider& each) {
         return of_note(each, [](const NoteData& note) -> Field {
           return std::to_string(note.abi_major) + "." + std::to_string(note.abi_minor);
         });
       }},
      {{.name = "path", .help = "file on the host; its name alone for others than who runs the host"},
       [](const ListedProvider& each) -> Field { return without(each.hidden_folders, each.info.path.string()); }},
      {{.name = "sha256", .nullable = true, .only_in_data = true},
       [](const ListedProvider& each) { return text_or_absent(each.info.sha256); }},
      {{.name = "rows", .type = FieldType::list, .help = "row patterns", .count_in_table = true},
       [](const ListedProvider& each) -> Field {
         return each.provider == nullptr ? std::vector<std::string>() : row_patterns(*each.provider);
       }},
      {{.name = "deps", .type = FieldType::list, .help = "interfaces it needs", .count_in_table = true},
       [](const ListedProvider& each) -> Field { return needed_ids(each.info, each.provider); }},
      {{.name = "auth", .type = FieldType::list, .help = "ways to connect an account"},
       [](const ListedProvider& each) -> Field { return auth_ways(each.provider); }},
      {{.name = "code", .nullable = true, .help = "the loader's code of the reason", .only_in_data = true},
       [](const ListedProvider& each) { return of_rejection(each, [](const Rejection& why) { return why.code; }); }},
      {{.name = "reason", .nullable = true, .help = "why it is not loaded"},
       [](const ListedProvider& each) { return of_rejection(each, [](const Rejection& why) { return why.reason; }); }},
      {{.name = "remedy", .nullable = true, .help = "what to do about that"},
       [](const ListedProvider& each) { return of_rejection(each, [](const Rejection& why) { return why.remedy; }); }},
  };
  return all;
}

const Columns<ListedProvider>& detailed_columns() {
  static const auto all = provider_columns().and_then({
      {{.name = "title", .nullable = true},
       [](const ListedProvider& each) {
         return of_note(each, [](const NoteData& note) { return text_or_absent(note.title); });
       }},
      {{.name = "features", .type = FieldType::list},
       [](const ListedProvider& each) -> Field {
         return each.info.note ? each.info.note->features : std::vector<std::string>();
       }},
      {{.name = "opens", .type = FieldType::list, .help = "what it opens itself: files, sockets"},
       [](const ListedProvider& each) -> Field {
         return each.info.note ? opened(*each.info.note) : std::vector<std::string>();
       }},
      {{.name = "reads",
        .type = FieldType::list,
        .help = "files and folders it reads beside those that its accounts' settings name"},
       [](const ListedProvider& each) -> Field {
         return each.info.note ? each.info.note->reads : std::vector<std::string>();
       }},
      {{.name = "integrations", .type = FieldType::json, .help = "account types with their settings"},
       [](const ListedProvider& each) -> Field { return Json{integrations_json(each.provider)}; }},
  });
  return all;
}

// The list is there, and not all of it is as it should be: whoever looks only at the exit code learns it, too. A
// provider that was set aside on the operator's word is no surprise.
std::optional<Error> refused_of(const std::vector<ProviderInfo>& files) {
  constexpr std::size_t most_named = 20;
  std::string names;
  std::size_t count = 0;
  for (const auto& info : files) {
    if (info.state != ProviderState::rejected) continue;
    if (++count <= most_named) names += (names.empty() ? "" : ", ") + info.path.filename().string();
  }
  if (count > most_named) names += " and " + std::to_string(count - most_named) + " more";
  if (count == 0) return std::nullopt;
  auto e = fail(ErrorCode::unspecified, ErrorClass::config,
                std::to_string(count) + (count == 1 ? " provider was refused: " : " providers were refused: ") + names,
                "provider_refused")
               .value();
  e.remedy = "the list says why and what to do for each; remove the files that are not meant to be loaded";
  return e;
}

Result<Output> list_providers(Context& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto report, ctx.parts.boot());
  Output out;
  out.columns = provider_columns().columns();
  std::vector<const ProviderInfo*> files;
  for (const auto& info : report.providers) files.push_back(&info);
  std::stable_sort(files.begin(), files.end(),
                   [](const ProviderInfo* a, const ProviderInfo* b) { return a->id() < b->id(); });
  const auto hidden = folders_to_hide(ctx, report);
  for (const auto* info : files)
    out.records.push_back(provider_columns().record({*info, loaded_from(report, *info), hidden}));
  if (report.providers.empty())
    out.notes.emplace_back("no provider in any plugin folder; {op:doctor} names the folders");
  if (!report.ok)
    out.then = boot_error(report);
  else if (auto refused = refused_of(report.providers))
    out.then = std::move(*refused);
  return out;
}

Result<Output> show_provider(Context& ctx, const Args& args) {
  TENTO_TRY_ASSIGN(const auto report, ctx.parts.boot());
  const auto wanted = args.text("id");
  Output out;
  out.columns = detailed_columns().columns();
  std::vector<std::string> ids;
  const auto hidden = folders_to_hide(ctx, report);
  for (const auto& info : report.providers) {
    ids.push_back(info.id());
    if (info.id() != wanted) continue;
    out.records.push_back(detailed_columns().record({info, loaded_from(report, info), hidden}));
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

const Columns<ProviderChange>& change_columns() {
  static const Columns<ProviderChange> all{
      {{.name = "id"}, [](const ProviderChange& each) -> Field { return each.info.id(); }},
      {{.name = "change",
        .help = "added, replaced, removed, refused, or set_aside: there is a newer version, or the same file twice"},
       [](const ProviderChange& each) -> Field { return std::string(to_string(each.kind)); }},
      {{.name = "version", .nullable = true},
       [](const ProviderChange& each) { return each.info.note ? text_or_absent(each.info.note->version) : Field(); }},
      {{.name = "before", .nullable = true, .help = "version that was replaced"},
       [](const ProviderChange& each) { return text_or_absent(each.version_before); }},
      {{.name = "path", .help = "file on the host"},
       [](const ProviderChange& each) -> Field { return each.info.path.string(); }},
      {{.name = "code", .nullable = true, .help = "the loader's code of the reason"},
       [](const ProviderChange& each) {
         return each.info.rejection ? text_or_absent(each.info.rejection->code) : Field();
       }},
      {{.name = "reason", .nullable = true, .help = "why it is not loaded"},
       [](const ProviderChange& each) {
         return each.info.rejection ? text_or_absent(each.info.rejection->reason) : Field();
       }},
      {{.name = "remedy", .nullable = true, .help = "what to do about that"},
       [](const ProviderChange& each) {
         return each.info.rejection ? text_or_absent(each.info.rejection->remedy) : Field();
       }},
  };
  return all;
}

Result<Output> reload_providers(Context& ctx, const Args&) {
  TENTO_TRY_ASSIGN(const auto changes, ctx.parts.reload_providers());
  Output out;
  out.columns = change_columns().columns();
  std::vector<ProviderInfo> files;
  for (const auto& change : changes) {
    out.records.push_back(change_columns().record(change));
    files.push_back(change.info);
  }
  if (changes.empty()) out.notes.emplace_back("nothing changed; {op:provider list} shows every file");
  if (auto refused = refused_of(files)) out.then = std::move(*refused);
  return out;
}

}  // namespace

std::vector<Operation> provider_operations() {
  return {
      {"provider",
       "list",
       Scope::read,
       Authority::user,
       {},
       list_providers,
       "list every provider file, loaded and rejected, with the reason and what to do",
       {Method::get, "/api/providers"},
       {.columns = provider_columns().columns(), .list = "providers"},
       Answers::at_once},
      {"provider",
       "show",
       Scope::read,
       Authority::user,
       {{.name = "id", .help = "provider id", .positional = true, .required = true, .value_name = "ID"}},
       show_provider,
       "show one provider: its rows, needs, accounts and settings",
       {Method::get, "/api/providers/{id}"},
       {.columns = detailed_columns().columns(), .single = true, .list = "providers"},
       Answers::at_once},
      {"provider",
       "reload",
       Scope::admin,
       Authority::host,
       {},
       reload_providers,
       "take new, replaced and removed provider files over without a restart, and list what changed",
       {Method::post, "/api/providers/reload"},
       {.columns = change_columns().columns(), .list = "changes"}},
  };
}

}  // namespace tento::host
