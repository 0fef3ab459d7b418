// SPDX-License-Identifier: Apache-2.0
/// @file transport.hpp
/// HTTP as an SDK client sees it: a request, the head of an answer, and a body that is pulled. Only types of the
/// standard library, so that a client runs over whatever there is: the host (host_transport.hpp), a recording
/// (testing/), or a program's own library.
#pragma once

#include <tento/base.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "result.hpp"

namespace tento::http {

/// One header line. Names compare without case (RFC 9110 section 5.1).
struct Header {
  std::string name;                                                ///< a token
  std::string value;                                               ///< without CR, LF or NUL
  friend bool operator==(const Header&, const Header&) = default;  ///< memberwise, with case
};

/// Header lines in their order.
using Headers = std::vector<Header>;

/// Whether two header names are the same, which case does not change.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b) noexcept;
/// The value of the first header of that name; nothing when there is none.
[[nodiscard]] std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) noexcept;

/// What is asked.
struct Request {
  std::string method = "GET";            ///< `GET`, `POST`, ...
  std::string url = {};                  ///< absolute, http or https
  Headers headers = {};                  ///< the credential is not among them: the transport adds it
  std::string body = {};                 ///< whole; empty = none
  bool with_auth = true;                 ///< whether the account's credential goes with it
  bool follow_redirects = true;          ///< whether the transport follows redirects
  std::uint64_t max_body = 0;            ///< most bytes of answer accepted, after decoding; 0 = the transport's default
  std::chrono::milliseconds max_wait{};  ///< longest wait for a rate limit; 0 = the transport's default
  std::string limit_name = {};           ///< which declared limit it counts against; may be empty
  std::uint64_t limit_cost = 0;          ///< how many units of it; 0 = 1
};

/// A whole body: a view of bytes that somebody else keeps, or the bytes themselves. 64 bytes behind it may be read, so
/// that parsers may read ahead; what is in them is of no meaning.
class Text {
 public:
  /// Bytes that may be read behind a text.
  static constexpr std::size_t padding = TENTO_PADDING;
  /// Empty.
  Text() noexcept : borrowed_(std::begin(nothing), std::begin(nothing)) {}
  /// Keeps `bytes`.
  explicit Text(std::string bytes) : owned_(std::move(bytes)) { owned_->reserve(owned_->size() + padding); }
  /// A view of `bytes`, behind which `padding` bytes may be read; whoever keeps them says for how long.
  [[nodiscard]] static Text borrowed(std::string_view bytes) noexcept {
    Text out;
    out.borrowed_ = bytes;
    return out;
  }
  /// The bytes, valid as long as this text is neither moved from nor destroyed, and its lender keeps them.
  [[nodiscard]] std::string_view view() const noexcept { return owned_ ? std::string_view(*owned_) : borrowed_; }
  /// First byte.
  [[nodiscard]] const char* data() const noexcept { return view().data(); }
  /// How many there are.
  [[nodiscard]] std::size_t size() const noexcept { return view().size(); }
  /// How many of them may be read, those behind the text included.
  [[nodiscard]] std::size_t readable() const noexcept { return size() + padding; }
  /// The bytes to keep: copied where they are borrowed.
  [[nodiscard]] std::string take() && { return owned_ ? std::move(*owned_) : std::string(borrowed_); }

 private:
  static constexpr char nothing[padding] = {};
  std::optional<std::string> owned_;
  std::string_view borrowed_;
};

/// A body that is read piece by piece, or given whole. Destroying it ends it early.
class Body {
 public:
  /// What one read gave.
  struct Chunk {
    std::size_t size = 0;  ///< bytes written into the buffer
    bool end = false;      ///< these were the last ones
  };
  Body() = default;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  virtual ~Body() = default;
  /// Reads up to `buffer.size()` bytes, and at least one unless it is the end; blocks meanwhile. After the end it gives
  /// `{0, true}` again.
  virtual Result<Chunk> read(std::span<char> buffer) = 0;
  /// Gives all of it at once, waiting for its end; `too_large` beyond `max` bytes. Instead of `read`, before the first
  /// one. What is borrowed is valid until this body is destroyed. Bodies that keep their bytes lend them; this one
  /// gathers what `read` gives.
  virtual Result<Text> whole(std::size_t max);
};

/// What was answered. Every HTTP status is a Response; an Error is for the network, deadlines and limits.
struct Response {
  std::uint32_t status = 0;                     ///< HTTP status
  Headers headers;                              ///< in the order received
  std::optional<std::uint64_t> content_length;  ///< bytes that the server announced, if it did and they are not decoded
  std::string final_url;                        ///< where the answer came from, after redirects
  std::unique_ptr<Body> body;                   ///< null = no body
};

/// Sends requests. Whether many threads may share one is up to the implementation.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Sends and blocks until the head of the answer is there. The body must not outlive the transport.
  virtual Result<Response> send(const Request& request) = 0;
};

/// The whole body of `response`, lent by its transport where it can; valid as long as `response.body` is. `too_large`
/// beyond `max` bytes. For parsing in place: nothing is copied.
[[nodiscard]] Result<Text> whole(Response& response, std::size_t max = 64u << 20);

/// Reads the whole body of `response` into one text to keep; `too_large` beyond `max` bytes. `spare` bytes are readable
/// behind it (its capacity), for parsers that read ahead.
[[nodiscard]] Result<std::string> read_all(Response& response, std::size_t max = 64u << 20, std::size_t spare = 64);

/// A body that is there already.
class MemoryBody final : public Body {
 public:
  /// Gives `bytes`, at most `chunk` at a time (0 = as many as the reader has room for).
  explicit MemoryBody(std::string bytes, std::size_t chunk = 0) : bytes_(std::move(bytes)), chunk_(chunk) {}
  Result<Chunk> read(std::span<char> buffer) override;
  Result<Text> whole(std::size_t max) override;

 private:
  std::string bytes_;
  std::size_t chunk_;
  std::size_t at_ = 0;
};

}  // namespace tento::http
