// SPDX-License-Identifier: Apache-2.0
// One read of stamp and coverage; then ranges of cells beside texts that are there.
#include "host/services/stored_row.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "host/loader/descriptors.hpp"
#include "host/services/row_document.hpp"
#include "host/sync/topology.hpp"

namespace tento::host {
namespace {

constexpr std::int64_t us_of_a_second = 1'000'000;

}  // namespace

Result<std::shared_ptr<const StoredRow>> StoredRow::load(Store& store, Target target, const RowStamp& stamp,
                                                         std::int64_t now_us) {
  if (!target.has_stored_cells() || target.row.created_us == 0 || target.state != RowState::active) return nullptr;
  TENTO_TRY_ASSIGN(auto zone, Zone::find(target.zone()));
  auto out = std::shared_ptr<StoredRow>(new StoredRow(std::move(target), std::move(zone)));
  out->stamp_ = stamp;
  const Route& route = *out->target_.match.route;
  for (const auto& guard : guards(*route.row)) out->guarded_ = out->guarded_ || (guard.verbs & TENTO_VERB_GET) != 0;
  TENTO_TRY_ASSIGN(const auto topology, Topology::of(out->target_));
  ReadCheck fresh;
  fresh.stage = topology.for_readers().name;
  out->fresh_json_ = freshness_json(fresh);
  out->row_json_ = row_json(out->target_);
  TENTO_TRY_ASSIGN(out->coverage_, store.rows().coverage(out->target_.row.id));
  const auto stale_after_s = out->target_.stale_after_s();
  out->coverage_json_ = coverage_json(out->coverage_, stale_after_s, now_us);
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;  // spreads small numbers
  out->digest_ = (static_cast<std::uint64_t>(stamp.version) * odd) ^
                 std::hash<std::string>()(out->coverage_json_ + out->row_json_ + out->fresh_json_);
  for (const auto& record : out->coverage_)
    if (stale_after_s > 0 && !too_old(record, stale_after_s, now_us))
      out->holds_until_us_ = std::min(out->holds_until_us_, record.asked_us + stale_after_s * us_of_a_second);
  return out;
}

std::size_t StoredRow::weight() const {
  return sizeof *this + 2 * (target_.row.lookup_key.size() + target_.row.attributes_json.size()) + row_json_.size() +
         fresh_json_.size() + coverage_json_.size() + coverage_.size() * sizeof(CoverageRecord);
}

Result<std::optional<std::string>> StoredRow::document(Store& store, const RowQuery& query, std::int64_t now_us) const {
  const Zone zone = zone_;  // zones remember what they computed last: each read has its own
  const auto moments = moments_of(window_of_range(query.range), zone);
  if (query.raw || query.limit == 0 || moments.from_us >= moments.to_us || now_us >= holds_until_us_ ||
      coverage_.empty() || freshness_of(coverage_, moments, target_.stale_after_s(), now_us).state != Freshness::fresh)
    return std::nullopt;
  std::string out;
  out.reserve(usual_size_);
  RowDocumentWriter document(out);
  PageRequest page{query.order, static_cast<std::size_t>(query.limit), query.cursor};
  page.bytes = max_bytes;
  TENTO_TRY_ASSIGN(const auto end, store.cells().append_json(document.cells(), target_.row.id, moments, page));
  // What is larger is made part after part by the operation, which keeps no connection waiting.
  if (out.size() > max_bytes || (!end.next.empty() && end.count != query.limit)) return std::nullopt;
  document.close(row_members(coverage_json_, fresh_json_, end.next, row_json_));
  usual_size_ = out.size() + out.size() / 8;
  return out;
}

}  // namespace tento::host
