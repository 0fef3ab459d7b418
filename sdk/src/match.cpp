// SPDX-License-Identifier: Apache-2.0
// One key against the routes of one schema, and what to say when none fits.
#include <tento/sdk/match.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace tento::detail {
namespace {

constexpr std::size_t patterns_named = 5;

bool is_param(std::string_view segment) {
  return segment.starts_with('{');
}

// How many segments of the key fit the pattern's from the left; `whole` says that it is all of both.
std::size_t fitting(std::string_view pattern, std::string_view key, bool& whole) {
  std::size_t count = 0;
  while (!pattern.empty() && !key.empty()) {
    const std::string_view want = next_segment(pattern);
    if (const std::string_view got = next_segment(key); !is_param(want) && want != got) return count;
    ++count;
  }
  whole = pattern.empty() && key.empty();
  return count;
}

// Whether `a` is the better of two patterns that fit the same key: a literal where the other one has a parameter.
bool better(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const bool x = is_param(next_segment(a));
    const bool y = is_param(next_segment(b));
    if (x != y) return y;
  }
  return false;
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

std::string verb_names(std::uint32_t verbs) {
  constexpr std::array<std::pair<Verb, std::string_view>, 4> names = {
      {{Verb::get, "get"}, {Verb::post, "post"}, {Verb::patch, "patch"}, {Verb::remove, "delete"}}};
  std::string out;
  for (const auto& [verb, name] : names) {
    if ((verbs & static_cast<std::uint32_t>(verb)) == 0) continue;
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

// The patterns that go furthest along with the key, each once.
std::string nearest(std::span<const Route> routes, std::string_view key) {
  std::size_t furthest = 0;
  std::vector<std::string_view> names;
  for (const Route& route : routes) {
    bool whole = false;
    const std::size_t count = fitting(route.pattern.view(), key, whole);
    if (count < furthest) continue;
    if (count > furthest) names.clear();
    furthest = count;
    if (std::find(names.begin(), names.end(), route.pattern.view()) == names.end()) {
      names.push_back(route.pattern.view());
    }
  }
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), patterns_named); ++i) {
    out += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  if (names.size() > patterns_named) out += ", ...";
  return out;
}

std::vector<Param> params_of_key(std::string_view pattern, std::string_view key) {
  std::vector<Param> out;
  while (!pattern.empty()) {
    const std::string_view want = next_segment(pattern);
    const std::string_view got = next_segment(key);
    if (!is_param(want)) continue;
    const std::string_view name = want.substr(1, want.size() - 2);
    append_percent_decoded(out.emplace_back(Param{std::string(name), {}}).value, got);
  }
  return out;
}

}  // namespace

Result<KeyMatch> match_routes(std::span<const Route> routes, std::string_view key, Verb verb) {
  if (const KeyDefect defect = check_key(key); defect != KeyDefect::none) return fail(key_error(defect, key));
  const Route* best = nullptr;
  std::uint32_t verbs = 0;
  for (const Route& route : routes) {
    bool whole = false;
    fitting(route.pattern.view(), key, whole);
    if (!whole) continue;
    verbs |= route.verb;
    if (route.verb != static_cast<std::uint32_t>(verb)) continue;
    if (best == nullptr || better(route.pattern.view(), best->pattern.view())) best = &route;
  }
  if (best != nullptr) return KeyMatch{SchemaEntry(*best), HandlerParams(params_of_key(best->pattern.view(), key))};
  if (verbs != 0) {
    return fail(ErrorCode::unsupported, ErrorClass::config,
                "the row " + quoted(key) + " has no " + verb_names(static_cast<std::uint32_t>(verb)) + "; it has " +
                    verb_names(verbs),
                "verb_unsupported");
  }
  return fail(ErrorCode::not_found, ErrorClass::config,
              "no row is called " + quoted(key) + "; nearest: " + nearest(routes, key), "no_route");
}

}  // namespace tento::detail
