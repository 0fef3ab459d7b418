// SPDX-License-Identifier: Apache-2.0
// Made-up owner, account, row and parameters for one call, and the contexts that point to them.
#pragma once

#include <tento/connector.h>

#include <string>
#include <vector>

namespace tento::conduct {

class Place {
 public:
  // A provisional account of `integration`, whose settings are made of what it declares; paths lead to `folder`.
  // `row` may be null, for a call on the integration. Two values of `salt` give two accounts and two rows.
  Place(const tento_lookup* deps, const tento_integration& integration, const tento_row* row, const std::string& folder,
        const std::string& salt);
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  [[nodiscard]] const tento_row_ctx* row() const { return &row_; }
  [[nodiscard]] const tento_integration_ctx* integration() const { return &integration_; }

 private:
  std::string auth_id_, settings_, key_;
  std::vector<std::string> texts_;
  std::vector<tento_param> params_;
  tento_uuid row_id_{};
  tento_owner owner_{};
  tento_actor actor_{};
  tento_account account_{};
  tento_call call_{};
  tento_row_ctx row_{};
  tento_integration_ctx integration_{};
};

}  // namespace tento::conduct
