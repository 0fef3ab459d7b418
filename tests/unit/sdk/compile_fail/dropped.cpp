// SPDX-License-Identifier: Apache-2.0
// Outcomes that nobody looks at: the compiler has to warn at every line that ends with `// dropped`, and at no other.
#include <tento/http/client.hpp>
#include <tento/sdk.hpp>
#include <tento/sdk/link.hpp>
#include <tento/sdk/paging.hpp>
#include <tento/sdk/skipped.hpp>

namespace dropped {

using Everything = tento::Deps<tento::Backend, tento::SyncState, tento::UserAuth, tento::ApiContext, tento::Http,
                               tento::Log, tento::HostClock, tento::Progress>;

void deps(const Everything& deps, const tento::Uuid& row, const tento_cell_batch& batch) {
  const auto each = [](const tento::CellView&) {};
  deps.persist_cells(row, {});              // dropped
  deps.persist_batch(row, batch);           // dropped
  deps.read_cells(":~x", {}, each);         // dropped
  deps.recent_log_cells(":~x", 1, each);    // dropped
  deps.load_cursor(row, "head");            // dropped
  deps.begin(row);                          // dropped
  deps.sourced_credentials("kind", "id");   // dropped
  deps.acquire_handle("kind", "id", 60);    // dropped
  deps.report_rejected("kind", "id", 1);    // dropped
  deps.client_for("Other", {});             // dropped
  deps.now();                               // dropped
  deps.local_day("UTC", tento::Instant{});  // dropped
  deps.transport();                         // dropped
  deps.report_progress(1);                  // dropped
  deps.log(tento::LogLevel::info, "logging cannot fail");
}

void writing(tento::Transaction& txn, tento::CellWriter& out, tento::BatchTarget& target, const tento::Cell& cell) {
  txn.add(cell);                   // dropped
  txn.add(tento::CellView(cell));  // dropped
  txn.add_borrowed(cell);          // dropped
  txn.add_all({});                 // dropped
  txn.flush();                     // dropped
  txn.commit({{}});                // dropped
  txn.abort();
  out.add(cell);                    // dropped
  out.add_borrowed(cell);           // dropped
  out.flush();                      // dropped
  target.put({});                   // dropped
  tento::CellView(cell).to_cell();  // dropped
}

void calls(const tento::CallCtx& ctx, const tento::AuthAccount& account, tento::http::Transport& transport,
           tento::http::Client& client, tento::http::Response& response, tento::http::Body& body) {
  ctx.proceed();                             // dropped
  account.acquire_handle();                  // dropped
  account.report_rejected(1);                // dropped
  transport.send({});                        // dropped
  client.send({});                           // dropped
  tento::http::read_all(response);           // dropped
  body.read({});                             // dropped
  tento::http::find_link(response, "next");  // dropped
}

void values(const tento::Settings& settings, const tento::Pattern& pattern) {
  tento::Settings::parse("{}");                    // dropped
  settings.string("a");                            // dropped
  settings.required_string("a");                   // dropped
  settings.integer("a");                           // dropped
  settings.list("a");                              // dropped
  tento::PartialDate::parse("y-2026");             // dropped
  tento::SemanticTime::parse("y-2026");            // dropped
  tento::YearMonth::parse("2026-04");              // dropped
  tento::Span::from_abi({});                       // dropped
  tento::wearable_window_for_stage("stage1", {});  // dropped
  tento::Pattern::parse(":~x");                    // dropped
  pattern.key({});                                 // dropped
  tento::split_key(":~x");                         // dropped
  tento::match_pattern(pattern, ":~x");            // dropped
  tento::fail({});                                 // dropped
  tento::stopped();                                // dropped
}

// An author's own function gives one as well.
tento::Result<int> of_an_author();
void own() {
  of_an_author();  // dropped
}

}  // namespace dropped
