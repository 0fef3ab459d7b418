// SPDX-License-Identifier: Apache-2.0
// Causes as codes, classes, tags and actions.
#include "errors.hpp"

namespace tento::git {
namespace {

struct Meaning {
  ErrorCode code;
  ErrorClass error_class;
  const char* tag;
  const char* remedy;
};

Meaning meaning(gitlog::Cause cause) {
  using gitlog::Cause;
  switch (cause) {
    case Cause::no_repository:
      return {ErrorCode::not_found, ErrorClass::config, "git_no_repository", "fix_path"};
    case Cause::not_owned:
      return {ErrorCode::forbidden, ErrorClass::config, "git_not_owned", "trust_repository"};
    case Cause::unsupported:
      return {ErrorCode::unsupported, ErrorClass::config, "git_unsupported_format", "clone_again"};
    case Cause::permission:
      return {ErrorCode::forbidden, ErrorClass::config, "git_no_permission", "grant_access"};
    case Cause::missing_object:
    case Cause::left_out:
    case Cause::bad_object:
      return {ErrorCode::invalid_data, ErrorClass::provider, "git_missing_object", "repair"};
    case Cause::bad_reference:
      return {ErrorCode::invalid_argument, ErrorClass::config, "git_bad_reference", "fix_refs"};
    case Cause::stopped:
    case Cause::io:
      break;
  }
  return {ErrorCode::io, ErrorClass::transient, "git_io", "retry"};
}

}  // namespace

Error to_error(const gitlog::Error& error) {
  if (error.cause == gitlog::Cause::stopped) return stopped().value();
  const Meaning means = meaning(error.cause);
  Error out;
  out.code = means.code;
  out.error_class = means.error_class;
  out.message = error.remedy.empty() ? error.message : error.message + " " + error.remedy;
  out.tag = means.tag;
  out.remedy = means.remedy;
  return out;
}

}  // namespace tento::git
