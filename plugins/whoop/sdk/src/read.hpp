// SPDX-License-Identifier: Apache-2.0
/// @file read.hpp
/// Records and pages out of JSON.
#pragma once

#include <simdjson.h>

#include <functional>
#include <string>
#include <string_view>
#include <tento/sdk/transport.hpp>

#include "members.hpp"
#include "whoop/client.hpp"
#include "whoop/models.hpp"

namespace whoop {

/// How a kind of record is called, where its list is, and how one is read.
template <class Model>
struct Kind;
/// @cond
template <>
struct Kind<Sleep> {
  static constexpr std::string_view path = "/v2/activity/sleep", name = "sleep", plural = "sleeps";
  static constexpr const char* id_member = "id";
};
template <>
struct Kind<Recovery> {
  static constexpr std::string_view path = "/v2/recovery", name = "recovery of cycle", plural = "recoveries";
  static constexpr const char* id_member = "cycle_id";
};
template <>
struct Kind<Cycle> {
  static constexpr std::string_view path = "/v2/cycle", name = "cycle", plural = "cycles";
  static constexpr const char* id_member = "id";
};
template <>
struct Kind<Workout> {
  static constexpr std::string_view path = "/v2/activity/workout", name = "workout", plural = "workouts";
  static constexpr const char* id_member = "id";
};
/// @endcond

/// Reads a record, without its bytes. What is wrong with it is an error of which is_odd holds.
template <class Model>
[[nodiscard]] tento::Result<Model> read_record(const Members& members);

/// Reads a whole record that stands alone.
[[nodiscard]] tento::Result<Sleep> read_sleep(const std::string& body, std::string_view where);
/// Reads whose token it is.
[[nodiscard]] tento::Result<Profile> read_profile(const std::string& body, std::string_view where);
/// What an answer that is none of the documented ones says for people; empty = nothing.
[[nodiscard]] std::string read_said(std::string_view body);

/// The records of a page, each as its own bytes, in the page's order. `next` gets the token of the page after it, or
/// nothing. An error of `each` ends it. What is not a page is bad_answer.
tento::Result<std::size_t> each_piece(
    const tento::http::Text& body, std::string_view where, std::string& next,
    const std::function<tento::Result<void>(std::string_view piece, std::size_t number)>& each);

/// Reads a piece of a page. An error (is_odd holds of it) says what is wrong with that record, and `id` is what it is
/// called, if that much can be read.
template <class Model>
[[nodiscard]] tento::Result<Model> read_piece(simdjson::dom::parser& parser, std::string_view piece, std::string& id);

}  // namespace whoop
