// SPDX-License-Identifier: Apache-2.0
// The walk over integrations, rows, fields, shapes, auth, settings, limits, needs.
#include "descriptor_walk.hpp"

#include "host/loader/descriptors.hpp"

namespace tento::conduct {
namespace {

using namespace tento::host;

class Walk {
 public:
  explicit Walk(const Provider& provider) : provider_(provider) {}

  std::map<std::string, std::string> run() {
    const tento_connector_api& api = provider_.connector();
    table("connector", &api);
    list("connector.integrations", api.integrations, api.integration_count);
    for (const tento_integration* one : integrations(api)) integration(*one);
    if (provider_.sync_api() != nullptr) table("sync-plugin", provider_.sync_api());
    return std::move(seen_);
  }

 private:
  void bytes(const std::string& where, const void* at, std::size_t size) {
    seen_[where] = size == 0 ? std::string() : std::string(static_cast<const char*>(at), size);
  }
  template <class T>
  void table(const std::string& where, const T* at) {
    if (at != nullptr) bytes(where, at, at->struct_size);
  }
  template <class T>
  void list(const std::string& where, const T* first, std::uint64_t count) {
    bytes(where, first, static_cast<std::size_t>(count) * sizeof(T));
  }
  void text(const std::string& where, tento_str value) {
    bytes(where, value.data, static_cast<std::size_t>(value.size));
  }
  void label(const std::string& where, const tento_label& value) {
    text(where, value.text);
    list(where + ".translations", value.translations, value.translation_count);
    for (std::size_t i = 0; i < value.translation_count; ++i) {
      text(where + ".language " + std::to_string(i), value.translations[i].language);
      text(where + ".translation " + std::to_string(i), value.translations[i].text);
    }
  }
  void texts(const std::string& where, const tento_str* first, std::uint64_t count) {
    list(where, first, count);
    for (std::size_t i = 0; i < count; ++i) text(where + " " + std::to_string(i), first[i]);
  }

  void integration(const tento_integration& one) {
    const std::string at = "integration " + std::string(view(one.id));
    table(at, &one);
    text(at + ".id", one.id);
    label(at + ".title", one.title);
    text(at + ".account_param", one.account_param);
    list(at + ".needs", one.needs, one.need_count);
    for (const tento_need& need : needs(one)) text(at + ".need " + std::string(view(need.id)), need.id);
    list(at + ".limits", one.limits, one.limit_count);
    for (const tento_limit* limit : limits(one)) {
      const std::string here = at + ".limit " + std::string(view(limit->name));
      table(here, limit);
      text(here + ".name", limit->name);
      text(here + ".url_prefix", limit->url_prefix);
    }
    if (one.auth != nullptr) auth(at + ".auth", *one.auth);
    list(at + ".rows", one.rows, one.row_count);
    for (const tento_row* each : rows(one)) row(*each);
  }

  void auth(const std::string& at, const tento_auth& one) {
    table(at, &one);
    for (const auto& [name, value] : {std::pair{"inject_name", one.inject_name},
                                      {"inject_prefix", one.inject_prefix},
                                      {"kind", one.kind},
                                      {"issuer", one.issuer},
                                      {"authorize_url", one.authorize_url},
                                      {"token_url", one.token_url},
                                      {"device_url", one.device_url},
                                      {"revoke_url", one.revoke_url},
                                      {"userinfo_url", one.userinfo_url},
                                      {"id_pointer", one.id_pointer},
                                      {"label_pointer", one.label_pointer},
                                      {"scope_separator", one.scope_separator},
                                      {"extra_params_json", one.extra_params_json},
                                      {"expired_tag", one.expired_tag},
                                      {"icon_svg", one.icon_svg},
                                      {"colour", one.colour},
                                      {"docs_url", one.docs_url}})
      text(at + "." + name, value);
    label(at + ".card_title", one.card_title);
    label(at + ".card_text", one.card_text);
    texts(at + ".origins", one.origins, one.origin_count);
    list(at + ".groups", one.groups, one.group_count);
    for (const tento_scope_group* group : scope_groups(one)) {
      const std::string here = at + ".group " + std::string(view(group->name));
      table(here, group);
      text(here + ".name", group->name);
      label(here + ".help", group->help);
      texts(here + ".scopes", group->scopes, group->scope_count);
    }
    list(at + ".settings", one.settings, one.setting_count);
    for (const tento_setting* setting : settings(one)) {
      const std::string here = at + ".setting " + std::string(view(setting->name));
      table(here, setting);
      text(here + ".name", setting->name);
      label(here + ".label", setting->label);
      label(here + ".help", setting->help);
      text(here + ".default_value", setting->default_value);
      text(here + ".pattern", setting->pattern);
      texts(here + ".choices", setting->choices, setting->choice_count);
    }
  }

  void row(const tento_row& one) {
    const std::string at = "row " + std::string(view(one.pattern));
    table(at, &one);
    text(at + ".pattern", one.pattern);
    label(at + ".label", one.label);
    text(at + ".type", one.type);
    text(at + ".encoding", one.encoding);
    list(at + ".fields", one.fields, one.field_count);
    for (const tento_field* field : fields(one)) {
      const std::string here = at + ".field " + std::string(view(field->pointer));
      table(here, field);
      text(here + ".pointer", field->pointer);
      label(here + ".label", field->label);
      text(here + ".unit", field->unit);
    }
    list(at + ".guards", one.guards, one.guard_count);
    for (const tento_guard& guard : guards(one)) text(at + ".guard " + std::string(view(guard.name)), guard.name);
    if (one.sync_shape != nullptr) shape(at + ".sync_shape", *one.sync_shape);
    const tento_sync_shape* effective = effective_shape(provider_.instance(), provider_.sync_api(), one);
    if (effective != nullptr && effective != one.sync_shape) shape(at + ".shape of the sync-plugin", *effective);
  }

  void shape(const std::string& at, const tento_sync_shape& one) {
    table(at, &one);
    list(at + ".stages", one.stages, one.stage_count);
    for (const tento_stage* stage : stages(one)) {
      const std::string here = at + ".stage " + std::string(view(stage->name));
      table(here, stage);
      text(here + ".name", stage->name);
      text(here + ".lock", stage->lock);
      texts(here + ".after", stage->after, stage->after_count);
    }
  }

  const Provider& provider_;
  std::map<std::string, std::string> seen_;
};

}  // namespace

std::map<std::string, std::string> walk_descriptors(const Provider& provider) {
  return Walk(provider).run();
}

}  // namespace tento::conduct
