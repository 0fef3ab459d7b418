// SPDX-License-Identifier: Apache-2.0
// Marks as bytes, as a row, and in the pages of a log.
#include "host/store/sqlite/mark.hpp"

#include <algorithm>
#include <cstring>

#include "host/base/random.hpp"

namespace tento::host::sqlite {

namespace {

constexpr std::string_view mark_magic{"\xff\xfetento mark 1\xfe\xff"};
static_assert(mark_magic.size() == 16);

// Where the bytes of the row begin behind the start of its entry in a page: the sizes of entry and head, the row's
// number and two types take a byte each, since the row is so short (the file format of SQLite, "Record Format").
constexpr std::size_t before_bytes = 5;
constexpr unsigned char leaf_of_table = 0x0d;

void append_number(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
}

std::uint64_t number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(0, 8)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::uint64_t random_id() {
  for (;;)
    if (const auto id = number(random_bytes(8)); id != 0) return id;
}

}  // namespace

std::string encode_mark(const Mark& mark) {
  std::string out(mark_magic);
  append_number(out, mark.id);
  append_number(out, mark.before);
  append_number(out, mark.in_file);
  append_number(out, static_cast<std::uint64_t>(mark.at_us));
  out += static_cast<char>(mark.state);
  return out;
}

std::optional<Mark> decode_mark(std::string_view bytes) {
  if (bytes.size() != mark_size || !bytes.starts_with(mark_magic)) return std::nullopt;
  bytes.remove_prefix(mark_magic.size());
  Mark mark;
  mark.id = number(bytes);
  mark.before = number(bytes.substr(8));
  mark.in_file = number(bytes.substr(16));
  mark.at_us = static_cast<std::int64_t>(number(bytes.substr(24)));
  mark.state = static_cast<MarkState>(bytes[32]);
  return mark;
}

std::optional<Mark> mark_of_page(std::string_view page) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(page[at]); };
  if (page.size() < 512 || byte(0) != leaf_of_table || byte(3) != 0 || byte(4) != 1) return std::nullopt;
  const std::size_t at = (static_cast<std::size_t>(byte(8)) << 8 | byte(9)) + before_bytes;
  return at + mark_size > page.size() ? std::nullopt : decode_mark(page.substr(at, mark_size));
}

std::optional<Mark> read_mark(Connection& db) {
  if (db.pragma("SELECT count(*) FROM sqlite_schema WHERE name = 'store_mark'") == 0) return std::nullopt;
  auto q = db.use("SELECT mark FROM store_mark WHERE n = 1");
  return q->step() ? decode_mark(q->bytes(0)) : std::nullopt;
}

Mark write_mark(Connection& db, MarkState state, std::uint64_t in_file, std::int64_t at_us) {
  Mark mark;
  mark.id = random_id();
  if (const auto now = read_mark(db)) mark.before = now->id;
  mark.in_file = in_file;
  mark.at_us = at_us;
  mark.state = state;
  const auto bytes = encode_mark(mark);
  auto q = db.use("INSERT INTO store_mark(n, mark) VALUES(1, ?1) ON CONFLICT(n) DO UPDATE SET mark = excluded.mark");
  q->bind_blob(1, bytes);
  q.run();
  return mark;
}

bool belongs(std::uint64_t mark, const std::vector<Mark>& log) {
  if (log.empty()) return true;
  std::vector<std::uint64_t> chain{log.front().before};
  for (const auto& m : log)
    if (m.id != chain.back()) chain.push_back(m.id);
  const auto at = std::find(chain.begin(), chain.end(), mark);
  if (at == chain.end()) return false;
  return std::none_of(log.begin(), log.end(),
                      [&](const Mark& m) { return std::find(at + 1, chain.end(), m.in_file) != chain.end(); });
}

}  // namespace tento::host::sqlite
