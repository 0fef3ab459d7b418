// SPDX-License-Identifier: Apache-2.0
// An answer of any bytes, cut anywhere: no crash, an end, and either a whole body or an error of the known ones. The
// first three bytes say how it is read: what kind, in pieces of which size, into room of which size.
#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/http/src/answer.hpp"
#include "sdk/http/src/url.hpp"

using namespace tento;
using namespace tento::http;
using namespace tento::http::inner;

namespace {

constexpr std::size_t longest_head_bytes = 4096;
constexpr std::size_t longest_body_bytes = 1u << 20;

void require(bool holds) {
  if (!holds) std::abort();
}

class Bytes final : public Source {
 public:
  Bytes(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  Result<std::size_t> read_some(std::span<char> out, const Deadline&, const Step&) override {
    require(!out.empty());
    require(!ended_);  // nobody reads on after the end
    const std::size_t size = bytes_.copy(out.data(), std::min(out.size(), piece_));
    bytes_.remove_prefix(size);
    ended_ = size == 0;
    return size;
  }

 private:
  std::string_view bytes_;
  std::size_t piece_;
  bool ended_ = false;
};

void check_error(const Error& error) {
  static const std::set<std::string_view> known_tags = {"connection_lost", "bad_response", "head_too_large",
                                                        "bad_encoding"};
  require(known_tags.contains(error.tag));
  require(error.message.find("http://origin") != std::string::npos);
  require(error.message.size() < 512);
}

void check_head(const AnswerHead& head, bool bodiless) {
  require(head.status >= 200 && head.status <= 999);
  require(!head.has_body || !bodiless);
  std::size_t size = 0;
  for (const Header& header : head.headers) {
    require(!header.name.empty());
    require(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    size += header.name.size() + header.value.size();
  }
  require(size <= 2 * longest_head_bytes);
  // Wherever it leads, it is an http URL that leads there again.
  const auto location = find_header(head.headers, "location");
  if (!location) return;
  const Url base = *parse_url("https://origin:8443/a/b?c");
  const auto url = resolve_location(base, *location);
  if (!url) {
    require(url.error().message.find("https://origin:8443 ") == 0);
    return;
  }
  const auto again = parse_url(url->text);
  require(again && again->target == url->target && again->origin == url->origin);
  require(url->target.find_first_of(" \r\n#") == std::string::npos && url->target.front() == '/');
  require(url->host_header.find_first_of(" \r\n/@") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const bool bodiless = (data[0] & 1) != 0, packed = (data[0] & 2) != 0;
  Bytes source({reinterpret_cast<const char*>(data) + 3, size - 3}, std::size_t{data[1]} * data[1] + 1);
  std::vector<char> room(std::size_t{data[2]} * data[2] + 1);

  AnswerReader reader;
  Deadline deadline(Clock::time_point::max(), {});
  deadline.set_origin("http://origin");
  // One answer after the other, as long as the connection may be used again.
  for (int answers = 0; answers < 8; ++answers) {
    const auto head = reader.read_head(source, bodiless, longest_head_bytes, deadline, {});
    if (!head) {
      check_error(head.error());
      return 0;
    }
    require(reader.got_some());
    check_head(*head, bodiless);
    std::unique_ptr<Decoder> decoder;
    if (packed) decoder = *make_inflater();
    std::uint64_t raw = 0, body = 0;
    for (bool more = head->has_body; more;) {
      const auto chunk = reader.read_body(source, room, decoder.get(), raw, deadline, {});
      if (!chunk) {
        check_error(chunk.error());
        return 0;
      }
      require(chunk->size <= room.size() && (chunk->size != 0 || chunk->end));
      body += chunk->size;
      if (body > longest_body_bytes) return 0;
      more = !chunk->end;
    }
    require(raw <= size);
    require(packed || body == raw);
    if (!packed && head->has_body && head->content_length) require(body == *head->content_length);
    if (!reader.reusable()) return 0;
  }
  return 0;
}
