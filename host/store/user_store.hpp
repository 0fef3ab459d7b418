// SPDX-License-Identifier: Apache-2.0
// The users of a store: who has rows, accounts and tokens.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/uuid.hpp>

#include "host/model/moments.hpp"
#include "host/model/user.hpp"

namespace tento::host {

// Whose time zone is meant: a user's, or with a provider that of one account.
struct ZoneSubject {
  Uuid owner;
  std::string provider;
  std::string auth_id;
};

// Takes one line of JSON. False = enough.
using JsonLine = std::function<bool(std::string_view line)>;

class UserStore {
 public:
  virtual ~UserStore() = default;
  // The first one that was made; a new store makes one.
  virtual Result<UserRecord> default_user() = 0;
  virtual Result<std::vector<UserRecord>> all() = 0;  // oldest first
  virtual Result<std::optional<UserRecord>> find(const Uuid& id) = 0;
  virtual Result<std::optional<UserRecord>> find_by_name(std::string_view name) = 0;
  // Names are what stands in `[name]:...`: 1 to 128 bytes of UTF-8 without brackets, controls or outer blanks. Errors:
  // invalid_argument `bad_name`, conflict `name_taken`.
  virtual Result<UserRecord> add(std::string_view name, std::string_view time_zone) = 0;
  // The same rules for the new name. Errors as of add(), and not_found `no_such_user`. Gives the record as it is then.
  virtual Result<UserRecord> rename(const Uuid& id, std::string_view name) = 0;
  // A user without accounts and rows; else conflict `user_in_use`. The last one stays: conflict `last_user`.
  virtual Result<void> remove(const Uuid& id) = 0;
  // Everything of theirs, also on the disk's free pages; the audit log keeps that something happened, not who did it or
  // to what. Gives how many rows went.
  virtual Result<std::uint64_t> erase(const Uuid& id) = 0;
  // Everything of theirs but what accounts and tokens authenticate with.
  virtual Result<void> export_to(const Uuid& id, const JsonLine& line) = 0;
  // Changes a zone, and with it the moments of the stored cells that are dated by the calendar and counted in it: those
  // of the account, or of the user's rows whose account has no zone of its own. All of it or nothing. Gives how many
  // cells moved.
  virtual Result<std::uint64_t> set_zone(const ZoneSubject& subject, std::string_view zone,
                                         const MomentsOfCell& moments) = 0;
};

}  // namespace tento::host
