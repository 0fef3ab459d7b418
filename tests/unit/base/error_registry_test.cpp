// SPDX-License-Identifier: Apache-2.0
// The registry of error tags: its own form, and what it says of errors with and without an entry.
#include "host/base/error_registry.hpp"

#include <doctest/doctest.h>

namespace {

using tento::Error;
using tento::ErrorClass;
using tento::ErrorCode;
using namespace tento::host;

Error error_of(ErrorCode code, ErrorClass error_class = ErrorClass::config, std::string tag = {}) {
  Error e;
  e.code = code;
  e.error_class = error_class;
  e.tag = std::move(tag);
  return e;
}

}  // namespace

TEST_CASE("every entry has a tag of the contract's grammar, two sentences, a status and an exit code") {
  for (const auto& kind : error_registry()) {
    CAPTURE(kind.tag);
    CHECK(!kind.tag.empty());
    CHECK(kind.tag.size() <= 63);
    CHECK(kind.tag.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos);
    CHECK(kind.meaning.ends_with('.'));
    CHECK(kind.remedy.size() > 5);
    // In the words of no face.
    for (const auto text : {kind.meaning, kind.remedy}) {
      CHECK(text.find("--") == std::string_view::npos);
      CHECK(text.find("`tento ") == std::string_view::npos);
    }
    CHECK(kind.http_status >= 400);
    CHECK(kind.http_status < 600);
    CHECK((kind.exit_code == 130 || kind.exit_code == 78 || (kind.exit_code >= 1 && kind.exit_code <= 5)));
    CHECK(find_error_kind(kind.tag) == &kind);
  }
  for (const auto* tag : {"", "a", "zzz", "whoop_auth_expired", "usag", "usages"})
    CHECK(find_error_kind(tag) == nullptr);
}

TEST_CASE("every code has an entry, for errors without a tag") {
  for (const auto code :
       {ErrorCode::unspecified, ErrorCode::invalid_argument, ErrorCode::forbidden, ErrorCode::not_found,
        ErrorCode::unsupported, ErrorCode::conflict, ErrorCode::too_large, ErrorCode::invalid_data,
        ErrorCode::auth_required, ErrorCode::rate_limited, ErrorCode::upstream, ErrorCode::io, ErrorCode::exception}) {
    const auto* kind = find_error_kind(code_name(code));
    CAPTURE(code_name(code));
    REQUIRE(kind != nullptr);
    CHECK(http_status_of(error_of(code)) == kind->http_status);
  }
  CHECK(tag_or_code(error_of(ErrorCode::io)) == "io");
  CHECK(tag_or_code(error_of(ErrorCode::io, ErrorClass::config, "config")) == "config");
}

TEST_CASE("a tag decides, whatever the code is") {
  const std::pair<const char*, unsigned> statuses[] = {
      {"unauthorized", 401},     {"precondition_failed", 412}, {"not_acceptable", 406},
      {"verb_unsupported", 405}, {"cursor_expired", 410},      {"deadline_exceeded", 504},
      {"boot_check", 503},       {"shutting_down", 503},       {"quarantined", 503}};
  for (const auto& each : statuses) {
    CAPTURE(each.first);
    CHECK(http_status_of(error_of(ErrorCode::conflict, ErrorClass::internal, each.first)) == each.second);
  }
  const std::pair<const char*, int> exits[] = {
      {"usage", 2},       {"invalid_key", 2},        {"no_such_stage", 2},  {"config", 78},
      {"boot_check", 78}, {"vault_key_missing", 78}, {"no_such_user", 1},   {"bad_client_secret", 78},
      {"partial", 5},     {"bad_token", 3},          {"budget_used_up", 4}, {"interrupted", 130}};
  for (const auto& each : exits) {
    CAPTURE(each.first);
    CHECK(exit_code_of(error_of(ErrorCode::unspecified, ErrorClass::config, each.first)) == each.second);
  }
}

TEST_CASE("a provider's own tag is judged by code and class") {
  const auto status = [](ErrorCode code, ErrorClass error_class) {
    return http_status_of(error_of(code, error_class, "whoop_something"));
  };
  CHECK(status(ErrorCode::invalid_argument, ErrorClass::config) == 400);
  CHECK(status(ErrorCode::invalid_argument, ErrorClass::provider) == 422);
  CHECK(status(ErrorCode::auth_required, ErrorClass::auth) == 424);
  CHECK(status(ErrorCode::unspecified, ErrorClass::transient) == 503);
  CHECK(status(ErrorCode::unspecified, ErrorClass::internal) == 500);
  const auto exit_code = [](ErrorCode code, ErrorClass error_class) {
    return exit_code_of(error_of(code, error_class, "whoop_something"));
  };
  CHECK(exit_code(ErrorCode::auth_required, ErrorClass::provider) == 3);
  CHECK(exit_code(ErrorCode::upstream, ErrorClass::auth) == 3);
  CHECK(exit_code(ErrorCode::rate_limited, ErrorClass::rate_limit) == 4);
  CHECK(exit_code(ErrorCode::upstream, ErrorClass::rate_limit) == 4);
  CHECK(exit_code(ErrorCode::upstream, ErrorClass::provider) == 1);
}

TEST_CASE("an error that stands for another one ends the program as that one would") {
  CHECK(exit_code_of(error_of(ErrorCode::unspecified, ErrorClass::auth, "stage_before_failed")) == 3);
  CHECK(exit_code_of(error_of(ErrorCode::unspecified, ErrorClass::transient, "stage_before_failed")) == 1);
}
