// SPDX-License-Identifier: Apache-2.0
// gzip and deflate by zlib, streamed: memory stays flat however much comes out.
#include "decode.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "errors.hpp"

namespace tento::http::inner {
namespace {

class Inflater final : public Decoder {
 public:
  Inflater() = default;
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() override {
    if (ready_) ::inflateEnd(&stream_);
  }

  bool start() {
    ready_ = ::inflateInit2(&stream_, 15 + 32) == Z_OK;  // 32: gzip or zlib, whichever the first bytes say
    return ready_;
  }

  Result<Step> decode(std::span<const char> in, std::span<char> out) override {
    if (ended_ && !in.empty()) {
      // Another member, or it is not gzip any more.
      if (::inflateReset(&stream_) != Z_OK) return upstream("bad_encoding", "zlib cannot go on");
      ended_ = false;
    }
    constexpr std::size_t most_zlib_bytes = std::numeric_limits<uInt>::max();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(std::min(in.size(), most_zlib_bytes));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(std::min(out.size(), most_zlib_bytes));
    const uInt had_in = stream_.avail_in, had_out = stream_.avail_out;
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    const Step step{had_in - stream_.avail_in, had_out - stream_.avail_out};
    any_ = any_ || step.taken != 0;
    if (code == Z_STREAM_END) {
      ended_ = true;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      const char* why = stream_.msg != nullptr ? stream_.msg : code == Z_NEED_DICT ? "it needs a dictionary" : "?";
      return upstream("bad_encoding", std::string("the compressed body is damaged: ") + why, ErrorCode::invalid_data);
    }
    return step;
  }

  [[nodiscard]] bool whole() const override { return ended_ || !any_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;  // at the end of a member
  bool any_ = false;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_inflater() {
  auto out = std::make_unique<Inflater>();
  if (!out->start()) return fail(ErrorCode::unspecified, ErrorClass::internal, "zlib cannot be set up");
  return out;
}

}  // namespace tento::http::inner
