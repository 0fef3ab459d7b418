// SPDX-License-Identifier: Apache-2.0
// Times from any text and from any bytes of the ABI struct: no crash, and what is accepted survives every round trip.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <tento/sdk/time.hpp>

using namespace tento;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const SemanticTime& time) {
  const auto from_text = SemanticTime::parse(time.text());
  require(from_text.has_value() && from_text->instant() == time.instant());
  if (time.bucket() != nullptr) {
    require(*from_text == time);
    require(time.bucket()->start().ok() && time.bucket()->end().ok());
    require(time.bucket()->start() < time.bucket()->end());
  }
  const auto from_local = SemanticTime::parse(time.local_text());
  require(from_local.has_value() && from_local->instant() == time.instant());
  require(SemanticTime::from_abi(time.to_abi()) == time);
  require(order(time, *from_text) == 0);
  require(utc_range(time).from <= utc_range(time).to);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parsed = SemanticTime::parse(text)) {
    check(*parsed);
  } else {
    require(!parsed.error().message.empty() && parsed.error().message.size() < 512);
  }
  require(!PartialDate::parse(text).has_value() || SemanticTime::parse(text).has_value());

  tento_span span;
  if (size >= sizeof span) {
    std::memcpy(&span, data, sizeof span);
    if (const auto read = Span::from_abi(span)) {
      if (read->from) check(*read->from);
      if (read->to) check(*read->to);
      require(Span::from_abi(read->to_abi()) == *read);
    }
  }
  if (size >= 16) {
    std::int64_t at = 0, offset = 0;
    std::memcpy(&at, data, sizeof at);
    std::memcpy(&offset, data + 8, sizeof offset);
    check(SemanticTime(Instant{std::chrono::microseconds{at}}, static_cast<int>(offset)));
    const Date date{std::chrono::year{static_cast<std::int16_t>(at)}, std::chrono::month{data[2]},
                    std::chrono::day{data[3]}};
    check(PartialDate::ymd(date));
    if (const auto week = PartialDate::week_of(date)) check(*week);
  }
  return 0;
}
