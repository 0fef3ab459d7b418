// SPDX-License-Identifier: Apache-2.0
// Heads of answers, byte by byte.
#include "host/server/head.hpp"

#include <doctest/doctest.h>

using tento::host::server::HeadWriter;

namespace {
std::string head_of(unsigned version, unsigned status) {
  std::string out = "what was sent before";
  HeadWriter head(out, version, status);
  head.field("ETag", "W/\"7\"");
  head.field("Content-Length", std::size_t{1204});
  head.end();
  return out;
}
}  // namespace

TEST_CASE("a head has its status line, its fields, and an empty line") {
  CHECK(head_of(11, 200) == "HTTP/1.1 200 OK\r\nETag: W/\"7\"\r\nContent-Length: 1204\r\n\r\n");
  CHECK(head_of(10, 304) == "HTTP/1.0 304 Not Modified\r\nETag: W/\"7\"\r\nContent-Length: 1204\r\n\r\n");
  CHECK(head_of(11, 431).starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
}

TEST_CASE("a value never begins a field of its own") {
  std::string out;
  HeadWriter head(out, 11, 201);
  head.field("Location", "/a\r\nSet-Cookie: b");
  head.field("ETag", "c\nd");
  head.field("Allow", std::string_view("e\0f", 3));
  head.end();
  CHECK(out == "HTTP/1.1 201 Created\r\nLocation: /a\r\nETag: c\r\nAllow: e\r\n\r\n");
}

TEST_CASE("fields that were written before go into a head as they are") {
  std::string written;
  HeadWriter(written).field("Vary", "Accept");
  CHECK(written == "Vary: Accept\r\n");
  std::string out;
  HeadWriter head(out, 11, 200);
  head.lines(written);
  head.end();
  CHECK(out == "HTTP/1.1 200 OK\r\nVary: Accept\r\n\r\n");
}
