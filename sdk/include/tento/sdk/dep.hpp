// SPDX-License-Identifier: Apache-2.0
/// @file dep.hpp
/// How a provider says what it needs from its host, and gets it: `Deps<...>` lists wrappers, each bound to one call.
#pragma once

#include <tento/deps.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "result.hpp"

namespace tento {

/// A string as a template argument: `Custom<acme_ledger, "acme.ledger/1">`.
template <std::size_t N>
struct FixedString {
  char text[N];  ///< the characters and a NUL
  /// Copies a literal.
  consteval FixedString(const char (&literal)[N]) {  // NOLINT(*-explicit-constructor): literals are the use
    for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
  }
};

namespace detail {

[[nodiscard]] Result<tento_iface> find_interface(const tento_call& call, tento_str id, std::uint32_t min_size);

}  // namespace detail

/// What every wrapper of an interface is made of: the call, and the interface looked up in it. Thread-safe: it keeps no
/// state, so helper threads of a call may use it until the slot returns.
template <class Vtable>
class Dep {
 public:
  /// Binds to a call, which must outlive it.
  explicit Dep(const tento_call& call) noexcept : call_(&call) {}

 protected:
  /// A found interface, typed.
  struct Found {
    const Vtable* table;  ///< its slots
    void* self;           ///< their first argument
  };
  /// Finds the interface of this call; an error when the host does not offer it to this integration.
  [[nodiscard]] Result<Found> find(const tento_need& need) const {
    TENTO_TRY_ASSIGN(const tento_iface found, detail::find_interface(*call_, need.id, need.min_size));
    return Found{static_cast<const Vtable*>(found.vtable), found.self};
  }
  /// The capability that goes with every slot.
  [[nodiscard]] const tento_call* call() const noexcept { return call_; }

 private:
  const tento_call* call_;
};

/// A wrapper of an interface: says what it needs, and can be bound to a call.
template <class D>
concept DepWrapper = std::constructible_from<D, const tento_call&> && requires {
  { D::need } -> std::convertible_to<const tento_need&>;
};

/// An interface that an embedder registered under an id of its own. `Vtable` is its C
/// struct; the whole of it is needed. Use it by alias: `using Ledger = tento::Custom<acme_ledger, "acme.ledger/1">;`.
template <class Vtable, FixedString Id>
class Custom : public Dep<Vtable> {
 public:
  using Dep<Vtable>::Dep;
  /// What the integration declares; nobody computes the size.
  static constexpr tento_need need{{Id.text, sizeof(Id.text) - 1}, sizeof(Vtable), 0};
  /// Its slots, with the first two arguments most of them take.
  struct Bound {
    const Vtable* table;     ///< the slots
    void* self;              ///< first argument
    const tento_call* call;  ///< the capability
  };
  /// The interface of this call.
  [[nodiscard]] Result<Bound> get() const {
    TENTO_TRY_ASSIGN(const auto found, this->find(need));
    return Bound{found.table, found.self, this->call()};
  }
};

/// A wrapper the provider works without: the boot check does not demand it, `available` says whether it is there.
template <class D>
class Optional : public D {
 public:
  using D::D;
  /// As the wrapper's, marked optional.
  static constexpr tento_need need{D::need.id, D::need.min_size, TENTO_NEED_OPTIONAL};
};

/// What an integration needs: `using Deps = tento::Deps<tento::Backend, tento::Log>;`. Bound to a call it is all of
/// them at once: `ctx.deps.persist_cells(...)`.
template <DepWrapper... D>
class Deps : public D... {
 public:
  /// Binds all of them to a call.
  explicit Deps(const tento_call& call) noexcept : D(call)... {}
  /// How many.
  static constexpr std::size_t count = sizeof...(D);
  /// What the descriptor and the note say, generated.
  static constexpr std::array<tento_need, sizeof...(D)> needs{D::need...};
  /// Whether `W` is one of them, optional or not.
  template <class W>
  static constexpr bool has = (std::derived_from<D, W> || ...);
  /// One of them, by type.
  template <class W>
  [[nodiscard]] const W& get() const noexcept {
    static_assert(has<W>, "tento: this wrapper is not in the integration's Deps; add it there");
    return *this;
  }
};

/// No deps at all.
template <>
class Deps<> {
 public:
  /// Binds nothing.
  explicit Deps(const tento_call&) noexcept {}
  static constexpr std::size_t count = 0;              ///< none
  static constexpr std::array<tento_need, 0> needs{};  ///< none
  /// No wrapper is one of none.
  template <class W>
  static constexpr bool has = false;
};

}  // namespace tento
