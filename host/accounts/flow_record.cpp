// SPDX-License-Identifier: Apache-2.0
// A flow as a JSON document.
#include "host/accounts/flow_record.hpp"

#include <simdjson.h>

#include <boost/json.hpp>

namespace tento::host {

Secret Flows::Kept::text() const {
  boost::json::object out;
  out["provider"] = wish.provider;
  out["integration"] = wish.integration;
  out["auth_id"] = wish.auth_id;
  out["reconnect"] = wish.reconnect;
  out["label"] = wish.label;
  out["zone"] = wish.time_zone;
  out["settings"] = wish.settings_json;
  out["check"] = wish.check;
  out["return"] = wish.return_to;
  out["state"] = state;
  out["verifier"] = verifier;
  out["nonce"] = nonce;
  out["redirect_uri"] = redirect_uri;
  out["scopes"] = scopes;
  out["device_code"] = device_code;
  out["interval_s"] = interval_s;
  out["expires_us"] = expires_us;
  return Secret(boost::json::serialize(out));
}

Result<Flows::Kept> Flows::Kept::from(const Secret& text) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const simdjson::padded_string padded(text.text());
  if (parser.parse(padded).get(root) != simdjson::SUCCESS)
    return fail(ErrorCode::invalid_data, ErrorClass::internal, "what is kept of a connection under way is no JSON");
  const auto read = [&](const char* name, std::string& into) {
    std::string_view value;
    if (root[name].get(value) == simdjson::SUCCESS) into = value;
  };
  Kept out;
  read("provider", out.wish.provider);
  read("integration", out.wish.integration);
  read("auth_id", out.wish.auth_id);
  read("label", out.wish.label);
  read("zone", out.wish.time_zone);
  read("settings", out.wish.settings_json);
  read("return", out.wish.return_to);
  read("state", out.state);
  read("verifier", out.verifier);
  read("nonce", out.nonce);
  read("redirect_uri", out.redirect_uri);
  read("scopes", out.scopes);
  read("device_code", out.device_code);
  bool flag = false;
  if (root["reconnect"].get(flag) == simdjson::SUCCESS) out.wish.reconnect = flag;
  if (root["check"].get(flag) == simdjson::SUCCESS) out.wish.check = flag;
  std::int64_t number = 0;
  if (root["interval_s"].get(number) == simdjson::SUCCESS) out.interval_s = number;
  if (root["expires_us"].get(number) == simdjson::SUCCESS) out.expires_us = number;
  return out;
}

}  // namespace tento::host
