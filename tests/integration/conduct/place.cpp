// SPDX-License-Identifier: Apache-2.0
// Contexts out of descriptors.
#include "place.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "host/loader/descriptors.hpp"

namespace tento::conduct {
namespace {

std::string settings_of(const tento_auth& auth, const std::string& folder) {
  boost::json::object out;
  for (const tento_setting* setting : host::settings(auth)) {
    const std::string name(view(setting->name));
    switch (setting->type) {
      case TENTO_SETTING_INTEGER:
      case TENTO_SETTING_NUMBER:
        out[name] = 1;
        break;
      case TENTO_SETTING_BOOLEAN:
        out[name] = false;
        break;
      case TENTO_SETTING_LIST:
        out[name] = boost::json::array();
        break;
      case TENTO_SETTING_PATH:
        out[name] = folder;
        break;
      case TENTO_SETTING_URL:
        out[name] = "https://service.invalid/";
        break;
      case TENTO_SETTING_CHOICE:
        if (setting->choice_count > 0) out[name] = view(setting->choices[0]);
        break;
      case TENTO_SETTING_SECRET:
        break;  // the vault's
      default:
        out[name] = setting->default_value.size > 0 ? view(setting->default_value) : "x";
        break;
    }
  }
  return boost::json::serialize(out);
}

}  // namespace

Place::Place(const tento_lookup* deps, const tento_integration& integration, const tento_row* row,
             const std::string& folder, const std::string& salt)
    : auth_id_("conduct-" + salt),
      settings_(integration.auth != nullptr ? settings_of(*integration.auth, folder) : "") {
  const std::string_view account = view(integration.account_param);
  std::vector<std::pair<std::string_view, std::string>> named;
  if (row != nullptr) {
    const std::string_view pattern = view(row->pattern);
    std::size_t at = 0;
    for (std::size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', at)) {
      const std::size_t close = pattern.find('}', open);
      const std::string_view name = pattern.substr(open + 1, close - open - 1);
      named.emplace_back(name, name == account ? auth_id_ : std::string(name) + "-" + salt);
      key_ += std::string(pattern.substr(at, open - at)) + named.back().second;
      at = close + 1;
    }
    key_ += pattern.substr(at);
  } else if (!account.empty()) {
    named.emplace_back(account, auth_id_);
  }
  texts_.reserve(named.size());
  for (auto& [name, value] : named) {
    texts_.push_back(std::move(value));
    params_.push_back({str(name), str(texts_.back())});
  }
  for (std::size_t i = 0; i < key_.size(); ++i) row_id_.bytes[i % 16] ^= static_cast<std::uint8_t>(key_[i]);
  owner_ = {sizeof owner_, 0, {{1, 2, 3}}, str("someone"), str("Europe/Berlin")};
  actor_ = {sizeof actor_, TENTO_ACTOR_USER, {{1, 2, 3}}, str("someone")};
  if (integration.auth != nullptr) {
    account_.struct_size = sizeof account_;
    account_.state = TENTO_ACCOUNT_PROVISIONAL;
    account_.kind = integration.auth->kind;
    account_.auth_id = str(auth_id_);
    account_.label = str("An account");
    account_.time_zone = owner_.time_zone;
    account_.settings_json = str(settings_);
    account_.expires_unix_us = INT64_MAX;
    account_.generation = 1;
  }
  call_.struct_size = sizeof call_;
  call_.id = 1;
  call_.deadline_ns = INT64_MAX;
  call_.deps = deps;
  call_.owner = &owner_;
  call_.actor = &actor_;
  call_.account = integration.auth != nullptr ? &account_ : nullptr;
  call_.check = [](const tento_call*) noexcept -> tento_check { return TENTO_CHECK_GO; };
  row_ = {sizeof row_, 0, &call_, row, &row_id_, str(key_), params_.data(), params_.size()};
  integration_ = {sizeof integration_, 0, &call_, &integration, params_.data(), params_.size()};
}

}  // namespace tento::conduct
