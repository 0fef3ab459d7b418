// SPDX-License-Identifier: Apache-2.0
// A store that is wrong on purpose: it numbers a commit before the commit takes its place, as one does that takes
// numbers from a plain sequence. The gap hunt has to find it out.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "host/store/memory/cell_commit.hpp"
#include "host/store/memory/state.hpp"
#include "tests/unit/store/contract/openings.hpp"

namespace tento::host::testing {

// One commit is held between its number and its place until a reader was told of a later one. That is what any slow
// commit may meet; here it does not depend on the machine's speed.
struct EarlyNumbers {
  std::atomic<std::int64_t> last{0};
  std::atomic<bool> held_one{false};
  std::atomic<std::int64_t> told{0};  // the latest number that a reader was told
};

class EarlyCells final : public CellStore {
 public:
  EarlyCells(CellStore& cells, memory::State& state, EarlyNumbers& numbers)
      : cells_(cells), state_(state), numbers_(numbers) {}

  Result<TxnCounts> commit(const RowCommit& commit) override {
    if (commit.fence) return cells_.commit(commit);
    TENTO_TRY_ASSIGN(const auto staged, memory::stage(commit.cells));
    const auto seq = ++numbers_.last;
    if (!numbers_.held_one.exchange(true))
      while (numbers_.told <= seq) std::this_thread::yield();
    return state_.write([&](memory::Data& data) -> Result<TxnCounts> {
      return memory::land(data, *memory::find_row(data, commit.row), staged, commit.replace, seq, state_.now_us());
    });
  }

  [[nodiscard]] std::string staging_folder() const override { return cells_.staging_folder(); }
  Result<void> read(const Uuid& row, Moments range, const CellVisitor& visit) override {
    return cells_.read(row, range, visit);
  }
  Result<PageEnd> read_page(const Uuid& row, Moments range, const PageRequest& page,
                            const CellVisitor& visit) override {
    return cells_.read_page(row, range, page, visit);
  }
  Result<PageEnd> append_json(std::string& out, const Uuid& row, Moments range, const PageRequest& page) override {
    return cells_.append_json(out, row, range, page);
  }
  Result<std::optional<StoredCell>> find(const Uuid& row, const CellKey& key) override { return cells_.find(row, key); }
  Result<std::uint64_t> count(const Uuid& row) override { return cells_.count(row); }
  Result<std::optional<std::string>> raw(const Uuid& row, std::string_view id) override { return cells_.raw(row, id); }

 private:
  CellStore& cells_;
  memory::State& state_;
  EarlyNumbers& numbers_;
};

class EarlyChanges final : public ChangeStore {
 public:
  EarlyChanges(ChangeStore& changes, EarlyNumbers& numbers) : changes_(changes), numbers_(numbers) {}
  Result<ChangesEnd> read(const Uuid& user, std::string_view after, std::size_t limit,
                          const ChangeVisitor& visit) override {
    std::int64_t told = 0;
    auto end = changes_.read(user, after, limit, [&](const Change& change) {
      told = change.seq;
      return visit(change);
    });
    if (told > numbers_.told) numbers_.told = told;
    return end;
  }
  Result<std::string> newest(const Uuid& user) override { return changes_.newest(user); }
  Result<FeedPosition> position(const Uuid& user) override { return changes_.position(user); }
  Result<std::vector<WatchedUser>> wait(std::span<const WatchedUser> users,
                                        std::chrono::steady_clock::time_point deadline,
                                        const std::stop_token& stop) override {
    return changes_.wait(users, deadline, stop);
  }

 private:
  ChangeStore& changes_;
  EarlyNumbers& numbers_;
};

class EarlyStore final : public Store {
 public:
  EarlyStore(std::shared_ptr<memory::State> state, std::shared_ptr<EarlyNumbers> numbers)
      : state_(std::move(state)), numbers_(std::move(numbers)) {}
  UserStore& users() override { return store_->users(); }
  AccountStore& accounts() override { return store_->accounts(); }
  CredentialStore& credentials() override { return store_->credentials(); }
  AuthorizationStore& authorizations() override { return store_->authorizations(); }
  TokenStore& tokens() override { return store_->tokens(); }
  GrantStore& grants() override { return store_->grants(); }
  AuditStore& audit() override { return store_->audit(); }
  IdempotencyStore& idempotency() override { return store_->idempotency(); }
  RowStore& rows() override { return store_->rows(); }
  CellStore& cells() override { return cells_; }
  ChangeStore& changes() override { return changes_; }
  JobStore& jobs() override { return store_->jobs(); }
  RunStore& runs() override { return store_->runs(); }
  ScheduleStore& schedules() override { return store_->schedules(); }
  Maintenance& maintenance() override { return store_->maintenance(); }

 private:
  std::shared_ptr<memory::State> state_;
  std::shared_ptr<EarlyNumbers> numbers_;
  std::unique_ptr<Store> store_ = open_memory_store(state_);
  EarlyCells cells_{store_->cells(), *state_, *numbers_};
  EarlyChanges changes_{store_->changes(), *numbers_};
};

struct EarlyNumbersBackend {
  static Openings open(const StoreConfig& config) {
    const auto state = make_memory_state(config);
    const auto numbers = std::make_shared<EarlyNumbers>();
    return {std::make_unique<EarlyStore>(state, numbers), std::make_unique<EarlyStore>(state, numbers)};
  }
};

}  // namespace tento::host::testing
