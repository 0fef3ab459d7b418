// SPDX-License-Identifier: Apache-2.0
// What every transport needs: header names, bodies in memory, reading a body whole.
#include <tento/sdk/transport.hpp>

#include <algorithm>
#include <cstring>

namespace tento::http {

bool same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [lower](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) noexcept {
  for (const Header& h : headers) {
    if (same_name(h.name, name)) return h.value;
  }
  return std::nullopt;
}

Result<std::string> read_all(Response& response, std::size_t max, std::size_t spare) {
  constexpr std::size_t kStep = 64u << 10;
  std::string out;
  if (response.body == nullptr) return out;
  const auto too_large = [&] {
    return fail(ErrorCode::too_large, ErrorClass::provider,
                "the answer of " + response.final_url.substr(0, response.final_url.find('?')) + " is larger than " +
                    std::to_string(max) + " bytes",
                "body_too_large");
  };
  if (response.content_length && *response.content_length > max) return too_large();

  // One byte more than announced lets the end come with the last bytes and an announcement that lies be seen.
  std::size_t used = 0;
  std::size_t room = response.content_length ? static_cast<std::size_t>(*response.content_length) + 1 : kStep;
  for (;;) {
    out.reserve(used + room + spare);
    out.resize(used + room);
    TENTO_TRY_ASSIGN(const Body::Chunk chunk, response.body->read(std::span(out).subspan(used)));
    used += chunk.size;
    if (used > max) return too_large();
    if (chunk.end) break;
    if (used == out.size())
      room = std::max(kStep, used / 2);
    else
      room = out.size() - used;
  }
  out.resize(used);
  return out;
}

Result<Body::Chunk> MemoryBody::read(std::span<char> buffer) {
  std::size_t size = std::min(buffer.size(), bytes_.size() - at_);
  if (chunk_ != 0) size = std::min(size, chunk_);
  if (size != 0) std::memcpy(buffer.data(), bytes_.data() + at_, size);
  at_ += size;
  return Chunk{size, at_ == bytes_.size()};
}

}  // namespace tento::http
