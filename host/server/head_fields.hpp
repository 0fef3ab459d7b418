// SPDX-License-Identifier: Apache-2.0
// The fields of a request's head, as its connection has them; of connection.cpp alone, since they are of Beast.
#pragma once

#include <boost/beast/core/string.hpp>
#include <string_view>
#include <vector>

#include "host/server/request_memory.hpp"

namespace tento::host::server {

inline std::string_view std_view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// The fields of a head. The parser puts those behind a body among them: of a request with a body they are those that
// were there before it.
struct HeadFields {
  const RequestFields* all = nullptr;
  const std::vector<const RequestFields::value_type*>* head = nullptr;  // empty: all of them
};

// Whether the body is framed as the parser takes it: one in a coding that it does not know would be taken for the next
// request (RFC 9112, 6.1).
template <class Message>
bool framing_is_plain(const Message& message) {
  const auto codings = message.equal_range(boost::beast::http::field::transfer_encoding);
  if (codings.first == codings.second) return true;
  return message.version() >= 11 && std::next(codings.first) == codings.second &&
         boost::beast::iequals(codings.first->value(), "chunked");
}

// A request has a handful of fields: looking at each is cheaper than the tree they are also in.
inline std::string_view field_of(const void* fields, std::string_view name) {
  const auto& of = *static_cast<const HeadFields*>(fields);
  const boost::beast::string_view wanted(name.data(), name.size());
  const auto is_wanted = [wanted](const RequestFields::value_type& field) {
    return field.name_string().size() == wanted.size() && boost::beast::iequals(field.name_string(), wanted);
  };
  for (const auto* field : *of.head)
    if (is_wanted(*field)) return std_view(field->value());
  if (!of.head->empty()) return {};
  for (const auto& field : *of.all)
    if (is_wanted(field)) return std_view(field.value());
  return {};
}

}  // namespace tento::host::server
