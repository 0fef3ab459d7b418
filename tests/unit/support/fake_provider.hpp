// SPDX-License-Identifier: Apache-2.0
// A provider made of C function tables in this program, for tests of what stands above the loader.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/loader/provider.hpp"

namespace tento::host::testing {

inline tento_str text(const std::string& s) {
  return {s.data(), s.size()};
}

struct FakeIntegration {
  std::string id, account_param, kind;
  tento_auth auth{};
  std::deque<std::string> texts;
  std::deque<tento_row> rows;
  std::vector<const tento_row*> row_list;
  std::vector<tento_need> needs;
  tento_integration abi{};

  tento_row& add_row(const std::string& pattern, std::uint32_t verbs) {
    tento_row& row = rows.emplace_back();
    row.struct_size = sizeof row;
    row.verbs = verbs;
    row.pattern = text(texts.emplace_back(pattern));
    row.label.text = text(texts.emplace_back("a-row"));
    row.type = TENTO_STR("data");
    return row;
  }
};

class FakeProvider final : public Provider {
 public:
  // The prefix is `~<id>`.
  explicit FakeProvider(std::string id) {
    note_.id = std::move(id);
    note_.version = "1.2.3";
    note_.abi_major = 1;
    note_.prefixes = {"~" + note_.id};
  }
  FakeIntegration& add(std::string id, std::string account_param = "") {
    FakeIntegration& made = integrations_.emplace_back();
    made.id = std::move(id);
    made.account_param = std::move(account_param);
    made.kind = note_.id;
    made.auth.struct_size = sizeof made.auth;
    made.auth.kind = text(made.kind);
    return made;
  }
  // Fixes the tables; nothing is added afterwards.
  std::shared_ptr<FakeProvider> seal(std::shared_ptr<FakeProvider> self) {
    for (FakeIntegration& i : integrations_) {
      for (const tento_row& row : i.rows) i.row_list.push_back(&row);
      i.abi.struct_size = sizeof i.abi;
      i.abi.id = text(i.id);
      i.abi.account_param = text(i.account_param);
      i.abi.auth = i.account_param.empty() ? nullptr : &i.auth;
      i.abi.rows = i.row_list.data();
      i.abi.row_count = i.row_list.size();
      i.abi.needs = i.needs.data();
      i.abi.need_count = i.needs.size();
      list_.push_back(&i.abi);
    }
    api_.struct_size = sizeof api_;
    api_.integrations = list_.data();
    api_.integration_count = list_.size();
    return self;
  }

  const NoteData& note() const override { return note_; }
  NoteData& edit_note() { return note_; }
  tento_provider* instance() const override { return reinterpret_cast<tento_provider*>(state); }
  const tento_connector_api& connector() const override { return api_; }
  const tento_sync_api* sync_api() const override { return sync; }
  std::filesystem::path file() const override { return "/plugins/tento-" + note_.id + ".so"; }
  void destroy() override { ++destroyed; }

  void* state = nullptr;  // what slots get as their tento_provider
  const tento_sync_api* sync = nullptr;
  int destroyed = 0;

 private:
  NoteData note_;
  std::deque<FakeIntegration> integrations_;
  std::vector<const tento_integration*> list_;
  tento_connector_api api_{};
};

}  // namespace tento::host::testing
