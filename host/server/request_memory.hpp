// SPDX-License-Identifier: Apache-2.0
// Where a request is kept while it is answered: tokens and secrets come in it, so none of it stays. Of connection.cpp
// alone, since it is of Beast.
#pragma once

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <string>

#include "host/base/wiping_allocator.hpp"

namespace tento::host::server {

using RequestBuffer = boost::beast::basic_flat_buffer<WipingAllocator<char>>;
using RequestFields = boost::beast::http::basic_fields<WipingAllocator<char>>;
using RequestBody = boost::beast::http::basic_string_body<char, std::char_traits<char>, WipingAllocator<char>>;
using RequestParser = boost::beast::http::request_parser<RequestBody, WipingAllocator<char>>;

// Wipes what is not used of a buffer from which at most so many bytes were read since this was done before. One that
// holds the beginning of the next request is wiped after that.
inline void wipe_read(RequestBuffer& buffer, std::size_t& taken) {
  if (buffer.size() > 0 || buffer.capacity() == 0) return;
  const auto room = buffer.prepare(buffer.capacity());
  OPENSSL_cleanse(room.data(), std::min(room.size(), taken));
  taken = 0;
}
inline void wipe_body(RequestParser& parser) {
  auto& body = parser.get().body();
  OPENSSL_cleanse(body.data(), body.capacity());  // also where it is short
}

}  // namespace tento::host::server
