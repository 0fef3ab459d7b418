// SPDX-License-Identifier: Apache-2.0
// From a method and a path to a route: a tree of path segments, made of the table once.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/server/route.hpp"

namespace tento::host::server {

struct RouteMatch {
  const Route* route = nullptr;
  PathParams params = {};
  std::optional<Media> suffix = {};
};

// A request that no route takes.
struct RouteMiss {
  unsigned status = 404;  // 405: the path is there, with other methods
  std::string allow;      // those, as the field Allow lists them
  std::string text;
};

class Router {
 public:
  // The routes outlive it. A literal segment is preferred to a parameter.
  explicit Router(std::span<const Route> routes);
  // HEAD goes where GET goes. OPTIONS is a miss with 405 whose `allow` is the answer.
  [[nodiscard]] tl::expected<RouteMatch, RouteMiss> find(std::string_view method, std::string_view path) const;
  // Every method of the table, as the field Allow lists them: the answer to `OPTIONS *`.
  [[nodiscard]] const std::string& methods() const { return methods_; }

 private:
  static constexpr std::size_t no_node = static_cast<std::size_t>(-1);
  struct Node {
    std::vector<std::pair<std::string_view, std::size_t>> literals;
    std::size_t param = no_node;
    std::vector<const Route*> routes;
  };
  class Search;

  std::size_t child(std::size_t node, std::string_view segment);

  std::span<const Route> routes_;
  std::vector<Node> nodes_{1};
  std::string methods_;
};

}  // namespace tento::host::server
