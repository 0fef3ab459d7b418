// SPDX-License-Identifier: Apache-2.0
// Tokens, the socket file, loopback.
#include "host/server/authentication.hpp"

#include <unistd.h>

#include "host/base/text.hpp"
#include "host/operations/perform.hpp"
#include "host/server/socket_file.hpp"
#include "host/server/uri.hpp"

namespace tento::host::server {
namespace {

Error unauthorized(std::string text) {
  auto e = fail(ErrorCode::auth_required, ErrorClass::auth, std::move(text), "unauthorized").value();
  e.remedy = "send Authorization: Bearer tento_pat_…; `tento token create` makes one";
  return e;
}

Caller user_named(std::string_view name) {
  Caller caller;
  caller.actor.kind = TENTO_ACTOR_USER;
  caller.actor.name = name;
  return caller;
}

// The socket file is this user's alone, and the kernel says who came through it.
Result<Caller> local_caller(const Directory& directory, const Request& request) {
  if (request.peer().uid != ::geteuid() && request.peer().uid != 0)
    return fail(unauthorized("user " + std::to_string(request.peer().uid) + " is not the user of this host"));
  Caller caller = user_named("local");
  if (const auto name = request.header(owner_header); !name.empty()) {
    TENTO_TRY_ASSIGN(const auto plain, percent_decoded(name));
    TENTO_TRY_ASSIGN(caller.principal.owner, directory.user_named(plain));
  }
  return caller;
}

}  // namespace

Result<Caller> authenticate(const Directory& directory, Access& access, const Request& request,
                            const RequestPolicy& policy) {
  if (request.peer().local) return local_caller(directory, request);
  const std::string_view header = request.header("Authorization");
  constexpr std::string_view bearer = "bearer ";
  if (header.size() > bearer.size() && lower(header.substr(0, bearer.size())) == bearer) {
    TENTO_TRY_ASSIGN(const auto principal, access.authenticate(header.substr(bearer.size())));
    return caller_of(principal);
  }
  const auto& address = request.peer().address;
  if (header.empty() && policy.open_loopback && (address == "127.0.0.1" || address == "::1"))
    return user_named("loopback");
  return fail(unauthorized(header.empty() ? "this needs a token" : "Authorization has no bearer token"));
}

}  // namespace tento::host::server
