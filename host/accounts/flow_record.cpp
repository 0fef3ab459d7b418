// SPDX-License-Identifier: Apache-2.0
// A flow as a JSON document.
#include "host/accounts/flow_record.hpp"

#include <simdjson.h>

#include <boost/json.hpp>

namespace tento::host {

Secret Flows::Kept::text() const {
  boost::json::object out;
  out["provider"] = request.provider;
  out["integration"] = request.integration;
  out["auth_id"] = request.auth_id;
  out["reconnect"] = request.reconnect;
  out["label"] = request.label;
  out["zone"] = request.time_zone;
  out["settings"] = request.settings_json;
  out["check"] = request.check;
  out["return"] = request.return_to;
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
    return fail(ErrorCode::invalid_data, ErrorClass::internal,
                "what is kept of a connection under way is not valid JSON");
  const auto read = [&](const char* name, std::string& into) {
    std::string_view value;
    if (root[name].get(value) == simdjson::SUCCESS) into = value;
  };
  Kept out;
  read("provider", out.request.provider);
  read("integration", out.request.integration);
  read("auth_id", out.request.auth_id);
  read("label", out.request.label);
  read("zone", out.request.time_zone);
  read("settings", out.request.settings_json);
  read("return", out.request.return_to);
  read("state", out.state);
  read("verifier", out.verifier);
  read("nonce", out.nonce);
  read("redirect_uri", out.redirect_uri);
  read("scopes", out.scopes);
  read("device_code", out.device_code);
  bool flag = false;
  if (root["reconnect"].get(flag) == simdjson::SUCCESS) out.request.reconnect = flag;
  if (root["check"].get(flag) == simdjson::SUCCESS) out.request.check = flag;
  std::int64_t number = 0;
  if (root["interval_s"].get(number) == simdjson::SUCCESS) out.interval_s = number;
  if (root["expires_us"].get(number) == simdjson::SUCCESS) out.expires_us = number;
  return out;
}

}  // namespace tento::host
