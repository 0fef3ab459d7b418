// SPDX-License-Identifier: Apache-2.0
// Slots that compute a key, a window or attributes from the row alone. They run on a worker like any other, since only
// there a provider that hangs in one can be given up.
#include <algorithm>
#include <array>
#include <utility>

#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/dispatch/calls.hpp"
#include "host/dispatch/row_frame.hpp"
#include "host/loader/descriptors.hpp"

#include <simdjson.h>

namespace tento::host {
namespace {

constexpr std::int64_t pure_deadline_ms = 5000;
constexpr std::size_t longest_slot_key_bytes = 1024;
constexpr std::size_t largest_attributes_bytes = 65536;

// Runs `call` with a row's context and a text sink; nothing = nothing was pushed.
template <class Call>
Result<std::optional<std::string>> text_of(Core& core, const Target& target, const char* name, std::size_t most,
                                           Call call) {
  const auto kept = std::make_shared<const Target>(target);
  const auto out = std::make_shared<std::optional<std::string>>();
  const auto ran = core.run(target.match.route->provider, subject_of(kept),
                            std::string(name) + " of " + quote(target.row.lookup_key), pure_call_options(),
                            [kept, out, most, name, call](InFlightCall& in_flight, CallSlot& slot) -> Result<void> {
                              const RowFrame frame(*kept, &slot);
                              TextCatcher text(most);
                              TENTO_TRY(call(in_flight.provider->port, name, frame.ctx(), text.sink()));
                              TENTO_TRY(text.check(in_flight.provider->port, name));
                              if (text.called()) *out = text.text();
                              return {};
                            });
  if (!ran) return fail(ran.error());
  return std::move(*out);
}

bool is_json_object(const std::string& text) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  return parser.parse(text).get(object) == simdjson::SUCCESS;
}

}  // namespace

CallOptions pure_call_options() {
  CallOptions options;
  options.actor.kind = TENTO_ACTOR_SYSTEM;
  options.deadline_ms = pure_deadline_ms;
  return options;
}

std::string attributes_of(Core& core, const Target& target) {
  const auto slot = target.match.route->row->attributes;
  if (slot == nullptr) return {};
  const auto text = text_of(
      core, target, "attributes", largest_attributes_bytes,
      [slot](const ProviderPort& port, const char* name, const tento_row_ctx* ctx, const tento_text_sink* sink) {
        return call_slot(port, name, slot, port.provider().instance(), ctx, sink);
      });
  const std::string& provider = target.row.provider;
  if (!text) {
    core.options.log(LogLevel::warn,
                     provider + ": no attributes for " + quote(target.row.lookup_key) + ": " + text.error().message);
    return {};
  }
  if (*text && !is_json_object(**text)) {
    core.options.log(LogLevel::warn,
                     provider + ": the attributes of " + quote(target.row.lookup_key) + " are not a JSON object");
    return {};
  }
  return text->value_or("");
}

Result<std::optional<std::string>> alias_name_of(Core& core, const Target& target) {
  const tento_sync_api* api = target.match.route->provider->sync_api();
  const auto slot = api != nullptr && api->alias_key != nullptr ? api->alias_key : target.match.route->row->alias_key;
  if (slot == nullptr) return std::optional<std::string>();
  TENTO_TRY_ASSIGN(const auto text, text_of(core, target, "alias_key", longest_slot_key_bytes,
                                            [slot](const ProviderPort& port, const char* name, const tento_row_ctx* ctx,
                                                   const tento_text_sink* sink) {
                                              return call_slot(port, name, slot, port.provider().instance(), ctx, sink);
                                            }));
  return std::optional(text.value_or(""));
}

Result<std::optional<std::string>> lock_name_of(Core& core, const Target& target, std::string_view stage) {
  const tento_sync_api* api = target.match.route->provider->sync_api();
  if (api == nullptr || api->lock_key == nullptr) return std::optional<std::string>();
  TENTO_TRY_ASSIGN(
      const auto text,
      text_of(core, target, "lock_key", longest_slot_key_bytes,
              [slot = api->lock_key, stage = std::string(stage)](
                  const ProviderPort& port, const char* name, const tento_row_ctx* ctx, const tento_text_sink* sink) {
                return call_slot(port, name, slot, port.provider().instance(), ctx, str(stage), sink);
              }));
  return std::optional(text.value_or(""));
}

Result<Span> stage_range_of(Core& core, const Target& target, std::string_view stage, Date today, const Span& proposed,
                            const CallOptions& options) {
  const tento_sync_api* api = target.match.route->provider->sync_api();
  if (api == nullptr || api->stage_range == nullptr) return proposed;
  const auto kept = std::make_shared<const Target>(target);
  const auto out = std::make_shared<tento_span>(proposed.to_abi());
  const auto ran = core.run(
      target.match.route->provider, subject_of(kept), "stage_range of " + quote(target.row.lookup_key), options,
      [kept, out, stage = std::string(stage), today = SemanticTime(PartialDate::ymd(today)).to_abi(),
       slot = api->stage_range](InFlightCall& in_flight, CallSlot& call) -> Result<void> {
        const RowFrame frame(*kept, &call);
        const ProviderPort& port = in_flight.provider->port;
        return call_slot(port, "stage_range", slot, port.provider().instance(), frame.ctx(), str(stage), &today,
                         out.get());
      });
  if (!ran) return fail(ran.error());
  auto window = Span::from_abi(*out);
  if (window) return window;
  return fail(ErrorCode::invalid_data, ErrorClass::internal,
              target.row.provider + " gave a bad window for the stage " + quote(stage) + ": " + window.error().message,
              "bad_window");
}

}  // namespace tento::host
