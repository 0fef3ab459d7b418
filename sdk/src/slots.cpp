// SPDX-License-Identifier: Apache-2.0
// The part of the trampolines that needs no template: exceptions, texts, what a row says for itself.
#include <cxxabi.h>

#include <tento/sdk/plugin.hpp>

#include <cstdlib>
#include <memory>
#include <typeinfo>

// The provider's note, where this library is linked into one; a test without a provider has none.
extern "C" __attribute__((weak, visibility("hidden"))) const tento_note tento_note_record;

namespace tento {
namespace {

// The type of the exception that is being handled, as its author wrote it.
std::string type_of_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "something foreign";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                         &std::free);
  return name && status == 0 ? name.get() : type->name();
}

}  // namespace

std::string_view provider_id() noexcept {
  if (&tento_note_record == nullptr) return {};
  return static_cast<const char*>(tento_note_record.id);
}

namespace detail {

tento_status exception_status(const SlotName& name, const char* what, tento_error* err) noexcept {
  try {
    Error error;
    error.code = ErrorCode::exception;
    error.error_class = ErrorClass::internal;
    error.message = "an exception left the provider";
    if (!provider_id().empty()) error.message.append(" ").append(provider_id());
    error.message.append(", slot ").append(name.slot);
    if (!name.where.empty()) error.message.append(" of ").append(name.where);
    error.message.append(": ").append(type_of_exception());
    if (what != nullptr) error.message.append(": ").append(what);
    return to_status(error, err);
  } catch (...) {
    // Out of memory: an Error of short texts, which allocates nothing.
    Error error;
    error.code = ErrorCode::exception;
    return to_status(error, err);
  }
}

Result<void> compare_keys(std::string_view row, std::string_view pattern, std::string_view wanted,
                          std::string_view made) {
  if (wanted == made) return {};
  std::string message = "row ";
  message.append(row)
      .append(": its route is ")
      .append(pattern)
      .append(", whose key for parameters named like themselves ");
  message.append("is ").append(wanted).append(", and its lookup_key makes ");
  message.append(made.empty() ? std::string_view("an empty text") : made);
  message.append("; make both of the same pattern");
  return fail(ErrorCode::invalid_argument, ErrorClass::internal, std::move(message), "wrong_lookup_key");
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
  return guarded({"lock_key", ctx}, err, [&]() -> Result<void> {
    if (shape == nullptr || ctx.call->account == nullptr) return {};
    for (std::uint64_t i = 0; i < shape->stage_count; ++i) {
      const tento_stage& one = *shape->stages[i];
      if (tento::view(one.name) != stage || tento::view(one.lock) != "account") continue;
      return push_text(sink, account_lock(Account(ctx.call->account)));
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
  return guarded({"sync", *ctx.at}, err, [&]() -> Result<void> {
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
