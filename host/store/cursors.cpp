// SPDX-License-Identifier: Apache-2.0
// A letter for the kind, a digit for the version, then base64url (RFC 4648, without padding) of big-endian numbers.
#include "host/store/cursors.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <optional>

#include "host/base/error.hpp"
#include "host/model/change.hpp"

namespace tento::host {

namespace {

constexpr std::string_view page_prefix = "p1";
constexpr std::string_view made_prefix = "m1";
constexpr std::string_view change_prefix = "c2";
constexpr std::string_view unmarked_change_prefix = "c1";
// Identities are at most TENTO_MAX_CELL_ID bytes, or 17 of a date.
constexpr std::size_t longest_ident = TENTO_MAX_CELL_ID;
constexpr std::size_t longest_text = 1024;

void put_number(std::string& out, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift & 0xff);
}

std::int64_t take(std::string_view& bytes) {
  std::uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  bytes.remove_prefix(8);
  return static_cast<std::int64_t>(bits);
}

std::string encode(std::string_view prefix, std::string_view bytes) {
  std::string out(prefix.size() + (bytes.size() + 2) / 3 * 4 + 1, '\0');  // a NUL is written behind
  std::copy(prefix.begin(), prefix.end(), out.begin());
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + prefix.size()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(prefix.size() + static_cast<std::size_t>(size));
  while (out.ends_with('=')) out.pop_back();
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

// The bytes of a text that encode() gave; anything else is none, other spellings of the same bytes too.
std::optional<std::string> decode(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix) || text.size() > longest_text) return std::nullopt;
  std::string padded(text.substr(prefix.size()));
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  const std::size_t padding = (4 - padded.size() % 4) % 4;
  if (padding == 3) return std::nullopt;
  padded.append(padding, '=');
  std::string bytes(padded.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(padded.data()), static_cast<int>(padded.size()));
  if (size < 0 || static_cast<std::size_t>(size) < padding) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  if (encode(prefix, bytes) != text) return std::nullopt;
  return bytes;
}

tl::unexpected<Error> bad_cursor(std::string_view where) {
  return error(ErrorCode::invalid_argument, ErrorClass::config,
               "the cursor is not one that " + std::string(where) + " gives. Send one back as it came, or leave it out")
      .tag("bad_cursor")
      .remedy("start without a cursor");
}

bool is_ident(std::string_view bytes) {
  return !bytes.empty() && bytes.size() <= longest_ident;
}

void put_place(std::string& out, const PageCursor& place) {
  put_number(out, place.start_us);
  put_number(out, place.end_us);
  out += place.ident;
}

bool take_place(std::string_view bytes, PageCursor& place) {
  if (bytes.size() < 17) return false;
  place.start_us = take(bytes);
  place.end_us = take(bytes);
  place.ident = bytes;
  return place.end_us >= place.start_us && is_ident(bytes);
}

}  // namespace

std::string Change::cursor() const {
  return cursor_text(*position);
}

std::string cursor_text(const PageCursor& cursor) {
  std::string bytes;
  put_place(bytes, cursor);
  return encode(page_prefix, bytes);
}

Result<PageCursor> parse_page_cursor(std::string_view text) {
  PageCursor out;
  const auto bytes = decode(page_prefix, text);
  if (!bytes || !take_place(*bytes, out)) return bad_cursor("a page of this list");
  return out;
}

std::string cursor_text(const MadeCursor& cursor) {
  std::string bytes;
  put_number(bytes, cursor.start_us);
  put_number(bytes, static_cast<std::int64_t>(cursor.count));
  bytes += cursor.name;
  return encode(made_prefix, bytes);
}

Result<MadeCursor> parse_made_cursor(std::string_view text) {
  const auto decoded = decode(made_prefix, text);
  if (!decoded || decoded->size() < 17) return bad_cursor("a page of this list");
  std::string_view bytes = *decoded;
  MadeCursor out;
  out.start_us = take(bytes);
  const auto count = take(bytes);
  out.count = static_cast<std::uint64_t>(count);
  out.name = bytes;
  if (count < 1 || !is_ident(out.name)) return bad_cursor("a page of this list");
  return out;
}

ChangeCursor cursor_behind(std::int64_t seq, std::int64_t mark) {
  ChangeCursor out;
  out.seq = out.base = out.since = seq;
  out.mark = out.since_mark = mark;
  return out;
}

std::string cursor_text(const ChangeCursor& cursor) {
  std::string bytes;
  put_number(bytes, cursor.seq);
  put_number(bytes, cursor.mark);
  if (cursor.at == ChangeCursor::At::end && cursor.base == cursor.seq && cursor.since == cursor.seq)
    return encode(change_prefix, bytes);
  put_number(bytes, cursor.base);
  put_number(bytes, cursor.since);
  put_number(bytes, cursor.since_mark);
  bytes += static_cast<char>(cursor.at);
  if (cursor.at == ChangeCursor::At::cell) put_place(bytes, cursor.cell);
  if (cursor.at == ChangeCursor::At::deletion) bytes += cursor.cell.ident;
  return encode(change_prefix, bytes);
}

Result<ChangeCursor> parse_change_cursor(std::string_view text) {
  ChangeCursor out;
  out.marked = !text.starts_with(unmarked_change_prefix);
  const auto decoded = decode(out.marked ? change_prefix : unmarked_change_prefix, text);
  const std::size_t numbers = out.marked ? 2 : 1;  // of each form, and how many the longer one has behind them
  const std::size_t more_numbers = out.marked ? 3 : 2;
  if (!decoded || decoded->size() < numbers * 8) return bad_cursor("the feed of changes");
  std::string_view bytes = *decoded;
  out.seq = out.base = out.since = take(bytes);
  if (out.marked) out.mark = out.since_mark = take(bytes);
  if (out.seq < 0) return bad_cursor("the feed of changes");
  if (bytes.empty()) return out;
  if (bytes.size() < more_numbers * 8 + 1) return bad_cursor("the feed of changes");
  out.base = take(bytes);
  out.since = take(bytes);
  if (out.marked) out.since_mark = take(bytes);
  const auto at = bytes.front();
  bytes.remove_prefix(1);
  out.at = static_cast<ChangeCursor::At>(at);
  bool good = out.base >= 0 && out.since >= out.base && out.seq >= out.base;
  switch (at) {
    case static_cast<char>(ChangeCursor::At::end):
      good = good && bytes.empty() && !(out.base == out.seq && out.since == out.seq);
      break;
    case static_cast<char>(ChangeCursor::At::cell):
      good = good && take_place(bytes, out.cell);
      break;
    case static_cast<char>(ChangeCursor::At::deletion):
      out.cell.ident = bytes;
      good = good && is_ident(bytes);
      break;
    default:
      good = false;
  }
  if (!good) return bad_cursor("the feed of changes");
  return out;
}

}  // namespace tento::host
