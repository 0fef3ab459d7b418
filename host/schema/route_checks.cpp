// SPDX-License-Identifier: Apache-2.0
// Rows of one provider -> routes, or the first thing that is wrong with them.
#include "host/schema/route_checks.hpp"

#include <algorithm>
#include <optional>

#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

constexpr std::string_view logs_segment = "logs";

tl::unexpected<Rejection> reject(std::string code, std::string reason, std::string remedy) {
  return tl::unexpected<Rejection>(Rejection{std::move(code), std::move(reason), std::move(remedy)});
}

// Equal but for the names of params.
bool same_shape(std::span<const Segment> a, std::span<const Segment> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Segment& x, const Segment& y) {
    return x.param == y.param && (x.param || x.text == y.text);
  });
}

// Whether `logs` is the `:logs` child of `parent`.
bool is_logs_of(const Pattern& logs, const Pattern& parent) {
  const auto& segments = logs.segments();
  return segments.size() == parent.segments().size() + 1 && !segments.back().param &&
         segments.back().text == logs_segment &&
         same_shape(std::span(segments).first(segments.size() - 1), parent.segments());
}

std::optional<int> account_param(const Pattern& pattern, std::string_view name) {
  int index = 0;
  for (const Segment& segment : pattern.segments()) {
    if (!segment.param) continue;
    if (segment.text == name) return index;
    ++index;
  }
  return std::nullopt;
}

Accepted<void> check_guards(const tento_row& row, const std::string& at, std::span<const std::string> known) {
  for (const tento_guard& guard : guards(row)) {
    const std::string_view name = view(guard.name);
    if (name == "operator" || std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string names = "operator";
    for (const std::string& k : known) names += ", " + k;
    return reject(
        "unknown_guard", "the row " + at + " is guarded by " + quote(name) + ", which this host does not know",
        "say for whom it holds below [guards] in the configuration file: " + quote(std::string(name) + " = \"admin\"") +
            ", or a list of users, or \"nobody\"; the guards that are known are " + names);
  }
  return {};
}

// One row as a route, without its links to others.
Accepted<std::unique_ptr<Route>> route_of(const std::shared_ptr<Provider>& provider,
                                          const tento_integration& integration, const tento_row& row,
                                          std::span<const std::string> known_guards) {
  auto pattern = Pattern::parse(view(row.pattern));
  if (!pattern) {
    return reject("bad_pattern", "integration " + quote(view(integration.id)) + ": " + pattern.error().message,
                  "correct the pattern in the provider's row and build it again");
  }
  const std::string at = quote(pattern->text());
  if (pattern->segments().size() > max_segments) {
    return reject("bad_pattern", "the pattern " + at + " has more than " + std::to_string(max_segments) + " segments",
                  "shorten it");
  }
  const auto& prefixes = provider->note().prefixes;
  if (std::find(prefixes.begin(), prefixes.end(), pattern->segments().front().text) == prefixes.end()) {
    return reject(
        "foreign_prefix", "the pattern " + at + " begins with a prefix that the note does not list",
        "list it in the note (`p=" + pattern->segments().front().text + "`) or use one of the note's prefixes");
  }
  const std::string_view account = view(integration.account_param);
  int account_index = -1;
  if (!account.empty()) {
    const auto found = account_param(*pattern, account);
    if (!found) {
      return reject(
          "no_account_param",
          "the pattern " + at + " has no parameter " + quote(account) + ", which integration " +
              quote(view(integration.id)) + " names as its account",
          "put {" + plain(account, 64) + "} into the pattern, or move the row to an integration without account");
    }
    account_index = *found;
  }
  if (auto ok = check_guards(row, at, known_guards); !ok) return tl::unexpected<Rejection>(ok.error());

  auto route = std::make_unique<Route>();
  route->provider = provider;
  route->integration = &integration;
  route->row = &row;
  if ((row.flags & TENTO_ROW_LOGS) == 0) {
    route->sync_shape = effective_shape(provider->instance(), provider->sync_api(), row);
  }
  route->pattern = std::move(*pattern);
  route->account_param = account_index;
  route->verbs = row.verbs;
  return route;
}

// The host's own `:logs` of a sync-backed route.
std::unique_ptr<Route> make_logs(const Route& parent, std::deque<HostRow>& host_rows) {
  std::string text = parent.pattern.text() + ":" + std::string(logs_segment);
  auto pattern = Pattern::parse(text);
  if (!pattern || pattern->segments().size() > max_segments) return nullptr;
  HostRow& made = host_rows.emplace_back();
  made.pattern = std::move(text);
  made.label = std::string(view(parent.row->label.text)) + "-logs";
  made.row.struct_size = sizeof made.row;
  made.row.verbs = TENTO_VERB_GET;
  made.row.flags = TENTO_ROW_LOGS;
  made.row.pattern = str(made.pattern);
  made.row.label.text = str(made.label);
  made.row.type = TENTO_STR("data");
  auto route = std::make_unique<Route>();
  route->provider = parent.provider;
  route->integration = parent.integration;
  route->row = &made.row;
  route->pattern = std::move(*pattern);
  route->account_param = parent.account_param;
  route->logs_of = &parent;
  route->verbs = TENTO_VERB_GET;
  route->made_by_host = true;
  return route;
}

}  // namespace

Accepted<ProviderRoutes> routes_of(const std::shared_ptr<Provider>& provider, std::span<const std::string> guards) {
  ProviderRoutes out;
  for (const tento_integration* integration : integrations(provider->connector())) {
    for (const tento_row* row : rows(*integration)) {
      auto route = route_of(provider, *integration, *row, guards);
      if (!route) return tl::unexpected<Rejection>(route.error());
      out.routes.push_back(std::move(*route));
    }
  }
  const std::size_t declared = out.routes.size();
  for (std::size_t i = 0; i < declared; ++i) {
    Route& route = *out.routes[i];
    if ((route.row->flags & TENTO_ROW_LOGS) == 0) continue;
    for (std::size_t k = 0; k < declared && route.logs_of == nullptr; ++k) {
      const Route& parent = *out.routes[k];
      if (parent.sync_shape != nullptr && is_logs_of(route.pattern, parent.pattern)) route.logs_of = &parent;
    }
    if (route.logs_of == nullptr) {
      return reject("logs_without_parent",
                    "the row " + quote(route.pattern.text()) +
                        " lists the runs of its parent, but is not the `:logs` of a sync-backed row",
                    "name it <pattern of a sync-backed row>:logs, or drop the LOGS flag");
    }
  }
  for (std::size_t i = 0; i < declared; ++i) {
    const Route& parent = *out.routes[i];
    if (parent.sync_shape == nullptr) continue;
    const bool has = std::any_of(out.routes.begin(), out.routes.end(),
                                 [&](const auto& r) { return is_logs_of(r->pattern, parent.pattern); });
    if (has) continue;
    if (auto logs = make_logs(parent, out.host_rows)) out.routes.push_back(std::move(logs));
  }
  return out;
}

}  // namespace tento::host
