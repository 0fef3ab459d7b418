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

namespace {

tl::unexpected<Error> too_large(std::string_view what, std::size_t max) {
  return fail(ErrorCode::too_large, ErrorClass::provider,
              "the answer" + std::string(what) + " is larger than " + std::to_string(max) + " bytes", "body_too_large");
}

std::string of_url(const Response& response) {
  return " of " + response.final_url.substr(0, response.final_url.find('?'));
}

// All that a body gives. `what` names the answer in errors.
Result<std::string> gather(Body& body, std::optional<std::uint64_t> announced, std::size_t max, std::size_t spare,
                           std::string_view what) {
  constexpr std::size_t smallest_read_bytes = 64u << 10;
  std::string out;
  // One byte more than announced lets the end come with the last bytes and an announcement that lies be seen.
  std::size_t used = 0;
  std::size_t room = announced ? static_cast<std::size_t>(*announced) + 1 : smallest_read_bytes;
  for (;;) {
    out.reserve(used + room + spare);
    out.resize(used + room);
    TENTO_TRY_ASSIGN(const Body::Chunk chunk, body.read(std::span(out).subspan(used)));
    used += chunk.size;
    if (used > max) return too_large(what, max);
    if (chunk.end) break;
    if (used == out.size())
      room = std::max(smallest_read_bytes, used / 2);
    else
      room = out.size() - used;
  }
  out.resize(used);
  return out;
}

}  // namespace

Result<Text> Body::whole(std::size_t max) {
  TENTO_TRY_ASSIGN(std::string bytes, gather(*this, std::nullopt, max, Text::padding, ""));
  return Text(std::move(bytes));
}

Result<Text> whole(Response& response, std::size_t max) {
  if (response.body == nullptr) return Text();
  if (response.content_length && *response.content_length > max) return too_large(of_url(response), max);
  Result<Text> out = response.body->whole(max);
  if (!out && out.error().code == ErrorCode::too_large) return too_large(of_url(response), max);
  return out;
}

Result<std::string> read_all(Response& response, std::size_t max, std::size_t spare) {
  if (response.body == nullptr) return std::string();
  if (response.content_length && *response.content_length > max) return too_large(of_url(response), max);
  return gather(*response.body, response.content_length, max, spare, of_url(response));
}

Result<Body::Chunk> MemoryBody::read(std::span<char> buffer) {
  std::size_t size = std::min(buffer.size(), bytes_.size() - at_);
  if (chunk_ != 0) size = std::min(size, chunk_);
  if (size != 0) std::memcpy(buffer.data(), bytes_.data() + at_, size);
  at_ += size;
  return Chunk{size, at_ == bytes_.size()};
}

Result<Text> MemoryBody::whole(std::size_t max) {
  if (at_ != 0) {
    return fail(ErrorCode::invalid_argument, ErrorClass::internal,
                "a part of the body was read: ask for the whole before the first read");
  }
  if (bytes_.size() > max) return too_large("", max);
  bytes_.reserve(bytes_.size() + Text::padding);
  return Text::borrowed(bytes_);
}

}  // namespace tento::http
