// SPDX-License-Identifier: Apache-2.0
// What may come from a socket that a host is supposed to be behind: any bytes, a few at a time, are an output or an
// error, and every text of a record can be read to its end.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <variant>

#include "host/formats/wire.hpp"

using namespace tento;
using namespace tento::host;

namespace {

// Touches each byte, so that one that is not there is noticed.
std::size_t sum_of(std::string_view text) {
  std::size_t sum = 0;
  for (const char c : text) sum += static_cast<unsigned char>(c);
  return sum;
}

std::size_t sum_of_field(const FieldView& field) {
  return std::visit(
      [](const auto& value) -> std::size_t {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::string_view>) return sum_of(value);
        if constexpr (std::is_same_v<Value, JsonView>) return sum_of(value.text);
        if constexpr (std::is_same_v<Value, std::span<const std::string>>) {
          std::size_t sum = 0;
          for (const auto& text : value) sum += sum_of(text);
          return sum;
        }
        return 0;
      },
      field);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Not behind a copy with room of its own: what is read beyond the end is seen.
  const std::size_t piece = size == 0 ? 1 : 1 + data[0] % 97;
  std::size_t at = 0;
  const ByteSource source = [&](char* buffer, std::size_t room) -> Result<std::size_t> {
    const auto n = std::min({piece, room, size - at});
    std::memcpy(buffer, data + at, n);
    at += n;
    return n;
  };
  volatile std::size_t sum = 0;
  const auto output = decode_output(source, [&](const Progress& progress) { sum = sum + progress.text.size(); });
  if (!output) return 0;
  if (output->text)
    static_cast<void>(output->text([&](std::string_view text) {
      sum = sum + sum_of(text);
      return true;
    }));
  if (output->stream)
    static_cast<void>(output->stream([&](std::span<const FieldView> fields) {
      for (const auto& field : fields) sum = sum + sum_of_field(field);
      return true;
    }));
  if (output->extras)
    if (const auto extras = output->extras())
      for (const auto& [name, json] : *extras) sum = sum + sum_of(name) + sum_of(json.text);
  return 0;
}
