// SPDX-License-Identifier: Apache-2.0
// A route: one method of one path, with everything the server knows about it. Dispatching, 404 and 405, OPTIONS, the
// label of metrics, the OpenAPI document and the front page are made from the table of these.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/access/access.hpp"
#include "host/metrics/metrics.hpp"
#include "host/operations/context.hpp"
#include "host/operations/media.hpp"
#include "host/server/exchange.hpp"

namespace tento::host::server {

class EventHub;
class OperationRunner;

// The values of a pattern's `{name}` segments, as they stand in the path, still percent-encoded.
class PathParams {
 public:
  using Param = std::pair<std::string_view, std::string_view>;  // name, value
  static constexpr std::size_t max_size = 4;

  void add(std::string_view name, std::string_view value) { params_[size_++] = {name, value}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Param& operator[](std::size_t index) const { return params_[index]; }
  [[nodiscard]] const Param* begin() const { return params_.data(); }
  [[nodiscard]] const Param* end() const { return params_.data() + size_; }
  // Empty when the pattern has no such name; a value in a path is never empty.
  [[nodiscard]] std::string_view value(std::string_view name) const {
    for (const auto& [each, text] : *this)
      if (each == name) return text;
    return {};
  }

 private:
  std::array<Param, max_size> params_;
  std::size_t size_ = 0;
};

// What handlers work with. All of it lives as long as the server.
struct Environment {
  Parts& parts;
  const Host& host;
  Metrics& metrics;
  Access& access;
  EventHub& events;
  OperationRunner& operations;
  const std::atomic<bool>& ready;  // false once the host is ending
};

struct Route;

// A request that has found its route. Its views live as long as the request's.
struct RouteCall {
  const Request& request;
  const Route& route;
  const PathParams& params;
  std::optional<Media> suffix;  // `/cells.csv` asks for CSV
  Environment& server;
  const std::string& public_url;  // where this server is reached: `http://127.0.0.1:7700`
  Caller caller;                  // as it authenticated; of an open route nobody in particular
};
using RouteHandler = Outcome (*)(RouteCall& call);

// Who may call.
enum class RouteAuth {
  open,    // anybody
  caller,  // a token, the socket file, or loopback where the configuration opens it
};

enum class BodyPolicy {
  none,    // a request that has a body is refused
  object,  // a JSON object of parameters, or nothing
  raw,     // the body is one parameter, whatever it holds
};

// What the OpenAPI document and the front page say of a route that is not an operation.
struct RouteDocument {
  struct Parameter {
    std::string_view name, in, help;
  };
  std::string_view id = {};  // empty: the route is in no document
  std::string_view summary = {};
  std::string_view media_type = {};
  std::span<const Parameter> parameters = {};
};

struct Route {
  Method method = Method::get;
  std::string_view pattern;  // `/api/rows/{key}/cells`; of static storage
  RouteAuth auth = RouteAuth::caller;
  Scope scope = Scope::read;  // what the caller must be allowed to do; an operation checks and audits it itself
  BodyPolicy body = BodyPolicy::none;
  RouteHandler handler = nullptr;
  std::string label;  // in metrics
  RouteDocument document = {};
  const Operation* operation = nullptr;  // the operation that it is the way to, if any
  bool head = true;                      // HEAD is answered as GET without its body; false where a GET has effects
  bool probe = false;                    // answered under any IP address, as load balancers ask
};

// Every route of the server; of static storage.
[[nodiscard]] std::span<const Route> routes();

}  // namespace tento::host::server
