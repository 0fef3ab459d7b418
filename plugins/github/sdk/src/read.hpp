// SPDX-License-Identifier: Apache-2.0
// Records out of JSON. What is not as it should be becomes an error that says where.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>
#include <tento/sdk/result.hpp>

#include "github/record.hpp"

namespace github {

// The error of an answer that makes no sense. `where` empty = it is added later.
[[nodiscard]] tl::unexpected<tento::Error> bad_answer(std::string_view where, std::string_view why);

// Whether it is the error of one record whose members are odd, and not of what is not JSON.
[[nodiscard]] bool is_odd(const tento::Error& error) noexcept;

// Reads the members that `kind` has. The views are into the document's bytes and its parser. An error's message says
// why and not where. After one for which is_odd holds the next record can be read, and `odd_id` is the id of this one,
// as far as it has one.
[[nodiscard]] tento::Result<Record> read_record(simdjson::ondemand::object& object, Kind kind,
                                                std::string_view& odd_id);
// `issue`, for people.
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;

// A body that is one record. `body` is moved into it.
[[nodiscard]] tento::Result<Single> read_single(std::string body, Kind kind, std::string_view where);
// A body that is a user.
[[nodiscard]] tento::Result<User> read_user(std::string body, std::string_view where);
// The service's own words for an error; empty when the body is not what it should be.
[[nodiscard]] std::string read_message(const std::string& body);

}  // namespace github
