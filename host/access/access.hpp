// SPDX-License-Identifier: Apache-2.0
// From what a request carries to who it is and what they may do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/model/scope.hpp"
#include "host/store/store.hpp"

namespace tento::host {

// Who asks. As it is made, the person at the command line: everything, for the owner that the configuration names.
struct Principal {
  UserRecord owner;   // nil id = the configured one
  std::string name;   // the token's; empty without one
  std::string token;  // its id; empty without one
  std::string hash;   // of its text
  Scopes scopes = Scopes::everything();
  std::vector<std::string> prefixes;  // canonical; none = every row
  std::int64_t expires_us = INT64_MAX;
};

[[nodiscard]] inline bool allows(const Principal& principal, Scope scope) {
  return principal.scopes.has(scope);
}
// Whether a row of the principal's own owner may be used.
[[nodiscard]] bool allows_key(const Principal& principal, std::string_view canonical_key);

// Forbidden, tag `scope`.
[[nodiscard]] Error missing_scope(const Principal& principal, Scope scope, std::string_view doing);

// Turns tokens into principals. Thread-safe; a token that is known costs a hash and a look into memory.
class Access {
 public:
  // The store outlives it. Without a clock, the system's.
  explicit Access(Store& store, std::function<std::int64_t()> now_unix_us = {});

  // auth_required: `no_token` for an empty text, `bad_token` for one that is none or unknown, `token_expired`,
  // `token_revoked`. Revoking one in this process holds from its answer on. The answer is shared and does not change.
  Result<std::shared_ptr<const Principal>> authenticate(std::string_view token);
  // Whether what was authenticated before still holds; for streams that last.
  Result<void> still_holds(const Principal& principal);
  // Writes when tokens were last used, each at most once a minute: it waits for the disk, so no request does it. To be
  // called now and then, and at the end.
  Result<void> note_uses();

 private:
  struct Known {
    std::string hash;
    std::string id;
    std::shared_ptr<const Principal> principal;
    std::int64_t revoked_us = 0;
  };
  Result<std::shared_ptr<const Principal>> by_hash(const std::string& hash);
  Result<Known> look_up(const std::string& hash);
  Result<std::shared_ptr<const Principal>> admitted(const Known& known) const;

  Store& store_;
  std::function<std::int64_t()> now_unix_us_;
  std::mutex mutex_;
  std::uint64_t generation_ = 0;                  // what known_ was learnt under
  std::unordered_map<std::string, Known> known_;  // by hash; only tokens that exist
  struct Use {
    std::int64_t used_us = 0;
    std::int64_t written_us = 0;
  };
  std::unordered_map<std::string, Use> uses_;  // by token id
};

}  // namespace tento::host
