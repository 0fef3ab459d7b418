// SPDX-License-Identifier: Apache-2.0
// Packing of dates, identities and content hashes.
#include "host/store/cell_codec.hpp"

#include <spdlog/fmt/fmt.h>

#include <cstring>
#include <type_traits>

#include "host/store/failure.hpp"

namespace tento::host {

namespace {

// Layout of a packed time, from the lowest bit: offset 16, week 8, day 8, month 8, year 16, kind 8 (the sign bit stays
// 0).
constexpr int week_shift = 16, day_shift = 24, month_shift = 32, year_shift = 40, kind_shift = 56;

void put_big_endian(char* out, std::uint64_t value) {
  for (int i = 7; i >= 0; --i) {
    out[i] = static_cast<char>(value & 0xff);
    value >>= 8;
  }
}

[[noreturn]] void refuse(const CellInput& cell, const char* why) {
  throw StoreFailure(store_error(ErrorCode::invalid_data, ErrorClass::provider,
                                 fmt::format("cell `{}`: {}", cell.id.substr(0, 64), why), "bad_cell",
                                 "fix the provider"));
}

}  // namespace

std::int64_t pack_time(const tento_semantic_time& time) {
  // A bucket has no offset, however its giver left the field.
  const std::int16_t offset = time.kind == TENTO_TIME_INSTANT ? time.offset_minutes : std::int16_t{0};
  return static_cast<std::int64_t>(
      (std::uint64_t{time.kind} << kind_shift) | (std::uint64_t{static_cast<std::uint16_t>(time.year)} << year_shift) |
      (std::uint64_t{time.month} << month_shift) | (std::uint64_t{time.day} << day_shift) |
      (std::uint64_t{time.week} << week_shift) | std::uint64_t{static_cast<std::uint16_t>(offset)});
}

tento_semantic_time unpack_time(std::int64_t packed, std::int64_t moment_us) {
  const auto bits = static_cast<std::uint64_t>(packed);
  tento_semantic_time time{};
  time.kind = static_cast<tento_time_kind>(bits >> kind_shift);
  time.year = static_cast<std::int32_t>((bits >> year_shift) & 0xffff);
  time.month = static_cast<std::uint8_t>(bits >> month_shift);
  time.day = static_cast<std::uint8_t>(bits >> day_shift);
  time.week = static_cast<std::uint8_t>(bits >> week_shift);
  time.offset_minutes = time.kind == TENTO_TIME_INSTANT ? static_cast<std::int16_t>(static_cast<std::uint16_t>(bits))
                                                        : std::int16_t{TENTO_OFFSET_UNKNOWN};
  time.unix_us = time.kind == TENTO_TIME_INSTANT ? moment_us : 0;
  return time;
}

std::string_view Ident::make(const CellInput& cell) {
  if (!cell.id.empty()) return cell.id;
  auto date = cell.date;
  date.offset_minutes = 0;  // the same moment told with another offset is the same cell
  buffer_[0] = '\0';
  put_big_endian(buffer_.data() + 1, static_cast<std::uint64_t>(pack_time(date)));
  put_big_endian(buffer_.data() + 9, static_cast<std::uint64_t>(date.unix_us));
  return {buffer_.data(), buffer_.size()};
}

void check_cell(const CellInput& cell) {
  if (!cell.id.empty() && cell.id.front() == '\0') refuse(cell, "its id begins with a NUL byte");
  if (cell.date.kind == TENTO_TIME_NONE) {
    if (!cell.tombstone || cell.id.empty()) refuse(cell, "it has no date");
    return;
  }
  if (cell.end_us < cell.start_us) refuse(cell, "it ends before it starts");
  if (cell.date.kind == TENTO_TIME_INSTANT && cell.start_us != cell.date.unix_us)
    refuse(cell, "its start is not the moment of its date");
  if (cell.end_date.kind == TENTO_TIME_INSTANT && cell.end_us != cell.end_date.unix_us)
    refuse(cell, "its end is not the moment of its end date");
}

ContentHash::ContentHash() : digest_(EVP_MD_fetch(nullptr, "SHA2-256", nullptr)), context_(EVP_MD_CTX_new()) {
  if (!digest_ || !context_)
    throw StoreFailure(store_error(ErrorCode::unspecified, ErrorClass::internal,
                                   "OpenSSL offers no SHA-256. Repair the installation of OpenSSL 3", "no_sha256",
                                   "repair OpenSSL"));
}

std::string_view ContentHash::operator()(const CellInput& cell) {
  const auto moment = [](const tento_semantic_time& time) {
    return time.kind == TENTO_TIME_INSTANT ? time.unix_us : 0;
  };
  // Fixed-size head with the lengths, so that no two contents give the same bytes.
  const std::array<std::int64_t, 7> head{pack_time(cell.date),
                                         moment(cell.date),
                                         pack_time(cell.end_date),
                                         moment(cell.end_date),
                                         static_cast<std::int64_t>(cell.data.size()),
                                         static_cast<std::int64_t>(cell.version.size()),
                                         static_cast<std::int64_t>(cell.raw.size())};
  auto* context = context_.get();
  bool ok = EVP_DigestInit_ex2(context, digest_.get(), nullptr) == 1 &&
            EVP_DigestUpdate(context, head.data(), sizeof head) == 1 &&
            EVP_DigestUpdate(context, cell.data.data(), cell.data.size()) == 1;
  if (!cell.version.empty()) ok = ok && EVP_DigestUpdate(context, cell.version.data(), cell.version.size()) == 1;
  if (!cell.raw.empty()) ok = ok && EVP_DigestUpdate(context, cell.raw.data(), cell.raw.size()) == 1;
  ok = ok && EVP_DigestFinal_ex(context, out_.data(), nullptr) == 1;
  if (!ok)
    throw StoreFailure(store_error(ErrorCode::unspecified, ErrorClass::internal,
                                   "SHA-256 failed in OpenSSL. Repair the installation of OpenSSL 3", "no_sha256",
                                   "repair OpenSSL"));
  return {reinterpret_cast<const char*>(out_.data()), 16};
}

}  // namespace tento::host
