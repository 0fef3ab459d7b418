// SPDX-License-Identifier: Apache-2.0
// The part of the trampolines that needs no template: exceptions, texts, what a row says for itself.
#include <tento/sdk/plugin.hpp>

namespace tento {
namespace detail {

tento_status exception_status(const char* what, tento_error* err) noexcept {
  try {
    Error error;
    error.code = ErrorCode::exception;
    error.error_class = ErrorClass::internal;
    error.message = std::string("an exception left the provider's code: ") + what;
    return to_status(error, err);
  } catch (...) {
    // Out of memory: an Error of short texts, which allocates nothing.
    Error error;
    error.code = ErrorCode::exception;
    return to_status(error, err);
  }
}

Result<void> push_text(const tento_text_sink& sink, std::string_view text) {
  if (text.empty()) return {};
  switch (sink.put(&sink, str(text))) {
    case TENTO_OK:
      return {};
    case TENTO_STOPPED:
      return stopped();
    default:
      return fail(ErrorCode::too_large, ErrorClass::internal,
                  "the host did not take a text of " + std::to_string(text.size()) + " bytes");
  }
}

tento_status row_lock_key(const tento_row_ctx& ctx, const tento_sync_shape* shape, std::string_view stage,
                          const tento_text_sink& sink, tento_error* err) noexcept {
  return guarded(err, [&]() -> Result<void> {
    if (shape == nullptr || ctx.call->account == nullptr) return {};
    for (std::uint64_t i = 0; i < shape->stage_count; ++i) {
      const tento_stage& one = *shape->stages[i];
      if (tento::view(one.name) != stage || tento::view(one.lock) != "account") continue;
      return push_text(sink, "account:" + std::string(Account(ctx.call->account).auth_id()));
    }
    return {};  // nothing pushed = the row
  });
}

tento_status row_alias_key(tento_provider* self, const tento_row_ctx& ctx, const tento_text_sink& sink,
                           tento_error* err) noexcept {
  if (ctx.row->alias_key == nullptr) return TENTO_OK;  // nothing pushed = none
  return ctx.row->alias_key(self, &ctx, &sink, err);
}

tento_status row_sync(tento_provider* self, tento_client* client, const tento_sync_ctx& ctx, tento_sync_result* result,
                      tento_error* err) noexcept {
  const tento_row& row = *ctx.at->row;
  if (row.sync != nullptr) return row.sync(self, client, &ctx, result, err);
  return guarded(err, [&]() -> Result<void> {
    return fail(ErrorCode::unsupported, ErrorClass::internal,
                "the row " + std::string(tento::view(row.label.text)) +
                    " has no sync of its own and the sync-plugin has no executor for it");
  });
}

}  // namespace detail

Result<void> RowSink::put(const void* row_tag, const std::vector<Param>& params, std::string_view label,
                          std::string_view attributes_json) const {
  const tento_row* row = nullptr;
  for (std::uint64_t i = 0; i < integration_->row_count; ++i) {
    if (reinterpret_cast<const detail::RowTable*>(integration_->rows[i])->tag == row_tag) row = integration_->rows[i];
  }
  if (row == nullptr) {
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, "discover gave a row that is not in the schema");
  }
  TENTO_TRY_ASSIGN(const Pattern pattern, Pattern::parse(tento::view(row->pattern)));
  std::vector<tento_param> list;
  for (const Segment& segment : pattern.segments()) {
    if (!segment.param) continue;
    const Param* found = nullptr;
    for (const Param& one : params) {
      if (one.name == segment.text) found = &one;
    }
    if (found == nullptr) {
      return fail(ErrorCode::invalid_argument, ErrorClass::internal,
                  "discover gave no value for the parameter '" + segment.text + "' of " + pattern.text());
    }
    list.push_back({str(found->name), str(found->value)});
  }
  const tento_row_instance instance{sizeof instance,     0, row, list.data(), list.size(), str(label),
                                    str(attributes_json)};
  tento_error err;
  return to_result(sink_->put(sink_, &instance, &err), err);
}

}  // namespace tento
