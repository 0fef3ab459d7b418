// SPDX-License-Identifier: Apache-2.0
// What the host's own interfaces have in common, and the list of them.
#include "host/capability/standard_deps.hpp"

#include <array>
#include <exception>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/text.hpp"

namespace tento::host {
namespace {

std::array<std::pair<const char*, const void*>, 8> standard() {
  return {{{TENTO_IFACE_ID_tento_backend, &backend_vtable()},
           {TENTO_IFACE_ID_tento_sync_state, &sync_state_vtable()},
           {TENTO_IFACE_ID_tento_user_auth, &user_auth_vtable()},
           {TENTO_IFACE_ID_tento_api_context, &api_context_vtable()},
           {TENTO_IFACE_ID_tento_http, &http_vtable()},
           {TENTO_IFACE_ID_tento_log, &log_vtable()},
           {TENTO_IFACE_ID_tento_clock, &clock_vtable()},
           {TENTO_IFACE_ID_tento_progress, &progress_vtable()}}};
}

}  // namespace

bool is_standard_vtable(const void* vtable) {
  for (const auto& [id, known] : standard()) {
    if (vtable == known) return true;
  }
  return false;
}

Error forbidden(const ProviderPort& port, const std::string& what) {
  port.log(LogLevel::warn, "forbidden: " + what);
  Error error;
  error.code = ErrorCode::forbidden;
  error.error_class = ErrorClass::internal;
  error.message = what;
  error.tag = "forbidden";
  return error;
}

Result<void> check_outside_of_sinks(const ProviderPort& port, const CallContext& context) {
  if (!context.in_sink()) return {};
  const std::string what =
      "called a dep inside a sink that it had handed to a dep: it has to gather there, and call afterwards";
  port.log(LogLevel::warn, what);
  return fail(ErrorCode::invalid_argument, ErrorClass::internal, port.id() + " " + what, "dep_in_sink");
}

tento_status answer(const Result<void>& result, tento_error* err) noexcept {
  return result ? static_cast<tento_status>(TENTO_OK) : to_status(result.error(), err);
}

tento_status answer_exception(ProviderPort& port, tento_error* err) noexcept {
  try {
    std::string what = "unknown";
    try {
      throw;
    } catch (const std::exception& e) {
      what = plain(e.what());
    } catch (...) {
    }
    port.log(LogLevel::error, "the host failed inside a dep: " + what);
    Error error;
    error.code = ErrorCode::exception;
    error.message = "the host failed: " + what;
    return to_status(error, err);
  } catch (...) {
    // Not even memory for the words.
    return to_status(Error{}, err);
  }
}

Result<void> register_standard_deps(DepsRegistry& registry) {
  for (const auto& [id, vtable] : standard()) TENTO_TRY(registry.register_deps(id, vtable, nullptr));
  return {};
}

}  // namespace tento::host
