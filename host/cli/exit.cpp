// SPDX-License-Identifier: Apache-2.0
// Errors as exit codes and as text.
#include "host/cli/exit.hpp"

#include "host/accounts/vault.hpp"
#include "host/config/config.hpp"
#include "host/operations/context.hpp"
#include "host/operations/problem.hpp"
#include "host/operations/rows.hpp"

namespace tento::cli {

int exit_code(const Error& error) {
  if (error.tag == host::interrupted_tag) return exit_interrupted;
  if (error.tag == host::usage_tag || error.tag == "invalid_key" || error.tag == "no_such_stage") return exit_usage;
  if (error.tag == host::config_tag || error.tag == host::boot_tag ||
      error.tag.starts_with(host::Vault::key_error_tag) || error.tag == "no_oauth_client" ||
      error.tag == "bad_client_secret")
    return exit_config;
  if (error.tag == host::partial_tag) return exit_partial;
  if (error.error_class == ErrorClass::auth || error.code == ErrorCode::auth_required) return exit_auth;
  if (error.error_class == ErrorClass::rate_limit || error.code == ErrorCode::rate_limited) return exit_rate_limit;
  return exit_failed;
}

std::string error_text(const Error& error, std::string_view what, bool json) {
  if (json) return host::problem_json(error, what) + "\n";
  std::string out = "tento: ";
  if (!what.empty()) out += std::string(what) + ": ";
  out += error.message.empty() ? std::string(host::code_name(error.code)) : error.message;
  out += '\n';
  if (error.retry_after_ms >= 0) out += "  retry after " + std::to_string((error.retry_after_ms + 999) / 1000) + " s\n";
  if (!error.remedy.empty()) out += "  remedy: " + error.remedy + "\n";
  return out;
}

}  // namespace tento::cli
