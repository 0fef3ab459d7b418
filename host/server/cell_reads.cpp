// SPDX-License-Identifier: Apache-2.0
// Reads of stored rows without a hop, a parse or a query that an earlier read has answered.
#include "host/server/cell_reads.hpp"

#include <chrono>
#include <cstddef>
#include <memory_resource>

#include "host/base/clock.hpp"
#include "host/model/moments.hpp"
#include "host/operations/describe.hpp"
#include "host/operations/rows.hpp"
#include "host/server/arguments.hpp"
#include "host/server/head.hpp"
#include "host/server/uri.hpp"
#include "host/services/row_document.hpp"
#include "host/sync/topology.hpp"

namespace tento::host::server {
namespace {

constexpr std::size_t most_rows = 4096;
constexpr std::size_t most_held = std::size_t{8} << 20;       // bytes of answers
constexpr std::size_t largest_held = std::size_t{128} << 10;  // of one
constexpr std::size_t max_limit = 10'000;
constexpr std::int64_t us_per_s = 1'000'000;

std::string_view bytes_of(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

// The name of a key in the maps; on the stack where it has room there.
class Name {
 public:
  Name(const Uuid& owner, std::string_view key, std::string_view query) : memory_(room_.data(), room_.size()) {
    text_.reserve(owner.bytes.size() + key.size() + query.size() + 1);
    ((text_ += bytes_of(owner)) += key) += '?';
    text_ += query;
  }
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;
  [[nodiscard]] std::string_view whole() const { return text_; }

 private:
  std::array<std::byte, 512> room_;
  std::pmr::monotonic_buffer_resource memory_;
  std::pmr::string text_{&memory_};
};

std::shared_ptr<const std::string> lines_of(std::string_view etag) {
  auto out = std::make_shared<std::string>();
  out->reserve(128);
  HeadWriter head(*out);
  head.field("Cache-Control", "private, no-cache");
  head.field("ETag", etag);
  head.field("Vary", "Accept, Accept-Encoding");
  return out;
}

// What the request asks for, as the operation reads it. Nothing for what only the operation can judge.
std::optional<RowQuery> query_of(const Request& request, std::string_view key) {
  static const Operation& operation = *find_operation("row", "get");
  PathParams params;
  params.add("key", key);
  const auto raw = arguments_of(request, operation, params);
  if (!raw) return std::nullopt;
  const auto args = parse_args(operation, *raw);
  if (!args) return std::nullopt;
  auto query = row_query(*args);
  if (!query || query->raw || query->limit > max_limit) return std::nullopt;
  if (query->limit == 0) query->limit = CellReads::page;
  return std::move(*query);
}

bool has_guard(const Target& target) {
  return !guard_names(*target.match.route->row, TENTO_VERB_GET).empty();
}

}  // namespace

struct CellReads::Row {
  Target target;
  Zone zone;
  std::string json;
  std::string fresh_text;  // what is said of it while it is fresh
  bool guarded = false;
  std::shared_ptr<std::atomic<std::uint64_t>> stamp;
  std::uint64_t generation = 0;
  std::atomic<std::size_t> usual_size{0};

  std::mutex lock;                      // guards what follows
  std::uint64_t known_at = UINT64_MAX;  // the stamp that coverage is of
  std::vector<CoverageRecord> coverage;
  std::string coverage_text;
  std::int64_t holds_until_us = 0;  // when the first of it gets too old

  Row(Target t, Zone z) : target(std::move(t)), zone(std::move(z)) {}
};

struct CellReads::Answered {
  std::shared_ptr<const std::string> body;
  std::string tag;
  std::shared_ptr<const std::string> lines;  // of the head
  std::shared_ptr<Row> row;
  std::uint64_t stamp = 0;
  std::int64_t holds_until_us = 0;
};

CellReads::CellReads(const Host& host)
    : host_(host),
      epoch_(static_cast<std::uint64_t>(unix_now_us())),
      subscription_(host.store.changes().subscribe([this](const CommitEvent& news) {
        if (news.kind == CommitEventKind::zone || news.kind == CommitEventKind::row_gone) forget();
        const std::scoped_lock hold(mutex_);
        if (const auto it = stamps_.find(bytes_of(news.row)); it != stamps_.end()) ++*it->second;
      })) {}
CellReads::~CellReads() = default;

void CellReads::forget() {
  ++generation_;
}

std::shared_ptr<CellReads::Row> CellReads::row_of(std::string_view key, const UserRecord& owner) {
  const Name name(owner.id, key, {});
  const auto generation = generation_.load();
  {
    const std::scoped_lock hold(mutex_);
    if (const auto it = rows_.find(name.whole()); it != rows_.end() && it->second->generation == generation)
      return it->second;
  }
  const auto plain = key_of_path(key);
  if (!plain) return nullptr;
  auto target = host_.dispatcher.resolve(owner, *plain, TENTO_VERB_GET);
  // A row that is not stored yet is made by the operation; what is read of one that is not served is rare.
  if (!target || !target->has_stored_cells() || target->row.created_us == 0 || target->state != RowState::active)
    return nullptr;
  auto zone = Zone::find(target->zone());
  if (!zone) return nullptr;
  auto row = std::make_shared<Row>(std::move(*target), std::move(*zone));
  row->json = row_json(row->target);
  const auto topology = Topology::of(row->target);
  if (!topology) return nullptr;
  ReadCheck check;
  check.stage = topology->for_readers().name;
  row->fresh_text = freshness_json(check);
  row->guarded = has_guard(row->target);
  row->generation = generation;
  const std::scoped_lock hold(mutex_);
  auto& stamp = stamps_[std::string(bytes_of(row->target.row.id))];
  if (!stamp) stamp = std::make_shared<std::atomic<std::uint64_t>>(0);
  row->stamp = stamp;
  if (rows_.size() >= most_rows) {
    rows_.clear();
    answers_.clear();
    held_bytes_ = 0;
  }
  rows_[std::string(name.whole())] = row;
  return row;
}

Answer CellReads::answer(const Answered& held, std::string body, const Rendering& rendering) const {
  Answer out;
  out.lines = held.lines;
  if (tag_matches(rendering.if_none_match, held.tag)) {
    out.status = 304;
    return out;
  }
  if (rendering.gzip) return gzip_answer(std::move(out), held.body ? *held.body : body);
  out.shared = held.body;
  out.body = std::move(body);
  return out;
}

std::optional<Answer> CellReads::read(const Request& request, std::string_view key, const UserRecord& owner,
                                      const Caller& caller, const Rendering& rendering) {
  Name name(owner.id, key, request.query());
  std::shared_ptr<const Answered> held;
  {
    const std::scoped_lock hold(mutex_);
    if (const auto it = answers_.find(name.whole()); it != answers_.end()) held = it->second;
  }
  const auto now = unix_now_us();
  if (held && allows_key(caller.principal, held->row->target.row.lookup_key) && held->row->generation == generation_ &&
      held->stamp == *held->row->stamp && now < held->holds_until_us) {
    if (held->row->guarded && !host_.dispatcher.check_guards(held->row->target, TENTO_VERB_GET, caller.actor))
      return std::nullopt;
    return answer(*held, {}, rendering);
  }

  auto query = query_of(request, key);
  if (!query) return std::nullopt;
  const auto row = row_of(key, owner);
  if (!row || !allows_key(caller.principal, row->target.row.lookup_key)) return std::nullopt;
  if (row->guarded && !host_.dispatcher.check_guards(row->target, TENTO_VERB_GET, caller.actor)) return std::nullopt;
  // Zones remember what they computed last: each read has its own.
  const Zone zone = row->zone;
  const auto moments = moments_of(window_of_range(query->range), zone);
  if (moments.from_us >= moments.to_us) return std::nullopt;

  Answered fresh;
  // Before anything is read: what is committed meanwhile makes the answer old, and never the other way round.
  fresh.stamp = *row->stamp;
  fresh.row = row;
  const auto stale_after_s = row->target.match.route->sync_shape->stale_after_s;
  std::string body;
  body.reserve(row->usual_size);
  open_row_document(body);
  std::string covered;
  {
    const std::scoped_lock hold(row->lock);
    if (row->known_at != fresh.stamp || now >= row->holds_until_us) {
      auto coverage = host_.store.rows().coverage(row->target.row.id);
      if (!coverage) return std::nullopt;
      row->coverage = std::move(*coverage);
      row->coverage_text = coverage_json(row->coverage, stale_after_s, now);
      row->known_at = fresh.stamp;
      row->holds_until_us = INT64_MAX;
      for (const auto& record : row->coverage)
        if (stale_after_s > 0 && !too_old(record, stale_after_s, now))
          row->holds_until_us = std::min(row->holds_until_us, record.asked_us + stale_after_s * us_per_s);
    }
    // What is stale or missing is the operation's to care for.
    if (row->coverage.empty() || freshness_of(row->coverage, moments, stale_after_s, now).state != Freshness::fresh)
      return std::nullopt;
    fresh.holds_until_us = row->holds_until_us;
    covered = row->coverage_text;
  }
  const PageRequest wanted{query->order, static_cast<std::size_t>(query->limit), query->cursor};
  const auto end = host_.store.cells().append_json(body, row->target.row.id, moments, wanted);
  if (!end) return std::nullopt;
  const auto coverage_hash = std::hash<std::string_view>()(covered);
  close_row_document(body, row_members(std::move(covered), row->fresh_text, end->next, row->json));
  row->usual_size = body.size() + body.size() / 8;

  const auto hash = std::hash<std::string_view>()(name.whole());
  const auto tag = epoch_ ^ (fresh.stamp * 0x9e3779b97f4a7c15ULL) ^ hash ^ coverage_hash;
  fresh.tag = "W/\"" + std::to_string(tag) + "\"";
  fresh.lines = lines_of(fresh.tag);
  // What is asked for once is not worth keeping: most ranges of a client that walks a row are.
  const std::scoped_lock hold(mutex_);
  auto& seen = seen_[hash % seen_.size()];
  const bool again = std::exchange(seen, hash) == hash;
  if (!again || body.size() > largest_held) return answer(fresh, std::move(body), rendering);
  fresh.body = std::make_shared<const std::string>(std::move(body));
  if (held_bytes_ + fresh.body->size() > most_held) {
    answers_.clear();
    held_bytes_ = 0;
  }
  held_bytes_ += fresh.body->size();
  auto& kept = answers_[std::string(name.whole())];
  kept = std::make_shared<const Answered>(std::move(fresh));
  return answer(*kept, {}, rendering);
}

}  // namespace tento::host::server
