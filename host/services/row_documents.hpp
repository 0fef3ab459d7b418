// SPDX-License-Identifier: Apache-2.0
// The documents of stored rows, kept ready: a read that was answered before is answered from memory while the row's
// stamp is what it was. Below every face, and above the store: whoever asks says a user, a row and a query.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "host/access/access.hpp"
#include "host/base/mutex.hpp"
#include "host/services/stored_row.hpp"

namespace tento::host {

struct RowDocument {
  std::string json;
  std::string tag;  // names it: while the tag is the same, so is the document; a weak one of RFC 9110, 8.8.3
};

// Texts by name, the least recently used of which go when all are too heavy. Names are counted, too.
template <class Value>
class WeighedCache {
 public:
  explicit WeighedCache(std::size_t most) : most_(most) {}
  // Null: it is not there. Lives until the next call.
  Value* find(std::string_view name) {
    const auto it = by_name_.find(name);
    if (it == by_name_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return &it->second->value;
  }
  void put(std::string_view name, Value value, std::size_t weight) {
    erase(name);
    weight += name.size() + overhead;
    if (weight > most_) return;
    entries_.push_front({std::string(name), std::move(value), weight});
    by_name_.emplace(entries_.front().name, entries_.begin());
    weight_ += weight;
    while (weight_ > most_) erase(entries_.back().name);
  }
  void clear() {
    by_name_.clear();
    entries_.clear();
    weight_ = 0;
  }
  [[nodiscard]] std::size_t weight() const { return weight_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string name;
    Value value;
    std::size_t weight;
  };
  // Of an entry beside its name and its value: nodes of the list and of the map.
  static constexpr std::size_t overhead = sizeof(Entry) + 64;

  void erase(std::string_view name) {
    const auto it = by_name_.find(name);
    if (it == by_name_.end()) return;
    const auto entry = it->second;
    weight_ -= entry->weight;
    by_name_.erase(it);
    entries_.erase(entry);
  }

  const std::size_t most_;
  std::size_t weight_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_name_;
};

// Any thread; what it is made of outlives it.
class RowDocuments {
 public:
  static constexpr std::size_t max_bytes = std::size_t{8} << 20;             // of documents with their names
  static constexpr std::size_t max_row_bytes = std::size_t{4} << 20;         // of what is known of rows
  static constexpr std::size_t max_document_bytes = std::size_t{128} << 10;  // a larger one is not kept
  static constexpr std::uint64_t max_limit = 10'000;                         // cells of a document

  RowDocuments(Store& store, RowResolver& resolver, const RowService& rows);
  RowDocuments(const RowDocuments&) = delete;
  RowDocuments& operator=(const RowDocuments&) = delete;

  // From memory or from the store, at once. Null: RowService has to read the row, since that may wait or is much, or to
  // say what is wrong with the request.
  std::shared_ptr<const RowDocument> find(const UserRecord& user, const Principal& principal, const ActorInfo& actor,
                                          std::string_view key, const RowQuery& query);
  // Accounts, users or providers may have changed: what keys lead to is looked up anew.
  void forget();
  // Where nothing was asked for since this was called before, nothing is kept any longer.
  void forget_unused();

  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Kept {
    std::shared_ptr<const RowDocument> document;
    std::shared_ptr<const StoredRow> row;
  };

  // `name`: under which it is kept.
  std::shared_ptr<const StoredRow> row_of(std::string_view name, const UserRecord& user, const Principal& principal,
                                          const ActorInfo& actor, std::string_view key, std::int64_t now_us);

  void forget_all() REQUIRES(mutex_);

  Store& store_;
  RowResolver& resolver_;
  const RowService& rows_;
  const std::string epoch_;  // tags of another run of the host are not ours
  mutable Mutex mutex_;
  WeighedCache<std::shared_ptr<const StoredRow>> known_ GUARDED_BY(mutex_){max_row_bytes};  // by user and key
  WeighedCache<Kept> kept_ GUARDED_BY(mutex_){max_bytes};                                   // by user, key and query
  std::array<std::uint64_t, 4096> seen_ GUARDED_BY(mutex_){};  // hashes of what was asked for lately
  std::uint64_t generation_ GUARDED_BY(mutex_) = 0;            // grows when everything is forgotten
  bool asked_ GUARDED_BY(mutex_) = false;                      // for something, since forget_unused()
};

}  // namespace tento::host
