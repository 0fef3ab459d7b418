// SPDX-License-Identifier: Apache-2.0
/// @file world.hpp
/// The provider's real entries between a host in memory and a stub of the service in a process of its own.
#pragma once

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <tento/http/client.hpp>
#include <tento/sdk/testing/fake_provider.hpp>
#include <vector>

namespace google::test {

inline const std::string events_key = ":~google:1:calendar:me@example.com:events";
inline const std::string free_busy_key = events_key + ":freebusy";
inline const std::string calendars_key = ":~google:1:calendars";

/// The stub: one process for all tests of a program, reset for each.
class Service final : public tento::http::Transport {
 public:
  Service();
  ~Service() override;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  /// What goes to the service's real origins goes to the stub.
  tento::Result<tento::http::Response> send(const tento::http::Request& request) override;
  /// Tells the stub something; what it answers.
  boost::json::value tell(const std::string& what, const boost::json::value& body = boost::json::object());
  /// Puts events into the account's own calendar, as if people had written them.
  void put(std::initializer_list<boost::json::value> events);
  /// The next request whose method and path hold `match` is answered so.
  void answer_next(const std::string& match, int status, const std::string& body,
                   const boost::json::object& headers = {});
  /// Requests since the last question, `GET /calendar/...`.
  std::vector<std::string> requests();

 private:
  std::unique_ptr<tento::http::Client> http_;
  std::string origin_;
  int pid_ = 0;
  int life_ = -1;  // while it is open, the stub lives
};

/// The service's error body.
std::string refusal(int code, const std::string& reason, const std::string& message = "Refused");
/// An event of some hours.
boost::json::object timed(const std::string& id, const std::string& start, const std::string& end,
                          const std::string& title = "Meeting");
/// An event of whole days; `end` exclusive.
boost::json::object days(const std::string& id, const std::string& start, const std::string& end,
                         const std::string& title = "Holiday");
/// The same as a series.
boost::json::object series(boost::json::object event, std::initializer_list<boost::json::string_view> lines);

/// A host in April 2026 (its clock stands at the 29th, noon), one account, and the provider on the stub.
struct World {
  World();
  Service& service;
  tento::testing::FakeHost host;
  std::unique_ptr<tento::testing::FakeProvider> provider;

  tento::testing::SyncOutcome sync(const std::string& stage, const std::string& key = events_key);
  tento::Error failed_sync(const std::string& stage, const std::string& key = events_key);
  /// Ids of the cells, in their order.
  std::vector<std::string> ids(const std::string& key = events_key);
  /// One cell, which is there.
  tento::testing::StoredCell cell(const std::string& id);
  /// `data` of it.
  boost::json::object data(const std::string& id);
  std::vector<tento::testing::StoredCell> write(std::uint32_t verb, tento::testing::WriteArgs args);
  tento::Error failed_write(std::uint32_t verb, tento::testing::WriteArgs args);
  /// The ids that a whole list by the service, expanded by it, has of a range.
  std::vector<std::string> upstream_ids(const std::string& from, const std::string& to);
};

}  // namespace google::test
