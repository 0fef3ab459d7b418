// SPDX-License-Identifier: Apache-2.0
/// @file match.hpp
/// Which route of a schema a lookup key belongs to: match_key over an author's own routes, for tests and
/// programs without a host. (A host matches over all of its providers with a table of its own, by the same rules.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "key.hpp"
#include "params.hpp"
#include "result.hpp"
#include "tables.hpp"

namespace tento {

/// What is asked of a row.
enum class Verb : std::uint32_t {
  get = TENTO_VERB_GET,        ///< read cells
  post = TENTO_VERB_POST,      ///< create a cell
  patch = TENTO_VERB_PATCH,    ///< change a cell
  remove = TENTO_VERB_DELETE,  ///< delete a cell
};

/// One row and verb of a schema. A view: valid as long as the schema.
class SchemaEntry {
 public:
  /// Views a route of a schema.
  explicit SchemaEntry(const detail::Route& route) noexcept : route_(&route) {}
  /// The pattern, such as `:~myprovider:{authId}:activities`.
  [[nodiscard]] std::string_view pattern() const noexcept { return route_->pattern.view(); }
  /// Its first segment without the colon: the key prefix of the provider (`~myprovider`).
  [[nodiscard]] std::string_view prefix() const noexcept { return pattern().substr(1, pattern().find(':', 1) - 1); }
  /// The verb.
  [[nodiscard]] Verb verb() const noexcept { return Verb{route_->verb}; }
  /// Names of the guards that have to hold, outermost first.
  [[nodiscard]] std::span<const std::string_view> guards() const noexcept {
    return {route_->guards.names.data(), route_->guards.size};
  }
  /// Whether it is the row `R`.
  template <class R>
  [[nodiscard]] bool is() const noexcept {
    return route_->row == &detail::tag_of<R>;
  }

 private:
  const detail::Route* route_;
};

/// The entries of a schema, in the order in which they are declared: a range over
/// SchemaEntry. A view: valid as long as the schema.
class SchemaEntries {
 public:
  /// Walks over the entries.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;  ///< entries are made on the way
    using value_type = SchemaEntry;                     ///< an entry
    using difference_type = std::ptrdiff_t;             ///< required of iterators
    using pointer = void;                               ///< none: entries are made on the way
    using reference = SchemaEntry;                      ///< by value
    iterator() = default;                               ///< of no schema
    /// At `route`.
    explicit iterator(const detail::Route* route) noexcept : route_(route) {}
    /// The entry.
    SchemaEntry operator*() const noexcept { return SchemaEntry(*route_); }
    /// Steps to the next one.
    iterator& operator++() noexcept {
      ++route_;
      return *this;
    }
    /// Steps to the next one and gives where it was.
    iterator operator++(int) noexcept { return iterator(route_++); }
    friend bool operator==(const iterator&, const iterator&) = default;  ///< whether both stand at the same entry

   private:
    const detail::Route* route_ = nullptr;
  };
  /// Over these routes.
  explicit SchemaEntries(std::span<const detail::Route> routes) noexcept : routes_(routes) {}
  /// The first entry.
  [[nodiscard]] iterator begin() const noexcept { return iterator(routes_.data()); }
  /// Past the last entry.
  [[nodiscard]] iterator end() const noexcept { return iterator(routes_.data() + routes_.size()); }
  /// How many: one for each verb of each row.
  [[nodiscard]] std::size_t size() const noexcept { return routes_.size(); }
  /// One of them.
  [[nodiscard]] SchemaEntry operator[](std::size_t i) const noexcept { return SchemaEntry(routes_[i]); }

 private:
  std::span<const detail::Route> routes_;
};

/// All entries of a schema: `for (const tento::SchemaEntry entry : tento::entries(routes)) ...`.
template <class List, std::size_t N, class Values>
[[nodiscard]] SchemaEntries entries(const Schema<List, N, Values>& schema) noexcept {
  return SchemaEntries({schema.routes.items.data(), schema.routes.size});
}
/// A temporary would not outlive the answer.
template <class List, std::size_t N, class Values>
SchemaEntries entries(const Schema<List, N, Values>&& schema) = delete;

/// The parameters of a key that matched: decoded, in the pattern's order.
class HandlerParams {
 public:
  /// Takes decoded parameters.
  explicit HandlerParams(std::vector<Param> list) noexcept : list_(std::move(list)) {}
  /// Names and values.
  [[nodiscard]] const std::vector<Param>& list() const noexcept { return list_; }
  /// As an author's struct, which may name some of them only. An error when one of
  /// its parameters is missing or does not fit its member.
  template <ParamsStruct P>
  [[nodiscard]] Result<P> as() const {
    std::vector<tento_param> abi;
    abi.reserve(list_.size());
    for (const Param& one : list_) abi.push_back({str(one.name), str(one.value)});
    return decode_params<P>(abi);
  }

 private:
  std::vector<Param> list_;
};

/// What match_key gives.
struct KeyMatch {
  SchemaEntry entry;     ///< the route
  HandlerParams params;  ///< what the key says for its parameters
};

namespace detail {

[[nodiscard]] Result<KeyMatch> match_routes(std::span<const Route> routes, std::string_view key, Verb verb);

}  // namespace detail

/// Finds the route of `key` for `verb` and takes the parameters out of the key.
///
///     constexpr auto routes = tento::schema(tento::attrs(tento::integration<MyProvider>)(...));
///     TENTO_TRY_ASSIGN(const auto match, tento::match_key(routes, ":~myprovider:alice:steps", tento::Verb::get));
///     TENTO_TRY_ASSIGN(const auto params, match.params.as<MyProviderParams>());
///
/// Of several patterns that fit, the one with a literal where the others have a parameter wins, from the left; a
/// pattern without the verb stands back behind one that has it. Errors: that of split_key when `key` is none;
/// `unsupported`, naming the verbs there are, when only the verb does not fit; else `not_found`, naming the patterns
/// that are nearest. Looks at every route: made for the tens that a provider has. Any thread. `schema` must outlive the
/// answer.
template <class List, std::size_t N, class Values>
[[nodiscard]] Result<KeyMatch> match_key(const Schema<List, N, Values>& schema, std::string_view key, Verb verb) {
  return detail::match_routes({schema.routes.items.data(), schema.routes.size}, key, verb);
}
/// A temporary would not outlive the answer.
template <class List, std::size_t N, class Values>
Result<KeyMatch> match_key(const Schema<List, N, Values>&& schema, std::string_view key, Verb verb) = delete;

}  // namespace tento
