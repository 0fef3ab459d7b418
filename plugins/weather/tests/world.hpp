// SPDX-License-Identifier: Apache-2.0
/// @file world.hpp
/// The provider's real entries between a host in memory and a stub of the service in a process of its own.
#pragma once

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <tento/http/client.hpp>
#include <tento/sdk/calendar.hpp>
#include <tento/sdk/testing/fake_provider.hpp>
#include <vector>

namespace weather::test {

inline const std::string perth = ":~weather:2063523";
inline const std::string berlin = ":~weather:52.52,13.41";

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
  /// The next request whose path and query hold `match` is answered so.
  void answer_next(const std::string& match, int status, const std::string& body, const boost::json::object& more = {});
  /// Changes a part of every answer to such requests: `{"path":"hourly.rain.3","value":6.4e37}`.
  void edit(const std::string& match, boost::json::object change);
  /// Requests since the last question, `GET /v1/...`.
  std::vector<std::string> requests();
  /// How many of them had `part`.
  std::size_t asked(const std::string& part);
  /// The local days of a place, by the stub's own zones.
  boost::json::object days(const std::string& latitude, const std::string& longitude, const std::string& from,
                           const std::string& to);

 private:
  std::unique_ptr<tento::http::Client> http_;
  std::string origin_;
  int pid_ = 0;
  int life_ = -1;  // while it is open, the stub lives
};

/// A host in April 2026 (its clock stands at the 29th, noon) and the provider on the stub. At its end nothing that was
/// asked or answered was against the service's published documents.
struct World {
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  Service& service;
  tento::testing::FakeHost host;
  std::unique_ptr<tento::testing::FakeProvider> provider;

  tento::testing::SyncOutcome sync(const std::string& key, const std::string& stage = "viewport");
  /// The same for days from one until before another.
  tento::testing::SyncOutcome sync_days(const std::string& key, std::string_view from, std::string_view to);
  tento::Error failed_sync(const std::string& key, const std::string& stage = "viewport");
  /// The clocks of host and stub.
  void set_now(std::string_view rfc3339);
  /// Dates of the cells, in their order, and no other part of them.
  std::vector<std::string> dates(const std::string& key);
  /// `data` of a day's cell.
  boost::json::object day(const std::string& key, std::string_view date);
  /// What commits said, `have ymd-2026-04-22 ymd-2026-05-13`.
  std::vector<std::string> coverage(const std::string& key);
};

/// A window.
[[nodiscard]] tento::Span days(std::string_view from, std::string_view to);

}  // namespace weather::test
