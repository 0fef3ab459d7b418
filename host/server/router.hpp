// SPDX-License-Identifier: Apache-2.0
// From a method and a path to an operation: made of the table, once.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/formats/negotiate.hpp"
#include "host/operations/operation.hpp"

namespace tento::host::server {

struct Routed {
  const Operation* operation = nullptr;
  // As they stand in the path, still percent-encoded.
  std::vector<std::pair<std::string_view, std::string_view>> params = {};
  std::optional<Media> suffix = {};  // `/cells.csv` wants CSV
};

// What a path that no operation has comes to.
struct Unrouted {
  unsigned status = 404;
  std::string allow;  // the methods of a path that is there, for 405
  std::string text;
};

class Router {
 public:
  explicit Router(std::span<const Operation> operations);
  // HEAD goes where GET goes.
  [[nodiscard]] tl::expected<Routed, Unrouted> find(std::string_view method, std::string_view path) const;

 private:
  struct Entry {
    const Operation* operation;
    std::vector<std::string_view> segments;
  };
  std::vector<Entry> entries_;
};

// `%41` becomes `A`, once; nothing else is touched. Errors: an escape that is none, bytes that are no UTF-8, a NUL.
[[nodiscard]] Result<std::string> percent_decoded(std::string_view text);
// A row key as it came in a path: its parameters are decoded by the key's own parser, so only what that reads alike is
// unescaped (`:%7Ea` is `:~a`); but a client that escaped the key's colons too has escaped all of it, once.
[[nodiscard]] Result<std::string> key_of_path(std::string_view segment);

}  // namespace tento::host::server
