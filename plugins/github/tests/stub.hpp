// SPDX-License-Identifier: Apache-2.0
/// @file stub.hpp
/// A small service for tests, with what the recorded traffic and the emulated service lack: versions and 304, events,
/// notifications, secondary limits. Its records are the examples of the service's own description, with other numbers.
#pragma once

#include <boost/json.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tento/sdk/transport.hpp>
#include <utility>
#include <vector>

namespace github::test {

/// One answer, made up by a test.
struct Answer {
  std::uint32_t status = 200;         ///< HTTP status
  std::string body = {};              ///< whole
  tento::http::Headers headers = {};  ///< header lines
};

/// The service. Not thread-safe.
class Stub final : public tento::http::Transport {
 public:
  Stub();

  std::vector<boost::json::object> issues;             ///< of octocat/Hello-World, in any order
  std::vector<boost::json::object> repositories;       ///< of the account, in any order
  std::vector<boost::json::object> commits;            ///< of octocat/Hello-World, newest first
  std::vector<boost::json::object> events;             ///< of octocat, newest first; 300 are shown
  std::vector<boost::json::object> notifications;      ///< newest first
  std::map<std::string, Answer> single;                ///< answers by path, before all else
  std::deque<std::pair<std::string, Answer>> next;     ///< the next request whose URL holds the text is answered so
  std::string date = "Wed, 29 Apr 2026 12:00:00 GMT";  ///< its clock
  std::string poll_interval = {};                      ///< `X-Poll-Interval` of events and notifications
  bool strict_since = false;                           ///< issues changed at `since` itself are not shown
  std::vector<tento::http::Request> requests = {};     ///< all of them
  std::size_t bodies = 0;                              ///< bytes of bodies it sent

  /// An issue made of the example, created and changed then; a pull request has a member more.
  void add_issue(int number, const std::string& created, const std::string& updated, bool pull_request = false);
  /// A repository.
  void add_repository(int id, const std::string& name, const std::string& created);
  /// A commit, newest first.
  void add_commit(const std::string& sha, const std::string& committed, std::int64_t author = 1);
  /// Moves the branch to other commits, newest first. Those that it had are still known, but on no branch.
  void force_push(std::vector<boost::json::object> now);
  /// Forgets them, as the service does some time later.
  void collect_garbage() { left_.clear(); }
  /// An event, newest first.
  void add_event(const std::string& id, const std::string& type, const std::string& created,
                 const std::string& repo = "octocat/Hello-World");
  /// A notification, newest first.
  void add_notification(const std::string& id, const std::string& updated);
  /// An issue by number.
  boost::json::object& issue(int number);
  /// How many requests had `part` in their URL.
  [[nodiscard]] std::size_t asked(std::string_view part) const;

  tento::Result<tento::http::Response> send(const tento::http::Request& request) override;

 private:
  using Query = std::map<std::string, std::string>;
  Answer answer(const tento::http::Request& request, const std::string& path, const Query& query);
  Answer list(const tento::http::Request& request, const std::vector<boost::json::object>& all, const Query& query);
  std::vector<boost::json::object> issues_of(const Query& query) const;
  [[nodiscard]] std::vector<boost::json::object> history(const std::string& sha) const;
  Answer compare(const tento::http::Request& request, const std::string& base, const std::string& head,
                 const Query& query);
  Answer write_issue(const tento::http::Request& request, std::optional<int> number);
  std::map<std::string, boost::json::value> examples_;
  std::vector<std::vector<boost::json::object>> left_;  // lines of commits that the branch had
};

/// The bytes of a file in the folder of fixtures.
[[nodiscard]] std::string fixture(const std::string& name);

}  // namespace github::test
