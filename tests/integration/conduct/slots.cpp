// SPDX-License-Identifier: Apache-2.0
// The calls, each with a zeroed error and a sink that hands on to the witness.
#include "slots.hpp"

#include <cstring>
#include <optional>

#include <tento/sdk/time.hpp>

#include "host/loader/descriptors.hpp"
#include "place.hpp"

namespace tento::conduct {
namespace {

using namespace tento::host;

// Takes one text and keeps it; what was taken goes to the witness as well.
class TextSink {
 public:
  TextSink(Witness& witness, std::string where) : witness_(witness), where_(std::move(where)) {
    sink_ = {sizeof sink_, 0, this, take};
  }
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;
  [[nodiscard]] const tento_text_sink* sink() const { return &sink_; }
  [[nodiscard]] const std::optional<std::string>& text() const { return text_; }

 private:
  static tento_status take(const tento_text_sink* sink, tento_str text) noexcept {
    TextSink& me = *static_cast<TextSink*>(sink->self);
    me.text_ = std::string(view(text));
    me.witness_.tell(me.where_, text);
    return TENTO_OK;
  }
  Witness& witness_;
  std::string where_;
  tento_text_sink sink_{};
  std::optional<std::string> text_;
};

tento_status take_cells(const tento_cell_sink* sink, const tento_cell_batch* batch, tento_error*) noexcept {
  static_cast<Witness*>(sink->self)->tell("a sink of cells", *batch);
  return TENTO_OK;
}
tento_status take_row(const tento_row_sink* sink, const tento_row_instance* row, tento_error*) noexcept {
  Witness& witness = *static_cast<Witness*>(sink->self);
  witness.tell("a discovered row", row->label);
  witness.tell("a discovered row", row->attributes_json);
  for (std::uint64_t i = 0; i < row->param_count; ++i) witness.tell("a discovered row", row->params[i].value);
  return TENTO_OK;
}

class Caller {
 public:
  Caller(const Provider& provider, Witness& witness, const std::string& folder)
      : provider_(provider), self_(provider.instance()), witness_(witness), folder_(folder) {
    cells_ = {sizeof cells_, 0, &witness, take_cells};
    rows_ = {sizeof rows_, 0, &witness, take_row};
  }

  Outcome run() {
    for (const tento_integration* integration : integrations(provider_.connector())) {
      for (const tento_row* row : rows(*integration))
        if ((row->flags & TENTO_ROW_LOGS) == 0) pure_slots(*integration, *row);
      for (const Service service : {Service::unreachable, Service::unauthorised, Service::nonsense, Service::empty}) {
        witness_.service = service;
        with_client(*integration, integration->client);
        with_client(*integration, integration->client_for_write);
      }
    }
    return std::move(outcome_);
  }

 private:
  // Calls `slot` and keeps what its error says.
  template <class Call>
  tento_status call(const std::string& where, Call slot) {
    tento_error error{};
    const tento_status status = slot(&error);
    witness_.tell(where, status, error);
    witness_.forget();
    ++outcome_.other_calls;
    if (status == TENTO_OK) ++outcome_.other_ok;
    return status;
  }

  // Answers of one row before and after another row was asked about have to be the same.
  template <class Call>
  void pure(const std::string& where, const Place& one, const Place& other, Call ask) {
    const int lookups = witness_.lookups;
    const std::string first = ask(one);
    (void)ask(other);
    const std::string again = ask(one);
    outcome_.pure_calls += 3;
    if (first != again) outcome_.impure.push_back(where + " gave two answers to the same question");
    if (witness_.lookups != lookups) outcome_.impure.push_back(where + " asked for an interface");
  }

  void pure_text(const std::string& where, const Place& one, const Place& other,
                 tento_status (*slot)(tento_provider*, const tento_row_ctx*, const tento_text_sink*,
                                      tento_error*) noexcept) {
    if (slot == nullptr) return;
    pure(where, one, other, [&](const Place& place) {
      TextSink text(witness_, where);
      tento_error error{};
      const tento_status status = slot(self_, place.row(), text.sink(), &error);
      return answer(where, status, error, text.text());
    });
  }

  std::string answer(const std::string& where, tento_status status, const tento_error& error,
                     const std::optional<std::string>& text) {
    witness_.tell(where, status, error);
    return std::to_string(status) + (status == TENTO_FAILED ? error.message : "") + (text ? "=" + *text : "");
  }

  void pure_slots(const tento_integration& integration, const tento_row& row) {
    const Place one(witness_.deps(), integration, &row, folder_, "1");
    const Place other(witness_.deps(), integration, &row, folder_, "2");
    const std::string at = " of " + std::string(view(row.pattern));
    pure_text("attributes" + at, one, other, row.attributes);
    pure_text("alias_key" + at, one, other, row.alias_key);
    const tento_sync_api* api = provider_.sync_api();
    if (api == nullptr) return;
    pure_text("alias_key of the sync-plugin" + at, one, other, api->alias_key);
    const tento_sync_shape* shape = effective_shape(self_, api, row);
    if (shape == nullptr) return;
    for (const tento_stage* stage : stages(*shape)) {
      const std::string which = " of stage " + std::string(view(stage->name)) + at;
      if (api->lock_key != nullptr) {
        pure("lock_key" + which, one, other, [&](const Place& place) {
          TextSink text(witness_, "lock_key" + which);
          tento_error error{};
          const tento_status status = api->lock_key(self_, place.row(), stage->name, text.sink(), &error);
          return answer("lock_key" + which, status, error, text.text());
        });
      }
      if (api->stage_range != nullptr) {
        pure("stage_range" + which, one, other, [&](const Place& place) {
          const auto day =
              std::chrono::year_month_day(std::chrono::year(2026), std::chrono::March, std::chrono::day(4));
          const tento_semantic_time today = SemanticTime(PartialDate::ymd(day)).to_abi();
          tento_span span{};
          tento_error error{};
          const tento_status status = api->stage_range(self_, place.row(), stage->name, &today, &span, &error);
          return answer("stage_range" + which, status, error,
                        std::string(reinterpret_cast<const char*>(&span), sizeof span));
        });
      }
    }
  }

  void with_client(const tento_integration& integration,
                   tento_status (*make)(tento_provider*, const tento_integration_ctx*, tento_client**,
                                        tento_error*) noexcept) {
    if (make == nullptr) return;
    const Place place(witness_.deps(), integration, nullptr, folder_, "1");
    tento_client* client = nullptr;
    if (call("client", [&](tento_error* err) { return make(self_, place.integration(), &client, err); }) != TENTO_OK)
      return;
    witness_.client = client;
    if (integration.check_account != nullptr) {
      call("check_account", [&](tento_error* err) {
        const TextSink id(witness_, "the id of check_account"), label(witness_, "the label of check_account");
        return integration.check_account(self_, client, place.integration(), id.sink(), label.sink(), err);
      });
    }
    if (integration.discover != nullptr) {
      call("discover",
           [&](tento_error* err) { return integration.discover(self_, client, place.integration(), &rows_, err); });
    }
    for (const tento_row* row : rows(integration))
      if ((row->flags & TENTO_ROW_LOGS) == 0) row_slots(integration, *row, client);
    witness_.client = nullptr;
    integration.release(self_, client);
  }

  void row_slots(const tento_integration& integration, const tento_row& row, tento_client* client) {
    const Place place(witness_.deps(), integration, &row, folder_, "1");
    const std::string at = " of " + std::string(view(row.pattern));
    const tento_sync_api* api = provider_.sync_api();
    const tento_sync_shape* shape = effective_shape(self_, api, row);
    const auto sync = api != nullptr && api->execute != nullptr ? api->execute : row.sync;
    if (shape != nullptr && sync != nullptr) {
      for (const tento_stage* stage : stages(*shape)) {
        const tento_sync_ctx ctx{sizeof ctx, 0, place.row(), stage->name, {}};
        tento_sync_result result{.struct_size = sizeof result, .more = 0, .seen = 0, .skipped = 0, .skipped_note = {}};
        call("sync" + at, [&](tento_error* err) { return sync(self_, client, &ctx, &result, err); });
      }
    }
    if (row.list_cells != nullptr) {
      const tento_read_ctx ctx{sizeof ctx, 0, place.row(), {}, 0};
      call("list_cells" + at, [&](tento_error* err) { return row.list_cells(self_, client, &ctx, &cells_, err); });
    }
    for (const auto& [verb, slot] :
         {std::pair{TENTO_VERB_POST, row.post}, {TENTO_VERB_PATCH, row.patch}, {TENTO_VERB_DELETE, row.remove}}) {
      if (slot == nullptr) continue;
      tento_write_ctx ctx{};
      ctx.struct_size = sizeof ctx;
      ctx.verb = verb;
      ctx.at = place.row();
      if (verb != TENTO_VERB_POST) ctx.cell_id = str("17");
      if (verb != TENTO_VERB_DELETE) ctx.body = str("{}");
      call("a write" + at, [&, write = slot](tento_error* err) { return write(self_, client, &ctx, &cells_, err); });
    }
  }

  const Provider& provider_;
  tento_provider* self_;
  Witness& witness_;
  const std::string& folder_;
  tento_cell_sink cells_{};
  tento_row_sink rows_{};
  Outcome outcome_;
};

}  // namespace

Outcome call_slots(const Provider& provider, Witness& witness, const std::string& folder) {
  return Caller(provider, witness, folder).run();
}

}  // namespace tento::conduct
