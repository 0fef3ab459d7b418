// SPDX-License-Identifier: Apache-2.0
// Two caches of bounded weight: rows by user and key, documents by user, key and query.
#include "host/services/row_documents.hpp"

#include <functional>
#include <memory_resource>
#include <utility>

#include "host/base/clock.hpp"

namespace tento::host {
namespace {

// The name under which something is kept; on the stack where it has room there.
class CacheName {
 public:
  CacheName(const Uuid& user, std::string_view key) : memory_(room_.data(), room_.size()) {
    text_.reserve(room_.size() / 2);
    bytes(user.bytes.data(), user.bytes.size());
    text_ += key;
    row_size_ = text_.size();
  }
  CacheName(const CacheName&) = delete;
  CacheName& operator=(const CacheName&) = delete;

  void add(const RowQuery& query) {
    text_ += '\0';
    time(query.range.from);
    time(query.range.to);
    number(query.limit);
    number(static_cast<std::uint64_t>(query.order));
    text_ += query.cursor;
  }
  [[nodiscard]] std::string_view of_row() const { return std::string_view(text_).substr(0, row_size_); }
  [[nodiscard]] std::string_view whole() const { return text_; }

 private:
  void bytes(const void* from, std::size_t size) { text_.append(static_cast<const char*>(from), size); }
  void number(std::uint64_t value) { bytes(&value, sizeof value); }
  void time(const std::optional<SemanticTime>& time) {
    if (!time) {
      text_ += '-';
      return;
    }
    const auto value = time->to_abi();
    number(static_cast<std::uint64_t>(value.kind));
    number(static_cast<std::uint64_t>(value.unix_us));
    number((static_cast<std::uint64_t>(static_cast<std::uint32_t>(value.year)) << 32) |
           (static_cast<std::uint64_t>(value.month) << 16) | (static_cast<std::uint64_t>(value.week) << 8) |
           static_cast<std::uint64_t>(value.day));
  }

  std::array<std::byte, 512> room_;
  std::pmr::monotonic_buffer_resource memory_;
  std::pmr::string text_{&memory_};
  std::size_t row_size_ = 0;
};

}  // namespace

RowDocuments::RowDocuments(Store& store, RowResolver& resolver, const RowService& rows)
    : store_(store), resolver_(resolver), rows_(rows), epoch_(std::to_string(unix_now_us())) {}

std::shared_ptr<const StoredRow> RowDocuments::row_of(std::string_view name, const UserRecord& user,
                                                      const Principal& principal, const ActorInfo& actor,
                                                      std::string_view key, std::int64_t now_us) {
  std::shared_ptr<const StoredRow> known;
  std::uint64_t generation = 0;
  {
    const MutexLock lock(mutex_);
    asked_ = true;
    generation = generation_;
    if (const auto* found = known_.find(name)) known = *found;
  }
  if (known && now_us < known->holds_until_us() && known->target().table == resolver_.table()) {
    const auto stamp = store_.rows().stamp(known->target().row.id);
    if (stamp && *stamp && **stamp == known->stamp()) return known;
  }
  const Viewer viewer{user, principal, actor};
  Uuid id;
  if (known) {
    id = known->target().row.id;
  } else {
    const auto target = rows_.find(viewer, key, TENTO_VERB_GET);
    // What else leads to a row may lead to another one tomorrow: a key without its account, for one.
    if (!target || target->row.lookup_key != key) return nullptr;
    id = target->row.id;
  }
  const auto stamp = store_.rows().stamp(id);
  if (!stamp || !*stamp) return nullptr;
  auto target = rows_.find(viewer, key, TENTO_VERB_GET);
  if (!target || target->row.id != id) return nullptr;
  auto row = StoredRow::load(store_, std::move(*target), **stamp, now_us);
  if (!row || !*row) return nullptr;
  const MutexLock lock(mutex_);
  if (generation == generation_) known_.put(name, *row, (*row)->weight());
  return std::move(*row);
}

std::shared_ptr<const RowDocument> RowDocuments::find(const UserRecord& user, const Principal& principal,
                                                      const ActorInfo& actor, std::string_view key,
                                                      const RowQuery& query) {
  if (query.raw || query.limit == 0 || query.limit > max_limit) return nullptr;
  CacheName name(user.id, key);
  name.add(query);
  const auto now_us = unix_now_us();
  const auto row = row_of(name.of_row(), user, principal, actor, key, now_us);
  // Of the user's own rows alone, and without a word of what is wrong: the read itself says that.
  if (!row || row->target().owner.id != user.id || !allows_key(principal, row->target().row.lookup_key)) return nullptr;
  if (row->guarded() && !resolver_.check_guards(row->target(), TENTO_VERB_GET, actor)) return nullptr;
  {
    const MutexLock lock(mutex_);
    if (const auto* kept = kept_.find(name.whole()); kept != nullptr && kept->row == row) return kept->document;
  }
  auto json = row->document(store_, query, now_us);
  if (!json || !*json) return nullptr;
  const auto hash = std::hash<std::string_view>()(name.whole());
  auto out = std::make_shared<RowDocument>();
  out->json = std::move(**json);
  out->tag.reserve(epoch_.size() + 26);
  out->tag.append("W/\"").append(epoch_).append("-").append(std::to_string(hash ^ row->digest())).append("\"");
  // What is asked for once is not worth keeping: most ranges of a client that walks a row are.
  const MutexLock lock(mutex_);
  auto& seen = seen_[hash % seen_.size()];
  const bool again = std::exchange(seen, hash) == hash;
  if (again && out->json.size() <= max_document_bytes)
    kept_.put(name.whole(), {out, row}, out->json.capacity() + out->tag.size());
  return out;
}

void RowDocuments::forget() {
  const MutexLock lock(mutex_);
  forget_all();
}

void RowDocuments::forget_unused() {
  const MutexLock lock(mutex_);
  if (!std::exchange(asked_, false)) forget_all();
}

void RowDocuments::forget_all() {
  ++generation_;
  known_.clear();
  kept_.clear();
}

std::size_t RowDocuments::bytes() const {
  const MutexLock lock(mutex_);
  return known_.weight() + kept_.weight();
}

}  // namespace tento::host
