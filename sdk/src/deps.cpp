// SPDX-License-Identifier: Apache-2.0
// The wrappers of the standard interfaces: every slot's status becomes a Result.
#include <tento/sdk/deps.hpp>

#include <algorithm>
#include <array>

namespace tento {

bool Account::has_scope(std::string_view scope) const noexcept {
  std::string_view rest = scopes();
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    if (rest.substr(0, space) == scope) return true;
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
  }
  return false;
}

Result<tento_iface> detail::find_interface(const tento_call& call, tento_str id, std::uint32_t min_size) {
  tento_iface out{};
  if (call.deps != nullptr && call.deps->get(call.deps, id, min_size, &out) == TENTO_OK && out.vtable != nullptr) {
    return out;
  }
  return fail(ErrorCode::unsupported, ErrorClass::config,
              "the host does not offer " + std::string(tento::view(id)) +
                  " to this integration; list it in the integration's Deps, or use a host that has it");
}

Result<void> Backend::persist_batch(const Uuid& row_id, const tento_cell_batch& batch) const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  const tento_uuid row = row_id.to_abi();
  tento_error err;
  return to_result(found.table->persist_cells(found.self, call(), &row, &batch, &err), err);
}

Result<void> Backend::persist_cells(const Uuid& row_id, std::span<const Cell> cells) const {
  std::array<tento_cell, CellWriter::flush_cells> views;
  while (!cells.empty()) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    for (; count < std::min(cells.size(), views.size()); ++count) {
      const CellView cell(cells[count]);
      bytes += cell.bytes();
      if (count > 0 && bytes > TENTO_MAX_BATCH_BYTES) break;
      views[count] = cell.abi();
    }
    const tento_cell_batch batch{sizeof batch, 0, count, sizeof(tento_cell), views.data()};
    TENTO_TRY(persist_batch(row_id, batch));
    cells = cells.subspan(count);
  }
  return {};
}

Result<std::optional<Account>> UserAuth::sourced_credentials(std::string_view kind, std::string_view auth_id) const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  const tento_account* account = nullptr;
  tento_error err;
  TENTO_TRY(
      to_result(found.table->sourced_credentials(found.self, call(), str(kind), str(auth_id), &account, &err), err));
  if (account == nullptr) return std::optional<Account>();
  return std::optional<Account>(Account(account));
}

Result<Credential> UserAuth::acquire_handle(std::string_view kind, std::string_view auth_id,
                                            std::int64_t min_ttl_s) const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  tento_credential out{};
  out.struct_size = sizeof out;
  tento_error err;
  TENTO_TRY(
      to_result(found.table->acquire_handle(found.self, call(), str(kind), str(auth_id), min_ttl_s, &out, &err), err));
  return Credential{view(out.user), view(out.secret), out.expires_unix_us, out.generation};
}

Result<void> UserAuth::report_rejected(std::string_view kind, std::string_view auth_id,
                                       std::uint64_t generation) const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  tento_error err;
  return to_result(found.table->report_rejected(found.self, call(), str(kind), str(auth_id), generation, &err), err);
}

Result<tento_client*> ApiContext::client_for(std::string_view integration_id,
                                             std::span<const tento_param> params) const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  tento_client* out = nullptr;
  tento_error err;
  TENTO_TRY(to_result(
      found.table->client_for(found.self, call(), str(integration_id), params.data(), params.size(), &out, &err), err));
  if (out == nullptr) {
    return fail(ErrorCode::unspecified, ErrorClass::internal,
                "the host gave no client for " + std::string(integration_id));
  }
  return out;
}

void Log::log(LogLevel level, std::string_view text) const noexcept {
  tento_iface found{};
  const tento_lookup* deps = call()->deps;
  if (deps == nullptr || deps->get(deps, need.id, need.min_size, &found) != TENTO_OK || found.vtable == nullptr) return;
  static_cast<const tento_log*>(found.vtable)
      ->write(found.self, call(), static_cast<tento_log_level>(level), str(text));
}

Result<Instant> HostClock::now() const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  return Instant(std::chrono::microseconds(found.table->now_unix_us(found.self)));
}

Result<Date> HostClock::local_day(std::string_view zone, Instant at) const {
  TENTO_TRY_ASSIGN(const Found found, find(need));
  tento_semantic_time out{};
  if (found.table->local_day(found.self, str(zone), at.time_since_epoch().count(), &out) != TENTO_OK) {
    return fail(
        ErrorCode::invalid_argument, ErrorClass::config,
        "no local day in the time zone '" + std::string(zone) + "': not a known IANA zone, or beyond the year 9999");
  }
  TENTO_TRY_ASSIGN(const SemanticTime day, SemanticTime::from_abi(out));
  return day.start();
}

Result<void> Progress::report_progress(std::uint64_t done, std::uint64_t total, std::string_view text) const {
  tento_iface found{};
  const tento_lookup* deps = call()->deps;
  if (deps == nullptr || deps->get(deps, need.id, need.min_size, &found) != TENTO_OK || found.vtable == nullptr)
    return {};
  const auto status =
      static_cast<const tento_progress*>(found.vtable)->report(found.self, call(), done, total, str(text));
  if (status == TENTO_STOPPED) return stopped();
  return {};
}

}  // namespace tento
