// SPDX-License-Identifier: Apache-2.0
// A route whose provider is not there: it stands in the place of one, has no slots, and is never called.
#include "host/dispatch/stored_route.hpp"

#include <utility>

#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

class AbsentProvider final : public Provider {
 public:
  explicit AbsentProvider(std::string id) {
    note_.id = std::move(id);
    connector_.struct_size = sizeof connector_;
  }
  [[nodiscard]] const NoteData& note() const override { return note_; }
  [[nodiscard]] tento_provider* instance() const override { return nullptr; }
  [[nodiscard]] const tento_connector_api& connector() const override { return connector_; }
  [[nodiscard]] const tento_sync_api* sync_api() const override { return nullptr; }
  void destroy() override {}

 private:
  NoteData note_;
  tento_connector_api connector_{};
};

struct StoredRoute {
  RowRecord stored;  // the descriptors below point into it
  tento_guard guard{};
  tento_integration integration{};
  tento_row row{};
  Route route;
};

}  // namespace

Result<std::shared_ptr<const Route>> make_stored_route(const RowRecord& row) {
  auto made = std::make_shared<StoredRoute>();
  made->stored = row;
  made->guard = {TENTO_STR("operator"), TENTO_VERB_GET, 0};
  made->integration.struct_size = sizeof made->integration;
  made->integration.id = str(made->stored.integration);
  tento_row& described = made->row;
  described.struct_size = sizeof described;
  described.verbs = TENTO_VERB_GET;
  described.pattern = str(made->stored.pattern);
  described.label.text = str(made->stored.label);
  described.type = TENTO_STR("data");
  described.guards = &made->guard;
  described.guard_count = 1;
  Route& route = made->route;
  TENTO_TRY_ASSIGN(route.pattern, Pattern::parse(made->stored.pattern));
  route.provider = std::make_shared<AbsentProvider>(made->stored.provider);
  route.integration = &made->integration;
  route.row = &described;
  route.verbs = described.verbs;
  return std::shared_ptr<const Route>(made, &made->route);
}

}  // namespace tento::host
