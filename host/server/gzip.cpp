// SPDX-License-Identifier: Apache-2.0
// zlib, with little memory and a level that costs less than the bytes it saves.
#include "host/server/gzip.hpp"

#include <zlib.h>

namespace tento::host::server {
namespace {

bool start(z_stream& stream) {
  constexpr int level = 4, gzip_window = 15 + 16, memory = 8;
  return deflateInit2(&stream, level, Z_DEFLATED, gzip_window, memory, Z_DEFAULT_STRATEGY) == Z_OK;
}

// zlib reads through a pointer that is not const.
Bytef* input(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

}  // namespace

bool takes_gzip(std::string_view accept) {
  const auto at = accept.find("gzip");
  if (at == std::string_view::npos) return false;
  const auto rest = accept.substr(at, accept.substr(at).find(','));
  return rest.find("q=0") == std::string_view::npos || rest.find("q=0.") != std::string_view::npos;
}

std::optional<std::string> gzipped(const std::string& text) {
  z_stream stream{};
  if (!start(stream)) return std::nullopt;
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = input(text);
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return done ? std::optional(std::move(out)) : std::nullopt;
}

struct Gzip::Stream {
  z_stream z{};
};

Gzip::Gzip(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

std::unique_ptr<Gzip> Gzip::begin() {
  auto stream = std::make_unique<Stream>();
  if (!start(stream->z)) return nullptr;
  return std::unique_ptr<Gzip>(new Gzip(std::move(stream)));  // the constructor is private
}

Gzip::~Gzip() {
  deflateEnd(&stream_->z);
}

std::string_view Gzip::run(std::string_view text, bool last) {
  auto& z = stream_->z;
  z.next_in = input(text);
  z.avail_in = static_cast<uInt>(text.size());  // pieces are small
  constexpr std::size_t step = std::size_t{16} * 1024;
  std::size_t filled = 0;
  do {
    if (out_.size() < filled + step) out_.resize(filled + step);
    z.next_out = reinterpret_cast<Bytef*>(out_.data() + filled);
    z.avail_out = static_cast<uInt>(out_.size() - filled);
    // The buffer grows as long as it is filled, so there is always room, and nothing else can go wrong.
    static_cast<void>(deflate(&z, last ? Z_FINISH : Z_NO_FLUSH));
    filled = out_.size() - z.avail_out;
  } while (z.avail_out == 0);
  return std::string_view(out_).substr(0, filled);
}

}  // namespace tento::host::server
