// SPDX-License-Identifier: Apache-2.0
// The checks of a batch, in the order of their cost.
#include "host/capability/cell_intake.hpp"

#include <simdjson.h>

#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include <tento/sdk/excerpt.hpp>

#include "host/base/text.hpp"
#include "host/loader/descriptors.hpp"

static_assert(TENTO_PADDING >= simdjson::SIMDJSON_PADDING);

namespace tento::host {
namespace {

// The fields of a cell that a stride has room for.
constexpr std::uint64_t size_with_version = offsetof(tento_cell, version) + sizeof(tento_str);
constexpr std::uint64_t size_with_raw = offsetof(tento_cell, raw) + sizeof(tento_str);
static_assert(offsetof(tento_cell, version) == TENTO_CELL_MIN_STRIDE);

tl::unexpected<Error> bad(ErrorCode code, std::string message, std::string tag = "invalid_batch") {
  return fail(code, ErrorClass::provider, std::move(message), std::move(tag));
}

// Says yes to every JSON text and keeps nothing.
struct Discard {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  using Code = boost::json::error_code;
  using Text = boost::json::string_view;
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) { return true; }
  bool on_object_end(std::size_t, Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_key_part(Text, std::size_t, Code&) { return true; }
  bool on_key(Text, std::size_t, Code&) { return true; }
  bool on_string_part(Text, std::size_t, Code&) { return true; }
  bool on_string(Text, std::size_t, Code&) { return true; }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t, Text, Code&) { return true; }
  bool on_uint64(std::uint64_t, Text, Code&) { return true; }
  bool on_double(double, Text, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(Text, Code&) { return true; }
  bool on_comment(Text, Code&) { return true; }
};

// What a slower parser says of a text that the fast one refused: nothing when it takes it, else why and where. RFC 8259
// lets numbers be as large as they like, and the fast one has no place for some; and it does not say where it stopped.
std::optional<std::string> second_look(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 1024;
  boost::json::basic_parser<Discard> parser(options);
  boost::json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) return error.message() + " " + place_in(text, read);
  const std::size_t more = text.find_first_not_of(" \t\r\n", read);
  if (more != std::string_view::npos) return "extra data " + place_in(text, more);
  return std::nullopt;
}

bool valid(tento_str s) {
  return s.data != nullptr || s.size == 0;
}

// Bytes of a cell that count against the limits; nothing when a text is broken or larger than any may be.
std::optional<std::uint64_t> weight(tento_str id, tento_str data, tento_str version, tento_str raw) {
  std::uint64_t sum = 0;
  for (const tento_str s : {id, data, version, raw}) {
    if (s.size > TENTO_MAX_CELL_BYTES) return std::nullopt;
    sum += s.size;
  }
  return sum > TENTO_MAX_CELL_BYTES ? std::nullopt : std::optional(sum);
}

bool present(const tento_semantic_time& time) {
  return time.kind != TENTO_TIME_NONE;
}

}  // namespace

struct CellIntake::Json {
  simdjson::dom::parser parser;

  // Nothing, or why the text is no JSON value.
  std::optional<std::string> defect(std::string_view text, bool padded) {
    simdjson::dom::element ignored;
    const auto error = parser.parse(text.data(), text.size(), !padded).get(ignored);
    if (error == simdjson::SUCCESS) return std::nullopt;
    if (const std::size_t at = first_not_utf8(text); at != std::string_view::npos) {
      return "its data is not UTF-8 " + place_in(text, at);
    }
    const auto why = second_look(text);
    if (!why && error == simdjson::NUMBER_ERROR) return std::nullopt;
    return "its data is not JSON: " + why.value_or(simdjson::error_message(error));
  }
};

CellIntake::CellIntake() = default;
CellIntake::~CellIntake() = default;
CellIntake::CellIntake(CellIntake&&) noexcept = default;
CellIntake& CellIntake::operator=(CellIntake&&) noexcept = default;

void CellIntake::release() noexcept {
  json_.reset();
  if (cells_.capacity() != 0) cells_ = {};
}

Result<std::span<const CellInput>> CellIntake::take(const tento_cell_batch* batch, const CellRules& rules) {
  cells_.clear();
  if (batch == nullptr) return bad(ErrorCode::invalid_argument, "the batch is null");
  if (batch->struct_size < floor_size<tento_cell_batch>) {
    return bad(ErrorCode::invalid_argument, "the batch's struct_size is " + std::to_string(batch->struct_size) +
                                                "; it has at least " + std::to_string(floor_size<tento_cell_batch>));
  }
  if (batch->count == 0) return std::span<const CellInput>{};
  if (batch->count > TENTO_MAX_BATCH_CELLS) {
    return bad(ErrorCode::too_large, "the batch has " + std::to_string(batch->count) + " cells; at most " +
                                         std::to_string(TENTO_MAX_BATCH_CELLS) + " travel together");
  }
  const std::uint64_t stride = batch->stride;
  if (stride < TENTO_CELL_MIN_STRIDE || stride % 8 != 0 || stride > 65536) {
    return bad(ErrorCode::invalid_argument,
               "the batch's stride is " + std::to_string(stride) + "; it is a multiple of 8 and at least 88");
  }
  if (batch->cells == nullptr || reinterpret_cast<std::uintptr_t>(batch->cells) % alignof(tento_cell) != 0) {
    return bad(ErrorCode::invalid_argument, "the batch's cells are null or not aligned");
  }

  if (!json_) json_ = std::make_unique<Json>();
  const bool padded = (batch->flags & TENTO_BATCH_PADDED) != 0;
  cells_.reserve(static_cast<std::size_t>(batch->count));
  std::uint64_t total = 0;
  const auto* at = reinterpret_cast<const char*>(batch->cells);
  for (std::uint64_t i = 0; i < batch->count; ++i, at += stride) {
    tento_cell cell{};
    std::memcpy(&cell, at, static_cast<std::size_t>(std::min<std::uint64_t>(stride, sizeof cell)));
    if (stride < size_with_version) cell.version = {nullptr, 0};
    if (stride < size_with_raw) cell.raw = {nullptr, 0};
    const auto wrong = [&](ErrorCode code, const std::string& why) {
      const bool has_id = valid(cell.id) && cell.id.size != 0 && cell.id.size <= TENTO_MAX_CELL_BYTES;
      const std::string id = has_id ? " (id " + quote(view(cell.id)) + ")" : std::string(" (no id)");
      cells_.clear();
      return bad(code, "cell " + std::to_string(i) + id + ": " + why, "invalid_cell");
    };

    if (!valid(cell.id) || !valid(cell.data) || !valid(cell.version) || !valid(cell.raw)) {
      return wrong(ErrorCode::invalid_argument, "a text is null but has a size");
    }
    const auto bytes = weight(cell.id, cell.data, cell.version, cell.raw);
    if (!bytes) {
      return wrong(ErrorCode::too_large, "it is larger than " + std::to_string(TENTO_MAX_CELL_BYTES) + " bytes");
    }
    total += *bytes;
    if (batch->count > 1 && total > TENTO_MAX_BATCH_BYTES) {
      return wrong(ErrorCode::too_large, "with it the batch is larger than " + std::to_string(TENTO_MAX_BATCH_BYTES) +
                                             " bytes; put fewer cells into a batch");
    }
    if (cell.id.size > TENTO_MAX_CELL_ID) {
      return wrong(ErrorCode::too_large, "its id has " + std::to_string(cell.id.size) + " bytes; at most " +
                                             std::to_string(TENTO_MAX_CELL_ID));
    }
    const std::string_view id = view(cell.id);
    if (!simdjson::validate_utf8(id.data(), id.size()) || id.find('\0') != std::string_view::npos) {
      return wrong(ErrorCode::invalid_data, "its id is not UTF-8 without NUL");
    }
    if ((cell.flags & ~static_cast<std::uint32_t>(TENTO_CELL_TOMBSTONE)) != 0) {
      return wrong(ErrorCode::invalid_argument, "it has unknown flags (" + std::to_string(cell.flags) + ")");
    }
    const bool tombstone = (cell.flags & TENTO_CELL_TOMBSTONE) != 0;
    if (tombstone && !rules.tombstones) return wrong(ErrorCode::invalid_data, "computed cells have no tombstones");
    if (id.empty() && !rules.single) {
      return wrong(ErrorCode::invalid_data, "it has no id, and its row holds several cells a date");
    }
    if (!present(cell.date) && (!tombstone || id.empty())) {
      return wrong(ErrorCode::invalid_data, "it has no date");
    }
    Moments span{0, 0};
    if (present(cell.date)) {
      auto moments = moments_of_cell(cell.date, cell.end_date, *rules.zone);
      if (!moments) return wrong(ErrorCode::invalid_data, moments.error().message);
      span = *moments;
    } else if (present(cell.end_date)) {
      return wrong(ErrorCode::invalid_data, "it has an end_date but no date");
    }
    if (tombstone) {
      if (cell.data.size != 0) return wrong(ErrorCode::invalid_data, "it is a tombstone, yet has data");
    } else if (const auto defect = json_->defect(view(cell.data), padded)) {
      return wrong(ErrorCode::invalid_data, *defect);
    }
    CellInput& out = cells_.emplace_back();
    out.id = id;
    out.date = cell.date;
    out.end_date = cell.end_date;
    out.start_us = span.from_us;
    out.end_us = span.to_us;
    out.data = view(cell.data);
    out.version = view(cell.version);
    out.raw = view(cell.raw);
    out.tombstone = tombstone;
  }
  return std::span<const CellInput>(cells_);
}

}  // namespace tento::host
