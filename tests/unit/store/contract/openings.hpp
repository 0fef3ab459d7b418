// SPDX-License-Identifier: Apache-2.0
// What the contract suite runs against: each backend gives two openings of one store, over a clock that tests move.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/store/memory/state.hpp"
#include "host/store/memory/store.hpp"
#include "host/store/sqlite/store.hpp"
#include "host/store/store.hpp"
#include "tests/unit/store/fixture.hpp"

namespace tento::host::testing {

inline constexpr std::int64_t second_us = 1'000'000;

struct Openings {
  using PutBack = std::function<void(Openings&)>;
  std::unique_ptr<Store> first;
  std::unique_ptr<Store> second;
  // Keeps what the store holds; what it gives puts that back, as who copies the files does.
  std::function<PutBack(Openings&)> keep = {};
};

struct MemoryBackend {
  static Openings open(const StoreConfig& config) {
    const auto state = make_memory_state(config);
    return {open_memory_store(state), open_memory_store(state), [state](Openings&) {
              const auto kept = state->read([](const memory::Data& data) { return data; });
              return [state, kept](Openings&) {
                must(state->write([&](memory::Data& data) -> Result<void> {
                  data = kept;
                  return {};
                }));
              };
            }};
  }
};

struct SqliteBackend {
  static Openings open(const StoreConfig& config) {
    const std::shared_ptr<sqlite::Database> database = sqlite::Database::open(config);
    auto first = std::make_unique<sqlite::SqliteStore>(database);
    must(first->prepare(config.changes_keep_days));
    return {std::move(first), std::make_unique<sqlite::SqliteStore>(database),
            [config](Openings& now) { return keep(now, config); }};
  }

 private:
  // A store that is closed is one file.
  static Openings::PutBack keep(Openings& now, const StoreConfig& config) {
    const auto copy = [config](const char* from, const char* to) {
      std::filesystem::copy_file(std::filesystem::path(config.folder) / from, std::filesystem::path(config.folder) / to,
                                 std::filesystem::copy_options::overwrite_existing);
    };
    const auto reopened = [config](Openings& openings, const std::function<void()>& meanwhile) {
      openings.first.reset();
      openings.second.reset();
      meanwhile();
      openings = open(config);
    };
    reopened(now, [&] { copy("store.sqlite", "kept"); });
    return [copy, reopened](Openings& later) { reopened(later, [&] { copy("kept", "store.sqlite"); }); };
  }
};

#define TENTO_STORE_BACKENDS MemoryBackend, SqliteBackend

// A new store with its first user and one row; `a` and `b` are two openings of it.
class Contract {
 public:
  template <class Backend>
  explicit Contract(Backend) {
    StoreConfig config;
    config.folder = (folder_.path() / "data").string();
    config.time_zone = "Europe/Berlin";
    config.now_unix_us = [this] { return now; };
    openings_ = Backend::open(config);
    user = must(a().users().default_user());
    row = make_row(1, ":~x:a:things");
  }
  Contract(const Contract&) = delete;
  Contract& operator=(const Contract&) = delete;

  [[nodiscard]] Store& a() const { return *openings_.first; }
  [[nodiscard]] Store& b() const { return *openings_.second; }

  Uuid make_row(std::uint8_t number, const std::string& key, const std::string& auth_id = "a") const {
    return make_row_of(user.id, number, key, auth_id);
  }
  Uuid make_row_of(const Uuid& owner, std::uint8_t number, const std::string& key, const std::string& auth_id) const {
    RowRecord r;
    r.id.bytes.fill(number);
    r.owner = owner;
    r.provider = "x";
    r.integration = "X";
    r.pattern = ":~x:{authId}:things";
    r.lookup_key = key;
    r.auth_id = auth_id;
    r.label = "things";
    r.attributes_json = "{\"k\":1}";
    return must(a().rows().ensure(r)).id;
  }
  [[nodiscard]] AccountRecord account(const std::string& auth_id = "a") const {
    AccountRecord out;
    out.owner = user.id;
    out.provider = "x";
    out.integration = "X";
    out.kind = "x_kind";
    out.auth_id = auth_id;
    out.label = "first";
    return out;
  }
  // What it gives puts the store back to what it holds now.
  std::function<void()> keep() {
    return [this, put_back = openings_.keep(openings_)] { put_back(openings_); };
  }
  TxnCounts put(const std::vector<CellInput>& cells) const { return must(a().cells().persist(row, cells, {})); }

  std::int64_t now = 1'000'000'000'000'000;
  UserRecord user;
  Uuid row;

 private:
  TempFolder folder_;
  Openings openings_;
};

inline std::string text_of(const TxnCounts& counts) {
  return std::to_string(counts.added) + ' ' + std::to_string(counts.updated) + ' ' + std::to_string(counts.deleted) +
         ' ' + std::to_string(counts.unchanged);
}

// `id@start=data`, in reading order.
inline std::string read_text(Store& store, const Uuid& row, Moments range = {}) {
  std::string out;
  must(store.cells().read(row, range, [&out](const CellView& c) {
    if (!out.empty()) out += ' ';
    out.append(c.id).append("@").append(std::to_string(c.start_us)).append("=").append(c.data);
    return true;
  }));
  return out;
}

// `+a` added, `~a` updated, `-a` deleted, `x:~key` a row that went; moves the cursor. Of the first user, unless
// another is named.
inline std::string follow(Store& store, std::string& cursor, std::size_t limit = 0, std::optional<Uuid> owner = {}) {
  constexpr std::string_view kinds = "+~-x";
  std::string out;
  const auto user = owner ? *owner : must(store.users().default_user()).id;
  const auto end = must(store.changes().read(user, cursor, limit, [&](const Change& change) {
    if (!out.empty()) out += ' ';
    out += kinds[static_cast<std::size_t>(change.kind)];
    out += change.kind == ChangeKind::row_gone ? change.lookup_key : change.cell.id;
    return true;
  }));
  cursor = end.cursor;
  return out;
}

inline std::string dump_of(Store& store) {
  std::string out;
  must(store.maintenance().dump([&out](std::string_view line) {
    out.append(line) += '\n';
    return true;
  }));
  return out;
}

}  // namespace tento::host::testing
