// SPDX-License-Identifier: Apache-2.0
// The client of MyProvider: HTTP and models, usable in any program. It includes no connector and no host.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tento/sdk/time.hpp>
#include <tento/sdk/transport.hpp>
#include <vector>

namespace myprovider {

// [models]
/// One activity, as the service tells it.
struct Activity {
  std::string id;      ///< the service's id
  tento::Date day{};   ///< the day it was on
  std::string record;  ///< the service's record, JSON
};

/// One page of activities.
struct Page {
  std::vector<Activity> activities;  ///< newest first
  std::optional<unsigned> next;      ///< number of the next page
};
// [/models]

// [client]
/// Speaks to one server. Holds no credential and no transport: both belong to a call, and a client outlives it.
class Client {
 public:
  /// For `base_url`, without a slash at the end.
  explicit Client(std::string base_url) : base_url_(std::move(base_url)) {}

  /// One page of the activities of `[from, to)`.
  tento::Result<Page> activities(tento::http::Transport& http, tento::Date from, tento::Date to, unsigned page) const;
  /// Sets the goal of a day; the record the service made of it.
  tento::Result<std::string> set_goal(tento::http::Transport& http, std::string_view day, std::string_view body) const;
  /// Who the credential belongs to: a stable id and a name.
  tento::Result<std::pair<std::string, std::string>> whoami(tento::http::Transport& http) const;

 private:
  tento::Result<std::string> ask(tento::http::Transport& http, tento::http::Request request) const;
  std::string base_url_;
};
// [/client]

}  // namespace myprovider
