// SPDX-License-Identifier: Apache-2.0
// Beast's parser, fed by hand: header lines go straight into our own, body bytes straight into the reader's buffer.
#include "answer.hpp"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "errors.hpp"
#include "wiped.hpp"

namespace tento::http::inner {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using HttpError = beast::http::error;

constexpr std::size_t head_read_bytes = 16u << 10;  // the most that a TLS record holds
constexpr std::size_t body_read_bytes = 64u << 10;  // while a body is read
constexpr int most_interim_answers = 16;

std::string_view std_view(beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

// In no unnamed namespace, as a member of the reader has its type.
class AnswerParser final : public beast::http::basic_parser<false> {
 public:
  AnswerHead head;
  std::span<char> room;      // where body bytes go
  std::size_t given = 0;     // how many went there in this read
  std::size_t received = 0;  // body bytes taken in this read
  Decoder* decoder = nullptr;
  std::optional<Error> decode_error;
  bool foreign_coding = false;  // a transfer coding besides chunked

 private:
  void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int, error_code&) override {}
  void on_response_impl(int code, beast::string_view, int, error_code& ec) override {
    if (code < 100 || code == 101) ec = HttpError::bad_status;
    head.status = static_cast<std::uint32_t>(code);
  }
  void on_field_impl(beast::http::field name, beast::string_view name_text, beast::string_view value,
                     error_code&) override {
    if (is_header_done()) return;  // trailers are read over
    if (name == beast::http::field::transfer_encoding && !beast::iequals(value, "chunked")) foreign_coding = true;
    head.headers.push_back({std::string(std_view(name_text)), std::string(std_view(value))});
  }
  void on_header_impl(error_code& ec) override {
    if (foreign_coding) ec = HttpError::bad_transfer_encoding;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view bytes, error_code& ec) override { return take(bytes, ec); }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, error_code& ec) override {
    return take(bytes, ec);
  }
  void on_finish_impl(error_code&) override {}

  // Whatever finds no room stays with the parser: need_buffer makes it stop there.
  std::size_t take(beast::string_view bytes, error_code& ec) {
    std::size_t taken = 0;
    if (decoder == nullptr) {
      taken = std::min(bytes.size(), room.size() - given);
      std::copy_n(bytes.data(), taken, room.data() + given);
      given += taken;
    } else {
      while (taken < bytes.size() && given < room.size()) {
        const auto step = decoder->decode({bytes.data() + taken, bytes.size() - taken}, room.subspan(given));
        if (!step) {
          decode_error = step.error();
          ec = HttpError::need_buffer;
          return taken;
        }
        taken += step->taken;
        given += step->given;
        if (step->taken == 0 && step->given == 0) break;
      }
    }
    received += taken;
    if (taken < bytes.size()) ec = HttpError::need_buffer;
    return taken;
  }
};

class AnswerReader::Impl {
 public:
  Result<AnswerHead> read_head(Source& source, bool bodiless, std::size_t max_head, const Deadline& deadline,
                               const Step& step) {
    max_head_ = std::clamp<std::size_t>(max_head, 256, 16u << 20);
    got_some_ = false;
    Step reading = step;
    for (int interim = 0;; ++interim) {
      parser_.emplace();
      parser_->header_limit(static_cast<std::uint32_t>(max_head_));
      parser_->body_limit(boost::none);
      parser_->skip(bodiless);
      parser_->head.headers.reserve(16);
      while (!parser_->is_header_done()) {
        error_code ec = HttpError::need_more;
        if (buffer_.size() != 0) {
          got_some_ = true;
          buffer_.consume(parser_->put(buffer_.data(), ec));
        }
        if (ec == HttpError::need_more) {
          TENTO_TRY_ASSIGN(const std::size_t got, fill(source, head_read_bytes, deadline, reading));
          if (got == 0) return ended_early(deadline);
          reading.wait_first = false;
        } else if (ec) {
          return refuse(ec, deadline);
        }
      }
      if (parser_->head.status >= 200) break;
      if (interim >= most_interim_answers)
        return upstream("bad_response", std::string(deadline.origin()) + " sends interim answers without end");
      reading.wait_first = buffer_.size() == 0;
    }
    parser_->eager(true);
    AnswerHead head = std::move(parser_->head);
    head.has_body = !parser_->is_done();
    if (const auto length = parser_->content_length()) head.content_length = *length;
    return head;
  }

  Result<Body::Chunk> read_body(Source& source, std::span<char> out, Decoder* decoder, std::uint64_t& raw,
                                const Deadline& deadline, const Step& step) {
    parser_->room = out;
    parser_->given = 0;
    parser_->decoder = decoder;
    for (;;) {
      // What the decoder still holds comes before anything new.
      if (decoder != nullptr) TENTO_TRY(flush(deadline));
      error_code ec = HttpError::need_more;
      if (!parser_->is_done() && buffer_.size() != 0 && parser_->given < out.size()) {
        parser_->received = 0;
        buffer_.consume(parser_->put(buffer_.data(), ec));
        raw += parser_->received;
        if (parser_->decode_error) return decode_failed(*parser_->decode_error, deadline);
        if (ec && ec != HttpError::need_more && ec != HttpError::need_buffer) return refuse(ec, deadline);
        if (!ec) ec = HttpError::need_more;
      }
      if (parser_->is_done()) {
        if (decoder != nullptr && parser_->given == out.size()) return Body::Chunk{parser_->given, false};
        if (decoder != nullptr && !decoder->whole()) {
          return decode_failed(
              upstream("bad_encoding", "the compressed body ends too early", ErrorCode::invalid_data).value(),
              deadline);
        }
        return Body::Chunk{parser_->given, true};
      }
      if (parser_->given != 0 || out.empty()) return Body::Chunk{parser_->given, false};
      if (buffer_.size() >= max_head_ + body_read_bytes) {
        return upstream("bad_response", std::string(deadline.origin()) +
                                            " sends a chunk's line or trailers of more than " +
                                            std::to_string(max_head_) + " bytes");
      }
      TENTO_TRY_ASSIGN(const std::size_t got, fill(source, body_read_bytes, deadline, step));
      if (got == 0) {
        parser_->put_eof(ec);
        if (ec) return ended_early(deadline);
      }
    }
  }

  [[nodiscard]] bool got_some() const noexcept { return got_some_; }
  [[nodiscard]] bool reusable() const noexcept {
    return parser_ && parser_->is_done() && parser_->keep_alive() && buffer_.size() == 0;
  }
  [[nodiscard]] bool has_rest() const noexcept { return buffer_.size() != 0; }
  // An empty buffer gives room from its beginning; what it has already it gives without an exception.
  void wipe_rest() noexcept {  // NOLINT(bugprone-exception-escape)
    const auto room = buffer_.prepare(std::min(written_, buffer_.capacity()));
    OPENSSL_cleanse(room.data(), room.size());
    written_ = 0;
  }

 private:
  Result<std::size_t> fill(Source& source, std::size_t size, const Deadline& deadline, const Step& step) {
    const auto room = buffer_.prepare(size);
    TENTO_TRY_ASSIGN(const std::size_t got,
                     source.read_some({static_cast<char*>(room.data()), room.size()}, deadline, step));
    buffer_.commit(got);
    written_ += got;
    return got;
  }

  // A decoder may hold more than there was room for, without taking anything more.
  Result<void> flush(const Deadline& deadline) {
    while (parser_->given < parser_->room.size()) {
      const auto step = parser_->decoder->decode({}, parser_->room.subspan(parser_->given));
      if (!step) return decode_failed(step.error(), deadline);
      parser_->given += step->given;
      if (step->given == 0) break;
    }
    return {};
  }

  static tl::unexpected<Error> decode_failed(Error why, const Deadline& deadline) {
    why.message = std::string(deadline.origin()) + ": " + why.message;
    return fail(std::move(why));
  }

  static tl::unexpected<Error> ended_early(const Deadline& deadline) {
    return transient("connection_lost",
                     std::string(deadline.origin()) + " closed the connection before its answer ended");
  }

  tl::unexpected<Error> refuse(const error_code& ec, const Deadline& deadline) const {
    const std::string where(deadline.origin());
    if (ec == HttpError::header_limit) {
      return upstream("head_too_large",
                      "the head of the answer of " + where + " is larger than " + std::to_string(max_head_) + " bytes",
                      ErrorCode::too_large);
    }
    return upstream("bad_response", "what " + where + " answers is not HTTP/1.1: " + ec.message());
  }

  std::optional<AnswerParser> parser_;
  beast::basic_flat_buffer<WipingAllocator<char>> buffer_;
  std::size_t written_ = 0;  // from the buffer's beginning, at most, since it was wiped
  std::size_t max_head_ = 0;
  bool got_some_ = false;
};

AnswerReader::AnswerReader() : impl_(std::make_unique<Impl>()) {}
AnswerReader::~AnswerReader() = default;
Result<AnswerHead> AnswerReader::read_head(Source& source, bool bodiless, std::size_t max_head,
                                           const Deadline& deadline, const Step& step) {
  return impl_->read_head(source, bodiless, max_head, deadline, step);
}
bool AnswerReader::got_some() const noexcept {
  return impl_->got_some();
}
Result<Body::Chunk> AnswerReader::read_body(Source& source, std::span<char> out, Decoder* decoder, std::uint64_t& raw,
                                            const Deadline& deadline, const Step& step) {
  return impl_->read_body(source, out, decoder, raw, deadline, step);
}
bool AnswerReader::reusable() const noexcept {
  return impl_->reusable();
}
void AnswerReader::wipe_rest() noexcept {
  impl_->wipe_rest();
}
bool AnswerReader::has_rest() const noexcept {
  return impl_->has_rest();
}

}  // namespace tento::http::inner
