// SPDX-License-Identifier: Apache-2.0
// What a flow keeps sealed, as text for the vault.
#pragma once

#include <string>

#include <tento/sdk/result.hpp>

#include "host/accounts/flows.hpp"

namespace tento::host {

struct Flows::Kept {
  AuthorizationRequest request;
  std::string state;
  std::string verifier;
  std::string nonce;  // empty = no id token is asked for
  std::string redirect_uri;
  std::string scopes;       // that are asked for
  std::string device_code;  // of a device flow
  std::int64_t interval_s = 5;
  std::int64_t expires_us = 0;

  [[nodiscard]] Secret text() const;
  static Result<Kept> from(const Secret& text);
};

}  // namespace tento::host
