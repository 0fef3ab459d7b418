// SPDX-License-Identifier: Apache-2.0
// The contract of schedules: when rows are due, what is paused, how stages ended.
#include <doctest/doctest.h>

#include <array>

#include "tests/unit/store/contract/openings.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

struct Schedules : Contract {
  using Contract::Contract;
  static std::vector<std::string> due(Store& store, std::int64_t at_us, std::size_t limit = 10) {
    std::vector<std::string> out;
    for (const auto& record : must(store.schedules().due(at_us, limit))) out.push_back(record.lookup_key);
    return out;
  }
  void set(Store& store, const Uuid& of, std::int64_t at_us) const {
    const RowDue due{of, at_us};
    must(store.schedules().set_due({&due, 1}));
  }
  RunRecord run_to(const std::string& stage, RunStatus status, std::int64_t ended_us, std::int64_t data_version,
                   bool with_error = false) {
    JobRecord job;
    job.row = row;
    job.stage = stage;
    job.dedup_key = stage;
    job.lock_key = stage;
    ClaimRequest request;
    request.job = must(a().jobs().enqueue({&job, 1})).at(0).job.id;
    request.run.stage = stage;
    auto claim = must(a().jobs().claim("w", {&request, 1}, 60 * second_us)).at(0);
    claim.run.status = status;
    claim.run.ended_us = ended_us;
    if (with_error) claim.run.error = Error{};
    const JobEnd end{claim.lease, claim.run, {}, data_version};
    must(a().jobs().complete({&end, 1}));
    return claim.run;
  }
};

}  // namespace

TEST_CASE_TEMPLATE("schedules: rows are due in their order, those that nobody judged before all others", Backend,
                   TENTO_STORE_BACKENDS) {
  Schedules f{Backend{}};
  RowRecord other = must(f.a().rows().find(f.row)).value();
  const auto key = other.lookup_key;
  other.id.bytes[0] ^= 1;
  other.lookup_key += ":other";
  must(f.a().rows().ensure(other));
  CHECK(Schedules::due(f.b(), 0).size() == 2);  // nobody judged them
  CHECK(must(f.b().schedules().earliest()) == 0);
  f.set(f.a(), f.row, 20);
  CHECK(Schedules::due(f.b(), 19) == std::vector{other.lookup_key});
  CHECK(Schedules::due(f.b(), 20) == std::vector{other.lookup_key, key});
  CHECK(Schedules::due(f.b(), 20, 1) == std::vector{other.lookup_key});
  f.set(f.b(), other.id, never_due_us);
  CHECK(must(f.a().schedules().earliest()) == 20);
  CHECK(must(f.a().rows().find(f.row))->due_us == 20);
  f.set(f.a(), f.row, never_due_us);
  CHECK_FALSE(must(f.a().schedules().earliest()));
  CHECK(Schedules::due(f.a(), INT64_MAX - 1).empty());
  must(f.a().schedules().judge_all());
  CHECK(Schedules::due(f.b(), 0).size() == 2);
  // A row that is not there is no error: it went meanwhile.
  other.id.bytes[0] ^= 2;
  f.set(f.a(), other.id, 5);
}

TEST_CASE_TEMPLATE("schedules: pauses of rows and accounts are kept, and rows are judged anew", Backend,
                   TENTO_STORE_BACKENDS) {
  Schedules f{Backend{}};
  const auto row = must(f.a().rows().find(f.row)).value();
  f.set(f.a(), f.row, 20);
  CHECK(must(f.a().schedules().pause_row(f.row, true)));
  CHECK(must(f.b().rows().find(f.row))->paused);
  CHECK(must(f.b().rows().find(f.row))->due_us == 0);
  CHECK(must(f.b().schedules().pause_row(f.row, false)));
  CHECK_FALSE(must(f.b().rows().find(f.row))->paused);
  CHECK_FALSE(must(f.b().schedules().pause_row(Uuid{}, true)));

  AccountRecord account;
  account.owner = row.owner;
  account.provider = row.provider;
  account.auth_id = row.auth_id;
  account.paused = true;     // not by this way
  account.interval_s = 123;  // neither
  must(f.a().accounts().put(account, std::nullopt));
  const AccountKey key{account.owner, account.provider, account.auth_id};
  const auto stored = [&] { return must(f.b().accounts().find(key.owner, key.provider, key.auth_id)).value(); };
  CHECK_FALSE(stored().paused);
  CHECK(stored().interval_s == -1);
  f.set(f.a(), f.row, 20);
  CHECK(must(f.a().schedules().set_account(key, true, std::nullopt)));
  CHECK(must(f.b().rows().find(f.row))->due_us == 0);
  CHECK(must(f.a().schedules().set_account(key, std::nullopt, 900)));
  CHECK(stored().paused);
  CHECK(stored().interval_s == 900);
  f.set(f.a(), f.row, 20);
  account.label = "another";
  must(f.a().accounts().put(account, std::nullopt));  // a change of the account has its rows judged anew
  CHECK(must(f.b().rows().find(f.row))->due_us == 0);
  CHECK(stored().paused);
  CHECK(stored().interval_s == 900);
  CHECK_FALSE(must(f.a().schedules().set_account({account.owner, account.provider, "nobody"}, true, 1)));
}

TEST_CASE_TEMPLATE("schedules: how each stage ended last, well and otherwise, and with which data version", Backend,
                   TENTO_STORE_BACKENDS) {
  Schedules f{Backend{}};
  CHECK(must(f.b().schedules().stage_ends(f.row)).empty());
  CHECK_FALSE(must(f.b().runs().ended_well(f.row, "live")));
  f.run_to("live", RunStatus::failed, 10, 2, true);
  CHECK_FALSE(must(f.b().runs().ended_well(f.row, "live")));
  f.run_to("live", RunStatus::ok, 20, 3);
  f.run_to("live", RunStatus::partial, 30, 4);        // all but some records
  f.run_to("live", RunStatus::partial, 40, 5, true);  // it failed in its midst
  f.run_to("live", RunStatus::stopped, 50, 6);
  f.run_to("backfill", RunStatus::failed, 60, 7, true);
  const auto ends = must(f.b().schedules().stage_ends(f.row));
  REQUIRE(ends.size() == 2);
  CHECK(ends[0].stage == "backfill");
  CHECK(ends[0].ok_us == 0);
  CHECK(ends[0].failed_us == 60);
  CHECK(ends[0].data_version == -1);
  CHECK(ends[1].stage == "live");
  CHECK(ends[1].ok_us == 30);
  CHECK(ends[1].failed_us == 40);
  CHECK(ends[1].data_version == 4);
  const auto of_user = must(f.b().schedules().row_ends(must(f.b().rows().find(f.row))->owner));
  REQUIRE(of_user.size() == 1);
  CHECK(of_user[0].row == f.row);
  CHECK(of_user[0].ok_us == 30);
  CHECK(of_user[0].failed_us == 60);
  CHECK(must(f.b().schedules().row_ends(Uuid{})).empty());
  CHECK(must(f.b().runs().ended_well(f.row, "live")));
  CHECK_FALSE(must(f.b().runs().ended_well(f.row, "backfill")));
}
