// SPDX-License-Identifier: Apache-2.0
// Writes results: whole answers with length, ETag and gzip, or longer ones while they are made.
#include "host/server/render.hpp"

#include <openssl/evp.h>

#include <array>
#include <optional>

#include "host/base/crypto.hpp"
#include "host/base/error_registry.hpp"
#include "host/formats/formats.hpp"
#include "host/formats/wire.hpp"
#include "host/server/arguments.hpp"
#include "host/server/gzip.hpp"
#include "host/server/head.hpp"
#include "host/server/problems.hpp"

namespace tento::host::server {
namespace {

constexpr std::size_t min_gzip_size = std::size_t{8} * 1024;

// A weak one (RFC 9110, 8.8.3): the same data, gzipped or not.
std::string tag_of(std::string_view body) {
  return "W/\"" + sha256_hex(body).substr(0, 24) + "\"";
}

// With the body, gzipped if that is worth it.
Answer gzip_answer(Answer head, const std::string& body) {
  std::optional<std::string> small;
  if (body.size() >= min_gzip_size) small = gzipped(body);
  if (!small) {
    head.body = body;
    return head;
  }
  head.headers.emplace_back("Content-Encoding", "gzip");
  head.body = std::move(*small);
  return head;
}

Answer whole_answer(unsigned status, const Rendering& rendering, std::string body) {
  Answer out;
  out.status = status;
  out.content_type = rendering.format.content_type;
  out.headers.emplace_back("Cache-Control", rendering.conditional ? "private, no-cache" : "no-store");
  if (rendering.format.media != Media::json) out.headers.emplace_back("X-Content-Type-Options", "nosniff");
  const bool strong = !rendering.version_tag.empty();
  if (rendering.conditional && status == 200) {
    auto tag = strong ? rendering.version_tag : tag_of(body);
    const bool known = tag_matches(rendering.if_none_match, tag);
    out.headers.emplace_back("ETag", std::move(tag));
    if (known) {
      out.status = 304;
      return out;
    }
  }
  out.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  // A strong tag is of one form, byte by byte.
  if (rendering.gzip && !strong) return gzip_answer(std::move(out), body);
  out.body = std::move(body);
  return out;
}

// Of an output that is a text of its own.
class TextWriter final : public AnswerWriter {
 public:
  TextWriter(const Output& output, Sink sink) : AnswerWriter(output, std::move(sink)) {}

 private:
  Result<bool> part(Pieces& out) override {
    TENTO_TRY(output().text([&out](std::string_view text) { return out.write(text); }));
    return false;
  }
  bool record(Pieces&, std::span<const FieldView>) override { return false; }
};

}  // namespace

std::unique_ptr<AnswerWriter> writer_of(const Output& output, const Operation& operation, const Rendering& rendering,
                                        Sink sink) {
  if (output.text && rendering.format.media != Media::wire)
    return std::make_unique<TextWriter>(output, std::move(sink));
  switch (rendering.format.media) {
    case Media::jsonl:
      return jsonl_writer(output, std::move(sink));
    case Media::csv:
      return csv_writer(output, {.safe = rendering.csv_safe}, std::move(sink));
    case Media::calendar:
      return calendar_writer(output, std::move(sink));
    case Media::wire:
      return wire_writer(output, std::move(sink));
    case Media::json:
    case Media::text:
      break;
  }
  return json_document_writer(output, operation.shape, std::move(sink));
}

unsigned status_of(const Output& output) {
  return output.accepted ? 202 : 200;
}

bool tag_matches(std::string_view if_none_match, std::string_view etag) {
  if (if_none_match.empty() || etag.empty()) return false;
  if (if_none_match == "*") return true;
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  for (auto at = if_none_match.find(etag); at != std::string_view::npos; at = if_none_match.find(etag, at + 1)) {
    const auto end = at + etag.size();
    if (end == if_none_match.size() || if_none_match[end] == ',' || if_none_match[end] == ' ') return true;
  }
  return false;
}

Result<Rendering> rendering_of(const Request& request, const Operation& operation, std::optional<Media> suffix) {
  Rendering out;
  TENTO_TRY_ASSIGN(out.format, choose_format(operation.shape, request.header("Accept"), suffix));
  out.gzip = !request.peer().local && out.format.media != Media::wire && takes_gzip(request.header("Accept-Encoding"));
  if (operation.http.method == Method::get && out.format.media != Media::wire) {
    out.conditional = true;
    out.if_none_match = request.header("If-None-Match");
  }
  TENTO_TRY_ASSIGN(out.csv_safe, wants_safe_csv(request.query()));
  return out;
}

Answer document_answer(std::shared_ptr<const RowDocument> document, const Rendering& rendering) {
  Answer out;
  out.lines.reserve(160);
  HeadWriter head(out.lines);
  head.field("Cache-Control", "private, no-cache");
  head.field("ETag", document->tag);
  head.field("Vary", "Accept, Accept-Encoding");
  if (tag_matches(rendering.if_none_match, document->tag)) {
    out.status = 304;
    return out;
  }
  if (rendering.gzip) return gzip_answer(std::move(out), document->json);
  const std::string& json = document->json;
  out.shared = {std::move(document), &json};
  return out;
}

void keep_question(Rendering& rendering, const Request& request) {
  if (!rendering.conditional) return;
  for (const auto part : {request.path(), request.query(), rendering.format.content_type})
    (rendering.asked += part) += '\n';
}

std::optional<Answer> learn_tags(Rendering& rendering, const Output& output, std::string_view epoch) {
  if (!rendering.conditional || output.accepted || output.then) return std::nullopt;
  if (!output.version.empty() && rendering.format.media == Media::json)
    rendering.version_tag = '"' + output.version + '"';
  if (output.state.empty()) return std::nullopt;
  std::string all(epoch);
  for (const std::string_view part : {std::string_view(output.state), std::string_view(rendering.asked)})
    (all += '\n') += part;
  // The other forms have nothing beside the records.
  if (rendering.format.media == Media::json) all += output.beside;
  rendering.state_tag = tag_of(all);
  if (!tag_matches(rendering.if_none_match, rendering.state_tag)) return std::nullopt;
  Answer out;
  out.status = 304;
  out.content_type = rendering.format.content_type;
  out.headers.emplace_back("Cache-Control", "private, no-cache");
  out.headers.emplace_back("ETag", rendering.state_tag);
  return out;
}

Answer answer_of_error(const Error& error, std::string_view title, std::string_view instance,
                       const Rendering& rendering) {
  if (rendering.format.media != Media::wire) return problem(error, title, instance);
  Answer out;
  out.status = http_status_of(error);
  out.content_type = wire_media_type;
  encode_error(error, [&out](std::string_view piece) {
    out.body += piece;
    return true;
  });
  return out;
}

Answer held_answer(const Output& output, const Operation& operation, const Rendering& rendering,
                   std::string_view instance) {
  std::string body;
  const auto written = writer_of(output, operation, rendering, [&body](std::string_view piece) {
                         body += piece;
                         return true;
                       })->write_all();
  if (!written) return answer_of_error(written.error(), operation.name(), instance, rendering);
  return whole_answer(status_of(output), rendering, std::move(body));
}

StreamingResponse::~StreamingResponse() {
  if (pipe_) pipe_->finish(false);
}

bool StreamingResponse::write(std::string_view piece) {
  if (pipe_) return pass_on(piece);
  if (refused_) return false;
  held_ += piece;
  return held_.size() <= max_held || rendering_.whole || begin_sending();
}

bool StreamingResponse::pass_on(std::string_view piece) {
  const auto text = gzip_ ? gzip_->add(piece) : piece;
  return text.empty() || (in_parts_ ? pipe_->put(text) : pipe_->write(text));
}

bool StreamingResponse::begin_sending() {
  auto admitted = admit_(in_parts_);
  if (!admitted) {
    refused_ = true;
    std::string().swap(held_);
    reply_(answer_of_error(admitted.error(), "request", {}, rendering_));
    return false;
  }
  place_ = std::move(admitted->place);
  pipe_ = std::make_shared<BoundedPipe>(std::move(admitted->still_allowed));
  Answer head;
  head.content_type = rendering_.format.content_type;
  if (rendering_.state_tag.empty()) {
    head.headers.emplace_back("Cache-Control", "no-store");
  } else {
    head.headers.emplace_back("Cache-Control", "private, no-cache");
    head.headers.emplace_back("ETag", rendering_.state_tag);
  }
  head.headers.emplace_back("X-Content-Type-Options", "nosniff");
  head.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  if (rendering_.gzip) gzip_ = Gzip::begin();
  if (gzip_) head.headers.emplace_back("Content-Encoding", "gzip");
  pass_on(held_);
  std::string().swap(held_);
  head.pull = pipe_;
  reply_(std::move(head));
  return true;
}

void StreamingResponse::finish(unsigned status) {
  if (refused_) return;
  if (!pipe_) return reply_(whole_answer(status, rendering_, std::move(held_)));
  if (gzip_) pipe_->put(gzip_->end());
  pipe_->finish(true);
}

void StreamingResponse::error(const Error& error, std::string_view title, std::string_view instance) {
  if (refused_) return;
  if (!pipe_) return reply_(answer_of_error(error, title, instance, rendering_));
  // The wire tells how it ended; any other form is cut, so that nobody takes it for all there is.
  const bool told = rendering_.format.media == Media::wire;
  if (told) encode_error(error, [this](std::string_view piece) { return pipe_->write(piece); });
  pipe_->finish(told);
}

std::function<void(const Progress&)> StreamingResponse::progress() {
  if (rendering_.format.media != Media::wire || rendering_.whole) return {};
  return [this](const Progress& progress) {
    if (refused_ || (!pipe_ && !begin_sending())) return;
    // Who does not read misses some of it: nobody waits for them here.
    std::string line;
    encode_progress(progress, [&line](std::string_view piece) {
      line += piece;
      return true;
    });
    pipe_->offer(line);
  };
}

}  // namespace tento::host::server
