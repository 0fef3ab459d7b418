// SPDX-License-Identifier: Apache-2.0
/// @file record.hpp
/// What lists are made of: records as views into their page, and the few that are read as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>

namespace github {

/// Which kind of record a list holds: where its id and its date are.
enum class Kind : std::uint8_t {
  issue,         ///< `number`, `created_at`; pull requests are among them and have a member `pull_request`
  repository,    ///< `id`, `created_at`
  commit,        ///< `sha`, the committer's date, else the author's
  event,         ///< `id`, `created_at`
  notification,  ///< `id`, `updated_at`
};

/// One record. The views are good until its list fetches the next page; 64 readable bytes follow `json`.
struct Record {
  std::string_view id;               ///< what the service calls it
  tento::SemanticTime date;          ///< when it is
  std::string_view json;             ///< the service's own bytes
  std::string_view updated_at = {};  ///< of an issue: when it last changed, RFC 3339
  std::string_view home = {};        ///< of an issue: URL of its repository; of a repository: `owner/name`
};

/// A record that is not understood. It is kept out of its list, and the rest goes on.
struct OddRecord {
  std::string what;  ///< for people: `issue 7`, or where it stands in its list
  std::string why;   ///< what is wrong with it
  std::string id;    ///< what the service calls it; empty = that is not known
};

/// Who a token belongs to.
struct User {
  std::int64_t id = 0;  ///< never changes
  std::string login;    ///< may be changed by its owner
};

/// A record that stands alone, with its bytes.
struct Single {
  std::string id;            ///< as in a list
  tento::SemanticTime date;  ///< as in a list
  std::string json;          ///< the service's own bytes
  std::string home;          ///< as in a list
  std::string updated_at;    ///< as in a list
};

/// `owner/name` as two words.
struct RepositoryName {
  std::string owner;  ///< a user or an organisation
  std::string name;   ///< the repository
};

}  // namespace github
