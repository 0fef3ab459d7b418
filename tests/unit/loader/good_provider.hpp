// SPDX-License-Identifier: Apache-2.0
// A provider linked into the test whose tables are all in order; each test breaks one thing of it.
#pragma once

#include <tento/abi.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/loader/static_provider.hpp"

namespace tento::host::test {

inline tento_str text(const char* value) {
  return {value, std::char_traits<char>::length(value)};
}

// Everything reachable from the entries, as one mutable value.
struct Good {
  std::array<tento_str, 1> after{text("viewport")};
  tento_stage viewport{sizeof(tento_stage), TENTO_STAGE_VIEWPORT, text("viewport"), nullptr, 0, text("")};
  tento_stage backfill{sizeof(tento_stage), TENTO_STAGE_BACKFILL, text("backfill"), after.data(), 1, text("account")};
  std::array<const tento_stage*, 2> stages{&viewport, &backfill};
  tento_sync_shape shape{sizeof(tento_sync_shape), 0, stages.data(), 2, 0, 0, 3600, 0};
  std::array<tento_translation, 1> translations{{{text("de"), text("Betreff")}}};
  tento_field title{sizeof(tento_field),
                    TENTO_FIELD_STRING,
                    TENTO_ROLE_TITLE,
                    0,
                    text("/subject"),
                    {text("Subject"), translations.data(), 1},
                    text("")};
  tento_field size{sizeof(tento_field), TENTO_FIELD_INTEGER,        TENTO_ROLE_VALUE, 0,
                   text("/size"),       {text("Size"), nullptr, 0}, text("By")};
  std::array<const tento_field*, 2> fields{&title, &size};
  std::array<tento_guard, 1> guards{{{text("operator"), TENTO_VERB_DELETE, 0}}};
  tento_row inbox{};
  tento_row counts{};
  std::array<const tento_row*, 2> rows{&inbox, &counts};
  std::array<tento_str, 1> scopes{text("mail.read")};
  tento_scope_group group{
      sizeof(tento_scope_group), 1, text("read"), {text("Read mail"), nullptr, 0}, scopes.data(), 1};
  std::array<const tento_scope_group*, 1> groups{&group};
  std::array<tento_str, 1> origins{text("https://mail.example.org")};
  std::array<tento_str, 2> choices{text("new"), text("old")};
  tento_setting order{};
  tento_setting limit{};
  std::array<const tento_setting*, 2> settings{&order, &limit};
  tento_auth auth{};
  std::array<tento_need, 2> needs{
      {TENTO_NEED(tento_backend, persist_cells), TENTO_NEED_FLAGS(tento_http, close, TENTO_NEED_OPTIONAL)}};
  tento_limit budget{
      sizeof(tento_limit), TENTO_LIMIT_APP, text("requests"), text("https://mail.example.org/"), 100, 60000, 0, 0};
  std::array<const tento_limit*, 1> limits{&budget};
  tento_integration mail{};
  std::array<const tento_integration*, 1> integrations{&mail};
  tento_connector_api connector{sizeof(tento_connector_api), 0, integrations.data(), 1};
  tento_sync_api sync{};
  tento_plugin_api plugin{};
  NoteData note{"mail", "1.2.3", "Mail", 1, 0, 0, {"~mail"}, {}, {"tento.backend/1"}, {"tento.http/1"}, {}, {}};
  ProviderEntries entries{};
  // What the entries answer, and what was called.
  const tento_plugin_api* plugin_answer = &plugin;
  const tento_connector_api* connector_answer = &connector;
  const tento_sync_api* sync_answer = &sync;
  bool create_throws = false;
  tento_status create_status = TENTO_OK;
  bool create_gives_null = false;
  int created = 0;
  int destroyed = 0;

  Good();
  Good(const Good&) = delete;
  Good& operator=(const Good&) = delete;
  ~Good();
};

// The one the entries answer for: an entry has no place for a context. Set by Good's constructor.
inline Good* current = nullptr;

inline tento_status slot_sync(tento_provider*, tento_client*, const tento_sync_ctx*, tento_sync_result*,
                              tento_error*) noexcept {
  return TENTO_OK;
}
inline tento_status slot_list(tento_provider*, tento_client*, const tento_read_ctx*, const tento_cell_sink*,
                              tento_error*) noexcept {
  return TENTO_OK;
}
inline tento_status slot_write(tento_provider*, tento_client*, const tento_write_ctx*, const tento_cell_sink*,
                               tento_error*) noexcept {
  return TENTO_OK;
}
inline tento_status slot_client(tento_provider*, const tento_integration_ctx*, tento_client** out,
                                tento_error*) noexcept {
  *out = nullptr;
  return TENTO_OK;
}
inline void slot_release(tento_provider*, tento_client*) noexcept {}

inline tento_status slot_create_throwing(const tento_lookup*, tento_provider** out, tento_error* error) {
  if (current->create_throws) throw std::runtime_error("no luck today");
  if (current->create_status == TENTO_FAILED) {
    *error = tento_error{};
    std::snprintf(error->message, sizeof error->message, "the licence file is missing");
    return TENTO_FAILED;
  }
  ++current->created;
  *out = current->create_gives_null ? nullptr : reinterpret_cast<tento_provider*>(current);
  return current->create_status;
}
inline void slot_destroy(tento_provider*) noexcept {
  ++current->destroyed;
}

inline Good::Good() {
  current = this;
  inbox.struct_size = sizeof inbox;
  inbox.verbs = TENTO_VERB_GET | TENTO_VERB_POST | TENTO_VERB_PATCH | TENTO_VERB_DELETE;
  inbox.pattern = text(":~mail:{authId}:inbox");
  inbox.label = {text("mail-inbox"), nullptr, 0};
  inbox.type = text("data");
  inbox.encoding = text("event.v1");
  inbox.fields = fields.data();
  inbox.field_count = fields.size();
  inbox.guards = guards.data();
  inbox.guard_count = guards.size();
  inbox.sync_shape = &shape;
  inbox.sync = &slot_sync;
  inbox.post = &slot_write;
  inbox.patch = &slot_write;
  inbox.remove = &slot_write;
  counts.struct_size = sizeof counts;
  counts.verbs = TENTO_VERB_GET;
  counts.pattern = text(":~mail:{authId}:counts");
  counts.label = {text("mail-counts"), nullptr, 0};
  counts.type = text("data");
  counts.list_cells = &slot_list;
  order.struct_size = sizeof order;
  order.type = TENTO_SETTING_CHOICE;
  order.name = text("order");
  order.default_value = text("new");
  order.choices = choices.data();
  order.choice_count = choices.size();
  limit.struct_size = sizeof limit;
  limit.type = TENTO_SETTING_INTEGER;
  limit.name = text("limit");
  limit.pattern = text("[0-9]{1,4}");
  auth.struct_size = sizeof auth;
  auth.how = TENTO_AUTH_OAUTH2;
  auth.grants = TENTO_GRANT_CODE | TENTO_GRANT_DEVICE;
  auth.inject = TENTO_INJECT_BEARER;
  auth.kind = text("mail");
  auth.authorize_url = text("https://mail.example.org/authorize");
  auth.token_url = text("https://mail.example.org/token");
  auth.device_url = text("https://mail.example.org/device");
  auth.id_pointer = text("/sub");
  auth.extra_params_json = text(R"({"prompt":"consent"})");
  auth.groups = groups.data();
  auth.group_count = groups.size();
  auth.origins = origins.data();
  auth.origin_count = origins.size();
  auth.expired_tag = text("mail_auth_expired");
  auth.settings = settings.data();
  auth.setting_count = settings.size();
  auth.colour = text("#aabbcc");
  mail.struct_size = sizeof mail;
  mail.id = text("Mail");
  mail.title = {text("Mail"), nullptr, 0};
  mail.account_param = text("authId");
  mail.auth = &auth;
  mail.rows = rows.data();
  mail.row_count = rows.size();
  mail.needs = needs.data();
  mail.need_count = needs.size();
  mail.limits = limits.data();
  mail.limit_count = limits.size();
  mail.client = &slot_client;
  mail.release = &slot_release;
  sync.struct_size = sizeof sync;
  plugin.struct_size = sizeof plugin;
  plugin.abi_picked = 1;
  plugin.id = text("mail");
  plugin.version = text("1.2.3");
  // A provider built as C++14 has slots that may throw behind the same address.
  plugin.create = reinterpret_cast<decltype(plugin.create)>(&slot_create_throwing);
  plugin.destroy = &slot_destroy;
  entries.plugin = [](std::uint32_t, std::uint32_t) noexcept { return current->plugin_answer; };
  entries.connector = [](tento_provider*) noexcept { return current->connector_answer; };
  entries.sync_plugin = [](tento_provider*) noexcept { return current->sync_answer; };
}
inline Good::~Good() {
  current = nullptr;
}

}  // namespace tento::host::test
