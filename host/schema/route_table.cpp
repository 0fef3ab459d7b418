// SPDX-License-Identifier: Apache-2.0
// The route table: the providers' routes over one trie, and the words for what does not match.
#include "host/schema/route_table.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "host/base/text.hpp"
#include "host/schema/nearest.hpp"
#include "host/schema/route_checks.hpp"

namespace tento::host {
namespace {

std::string verb_names(std::uint32_t verbs) {
  std::string out;
  for (const auto& [bit, name] : {std::pair{TENTO_VERB_GET, "get"}, std::pair{TENTO_VERB_POST, "post"},
                                  std::pair{TENTO_VERB_PATCH, "patch"}, std::pair{TENTO_VERB_DELETE, "delete"}}) {
    if ((verbs & bit) == 0) continue;
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out.empty() ? "none" : out;
}

// Whether the segment stands for itself: nothing to decode, nothing that could be wrong with it.
bool is_plain(std::string_view segment) {
  if (segment.size() > TENTO_MAX_PARAM || segment == "." || segment == "..") return false;
  return std::all_of(segment.begin(), segment.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '%'; });
}

class Table final : public RouteTable {
 public:
  // Gives the routes to the table, or the route they clash with and which of them does.
  std::pair<const Route*, const Route*> add(ProviderRoutes& made) {
    // The trie takes patterns one by one and gives none back, so look before.
    for (const auto& route : made.routes) {
      if (const Route* taken = same_shape(*route, made.routes)) return {taken, route.get()};
    }
    for (auto& route : made.routes) {
      trie_.add(route->pattern, static_cast<std::uint32_t>(routes_.size()), route->verbs);
      shapes_.emplace(shape(route->pattern), route.get());
      routes_.push_back(route.get());
      owned_.push_back(std::move(route));
    }
    host_rows_.push_back(std::move(made.host_rows));
    return {nullptr, nullptr};
  }
  void seal() { trie_.seal(); }

  RawMatch match_raw(std::string_view key, std::uint32_t verb, RawSegments& raw) const noexcept override {
    const RouteTrie::Hit hit = trie_.match(key, verb, raw);
    if (hit.pattern != RouteTrie::no_pattern) return {RawMatch::Kind::hit, routes_[hit.pattern], 0};
    return {hit.verbs_seen != 0 ? RawMatch::Kind::wrong_verb : RawMatch::Kind::no_route, nullptr, hit.verbs_seen};
  }

  Result<RouteMatch> match(std::string_view key, std::uint32_t verb) const override {
    if (key.size() > TENTO_MAX_KEY) return fail(key_error(KeyDefect::too_long, key));
    RawSegments raw;
    const RawMatch found = match_raw(key, verb, raw);
    if (found.kind != RawMatch::Kind::hit) return fail(miss(key, verb, found));
    return decode(*found.route, key, raw);
  }
  Result<RouteMatch> find(std::string_view key) const override { return match(key, 0); }
  std::span<const Route* const> routes() const override { return routes_; }

 private:
  // Two patterns with one shape fit the same keys.
  static std::string shape(const Pattern& pattern) {
    std::string out;
    for (const Segment& segment : pattern.segments()) out += segment.param ? ":{}" : ":" + segment.text;
    return out;
  }
  const Route* same_shape(const Route& route, const std::vector<std::unique_ptr<Route>>& siblings) const {
    const std::string wanted = shape(route.pattern);
    if (const auto found = shapes_.find(wanted); found != shapes_.end()) return found->second;
    for (const auto& sibling : siblings) {
      if (sibling.get() == &route) break;
      if (shape(sibling->pattern) == wanted) return sibling.get();
    }
    return nullptr;
  }

  static Result<RouteMatch> decode(const Route& route, std::string_view key, const RawSegments& raw) {
    RouteMatch out;
    out.route = &route;
    const auto& segments = route.pattern.segments();
    bool checked = false;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (!segments[i].param) continue;
      Param& param = out.params.emplace_back(Param{segments[i].text, {}});
      if (is_plain(raw[i])) {
        param.value = raw[i];
        continue;
      }
      if (!std::exchange(checked, true)) {
        if (const KeyDefect defect = check_key(key); defect != KeyDefect::none) return fail(key_error(defect, key));
      }
      append_percent_decoded(param.value, raw[i]);
    }
    return out;
  }

  Error miss(std::string_view key, std::uint32_t verb, const RawMatch& found) const {
    if (const KeyDefect defect = check_key(key); defect != KeyDefect::none) return key_error(defect, key);
    Error error;
    error.error_class = ErrorClass::config;
    if (found.kind == RawMatch::Kind::wrong_verb) {
      error.code = ErrorCode::unsupported;
      error.tag = "verb_unsupported";
      error.message = "the row " + quote(key) + " has no " + verb_names(verb) + "; it has " + verb_names(found.verbs);
      return error;
    }
    error.code = ErrorCode::not_found;
    error.tag = "no_route";
    error.message = "no row is called " + quote(key);
    const auto nearest = nearest_patterns(routes_, key);
    if (nearest.empty()) {
      error.message += routes_.empty() ? "; no provider is loaded" : "; no loaded provider has a prefix like that";
      return error;
    }
    error.message += "; nearest: ";
    for (std::size_t i = 0; i < nearest.size(); ++i) error.message += (i == 0 ? "" : ", ") + nearest[i];
    return error;
  }

  RouteTrie trie_;
  std::vector<const Route*> routes_;
  std::vector<std::unique_ptr<Route>> owned_;
  std::vector<std::deque<HostRow>> host_rows_;
  std::unordered_map<std::string, const Route*> shapes_;
};

std::string told(const Route& route) {
  return quote(route.pattern.text()) + " of " + route.provider->note().id + " (" +
         std::string(view(route.integration->id)) + ")";
}

}  // namespace

SchemaResult build_route_table(std::span<const std::shared_ptr<Provider>> providers,
                               std::span<const std::string> guards) {
  auto table = std::make_shared<Table>();
  SchemaResult out;
  for (const auto& provider : providers) {
    auto made = routes_of(provider, guards);
    if (!made) {
      out.problems.push_back({provider->note().id, std::move(made).error()});
      continue;
    }
    if (const auto [taken, clashing] = table->add(*made); clashing != nullptr) {
      out.problems.push_back(
          {provider->note().id, Rejection{"pattern_clash", told(*clashing) + " fits the same keys as " + told(*taken),
                                          taken->provider == provider
                                              ? "give one of the two another pattern"
                                              : "remove one of the two providers, or give its row another pattern"}});
    }
  }
  table->seal();
  out.table = std::move(table);
  return out;
}

}  // namespace tento::host
