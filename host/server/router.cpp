// SPDX-License-Identifier: Apache-2.0
// Walks the tree of path segments. Where a literal and a parameter both fit, both are followed, the literal first.
#include "host/server/router.hpp"

#include <algorithm>
#include <array>

#include "host/base/did_you_mean.hpp"
#include "host/base/text.hpp"
#include "host/formats/negotiate.hpp"

namespace tento::host::server {
namespace {

// Takes the first segment, without its slash, off a path that begins with a slash.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool is_param(std::string_view segment) {
  return segment.starts_with('{');
}

void add_method(std::string& list, std::string_view method) {
  if (!list.empty()) list += ", ";
  list += method;
}

void add_methods_of(const Route& route, std::string& list) {
  add_method(list, to_string(route.method));
  if (route.method == Method::get && route.head) add_method(list, "HEAD");
}

}  // namespace

// One look-up: finds the route, and on the way gathers the methods of the routes that have the path.
class Router::Search {
 public:
  Search(const std::vector<Node>& nodes, std::string_view method)
      : nodes_(nodes), head_(method == "HEAD"), method_(head_ ? "GET" : method) {}

  bool walk(std::size_t at, std::string_view rest) {
    const Node& node = nodes_[at];
    if (rest.empty()) return ends_at(node, std::nullopt);
    const auto segment = take_segment(rest);
    bool literal = false;
    for (const auto& [text, next] : node.literals) {
      if (text != segment) continue;
      literal = true;
      if (walk(next, rest)) return true;
    }
    // The last word of a path may name the form of the answer.
    if (!literal && rest.empty())
      if (const auto split = split_suffix(segment); split.media)
        for (const auto& [text, next] : node.literals)
          if (text == split.path && ends_at(nodes_[next], split.media)) return true;
    if (node.param == no_node || segment.empty()) return false;
    values_[depth_++] = segment;
    if (walk(node.param, rest)) return true;
    --depth_;
    return false;
  }

  [[nodiscard]] RouteMatch match() const { return match_; }
  [[nodiscard]] const std::string& allow() const { return allow_; }

 private:
  bool ends_at(const Node& node, std::optional<Media> suffix) {
    for (const Route* route : node.routes) {
      if (suffix && route->operation == nullptr) continue;
      if (to_string(route->method) != method_ || (head_ && !route->head)) {
        add_methods_of(*route, allow_);
        continue;
      }
      match_ = {route, {}, suffix};
      std::size_t value = 0;
      for (auto pattern = route->pattern; !pattern.empty();) {
        const auto segment = take_segment(pattern);
        if (is_param(segment)) match_.params.add(segment.substr(1, segment.size() - 2), values_[value++]);
      }
      return true;
    }
    return false;
  }

  const std::vector<Node>& nodes_;
  const bool head_;
  const std::string_view method_;
  std::array<std::string_view, PathParams::max_size> values_;
  std::size_t depth_ = 0;
  RouteMatch match_;
  std::string allow_;
};

Router::Router(std::span<const Route> routes) : routes_(routes) {
  for (const auto& route : routes_) {
    std::size_t node = 0;
    for (auto pattern = route.pattern; !pattern.empty();) node = child(node, take_segment(pattern));
    nodes_[node].routes.push_back(&route);
  }
  for (const auto method : {Method::get, Method::post, Method::put, Method::patch, Method::del}) {
    if (std::none_of(routes_.begin(), routes_.end(), [&](const Route& r) { return r.method == method; })) continue;
    add_method(methods_, to_string(method));
    if (method == Method::get) add_method(methods_, "HEAD");
  }
  add_method(methods_, "OPTIONS");
}

std::size_t Router::child(std::size_t node, std::string_view segment) {
  if (is_param(segment)) {
    if (nodes_[node].param != no_node) return nodes_[node].param;
    nodes_[node].param = nodes_.size();
  } else {
    for (const auto& [text, next] : nodes_[node].literals)
      if (text == segment) return next;
    nodes_[node].literals.emplace_back(segment, nodes_.size());
  }
  nodes_.emplace_back();
  return nodes_.size() - 1;
}

tl::expected<RouteMatch, RouteMiss> Router::find(std::string_view method, std::string_view path) const {
  Search search(nodes_, method);
  const bool rooted = path.starts_with('/');
  if (rooted && search.walk(0, path)) return search.match();
  if (!search.allow().empty()) {
    auto allow = search.allow();
    add_method(allow, "OPTIONS");
    auto text = quote(path) + " has the methods " + allow + ", not " + plain(method, 20);
    return tl::unexpected(RouteMiss{405, std::move(allow), std::move(text)});
  }
  std::vector<std::string> known;
  for (const auto& route : routes_) known.emplace_back(route.pattern);
  return tl::unexpected(RouteMiss{404, {}, "there is no " + quote(path) + did_you_mean(path, known)});
}

}  // namespace tento::host::server
