// SPDX-License-Identifier: Apache-2.0
// The texts of those errors.
#include "host/store/memory/refusals.hpp"

#include <string>

namespace tento::host::memory {

ErrorBuilder no_such_account(const AccountKey& account) {
  return error(ErrorCode::not_found, ErrorClass::config,
               "there is no account `" + account.auth_id + "` of provider `" + account.provider + "`. Connect it first")
      .tag("no_such_account")
      .remedy("connect the account");
}

ErrorBuilder no_such_row(const Uuid& row) {
  return error(ErrorCode::not_found, ErrorClass::internal,
               "the store has no row " + row.text() + ". It was purged meanwhile, or never made")
      .tag("no_such_row")
      .remedy("make the row first");
}

ErrorBuilder no_such_user() {
  return error(ErrorCode::not_found, ErrorClass::config, "there is no such user. `user list` shows those there are")
      .tag("no_such_user")
      .remedy("list the users");
}

ErrorBuilder no_such(std::string_view what, std::string_view id, std::string_view tag) {
  return error(ErrorCode::not_found, ErrorClass::config,
               "there is no " + std::string(what) + ' ' + std::string(id) + ". List those there are")
      .tag(std::string(tag))
      .remedy("list what there is");
}

ErrorBuilder broken_rule(std::string_view what) {
  return error(ErrorCode::unspecified, ErrorClass::internal,
               "the store refuses a write: " + std::string(what) + ". This is a defect of the host: report it")
      .tag("store_internal")
      .remedy("report it");
}

}  // namespace tento::host::memory
