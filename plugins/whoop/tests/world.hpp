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

namespace whoop::test {

inline const std::string sleep_key = ":~whoop:4711:sleep";
inline const std::string recovery_key = ":~whoop:4711:recovery";
inline const std::string cycles_key = ":~whoop:4711:cycles";
inline const std::string workouts_key = ":~whoop:4711:workouts";

/// The stub: one process for all tests of a program, reset for each.
class Service final : public tento::http::Transport {
 public:
  Service();
  ~Service() override;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  /// What goes to the service's real origin goes to the stub.
  tento::Result<tento::http::Response> send(const tento::http::Request& request) override;
  /// Tells the stub something; what it answers.
  boost::json::value tell(const std::string& what, const boost::json::value& body = boost::json::object());
  /// Puts records of a kind (`sleep`, `recovery`, `cycle`, `workout`) there.
  void put(const std::string& kind, std::initializer_list<boost::json::value> records);
  /// Takes one away.
  void remove(const std::string& kind, const std::string& id);
  /// A night, its recovery and its cycle for each of `days` days up to 2026-04-29; a workout every other day.
  void seed(int days);
  /// The next request whose method and path hold `match` is answered so.
  void answer_next(const std::string& match, int status, const std::string& body,
                   const boost::json::object& headers = {});
  /// From now on lists whose path holds `match` are spoilt so; with `keep` page after page.
  void spoil(const std::string& match, const std::string& fault, bool keep = false);
  /// Requests since the last question, `GET /developer/...`.
  std::vector<std::string> requests();

 private:
  std::unique_ptr<tento::http::Client> http_;
  std::string origin_;
  int pid_ = 0;
  int life_ = -1;  // while it is open, the stub lives
};

/// A night of an id: from eleven in the evening before `day` to seven, by a clock with that offset. Scored.
boost::json::object night(const std::string& id, const std::string& day, const std::string& offset = "+02:00",
                          int cycle = 501);
/// The fixture of a kind, with these members in the place of its own; a null takes one away.
boost::json::object record(const std::string& kind, const boost::json::object& members);
/// The bytes of a file in the folder of fixtures.
std::string fixture(const std::string& name);

/// A host on 29 April 2026 (its clock stands at noon, UTC), one account, and the provider on the stub.
struct World {
  World();
  Service& service;
  tento::testing::FakeHost host;
  std::unique_ptr<tento::testing::FakeProvider> provider;

  tento::testing::SyncOutcome sync(const std::string& stage, const std::string& key = sleep_key,
                                   tento::testing::CallPlan plan = {});
  tento::Error failed_sync(const std::string& stage, const std::string& key = sleep_key);
  /// `id@day` of the cells, in their order.
  std::vector<std::string> cells(const std::string& key = sleep_key);
  /// `data` of a cell, which is there.
  boost::json::object data(const std::string& id, const std::string& key = sleep_key);
  /// What the latest commits said of a day: `have`, `empty`, `stale`, `failed`, or `unknown`.
  std::string coverage(const std::string& day, const std::string& key = sleep_key);
  /// `created a`, `updated b`, `deleted c` since the last question, in the order of the alphabet.
  std::vector<std::string> changes();
};

}  // namespace whoop::test
