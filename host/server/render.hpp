// SPDX-License-Identifier: Apache-2.0
// Results as answers, in the form that was asked for.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/formats/answer_writer.hpp"
#include "host/formats/negotiate.hpp"
#include "host/operations/operation.hpp"
#include "host/operations/progress.hpp"
#include "host/server/exchange.hpp"
#include "host/server/gzip.hpp"
#include "host/server/pipe.hpp"
#include "host/services/row_documents.hpp"

namespace tento::host::server {

struct Rendering {
  Format format;
  bool gzip = false;          // the client takes it
  std::string if_none_match;  // of a GET
  bool conditional = false;   // an ETag is told
  bool whole = false;         // nothing of it is sent before all of it is there
  bool csv_safe = false;      // no field of CSV is a formula to a spreadsheet
  std::string asked;          // what was asked for, of a GET: path, query, form
  std::string version_tag;    // a strong ETag, of one cell's version; else it is made of the body
  std::string state_tag;      // a weak one that is known before the body is made: while it is the same, so is that
};

// If-None-Match against a tag, compared weakly (RFC 9110, 13.1.2).
[[nodiscard]] bool tag_matches(std::string_view if_none_match, std::string_view etag);

// From Accept and the path's suffix. Error: nothing of what is wanted can be had; it says what can.
[[nodiscard]] Result<Rendering> rendering_of(const Request& request, const Operation& operation,
                                             std::optional<Media> suffix);

// Keeps what was asked for, of a GET, beyond the request.
void keep_question(Rendering& rendering, const Request& request);
// What an output says of its state and its version becomes tags. An answer: the client has it all already (304).
// `epoch`: of this run of the host, since a store may have been put back to an earlier state between two.
[[nodiscard]] std::optional<Answer> learn_tags(Rendering& rendering, const Output& output, std::string_view epoch);

// A document that is ready; 304 where the client has it already.
[[nodiscard]] Answer document_answer(std::shared_ptr<const RowDocument> document, const Rendering& rendering);

[[nodiscard]] Answer answer_of_error(const Error& error, std::string_view title, std::string_view instance,
                                     const Rendering& rendering);

// Takes the text of an answer. What is short is answered whole, with its length; what is longer goes out while it is
// made, compressed on the way where the client takes that.
class StreamingResponse {
 public:
  struct Admitted {
    std::shared_ptr<void> place;          // held to the end
    std::function<bool()> still_allowed;  // asked before each piece is sent; empty = it is
  };
  // `admit` is asked once, before a long answer is begun: an error is the answer in its place. `in_parts`: no worker
  // waits for its reader.
  using Admit = std::function<Result<Admitted>(bool in_parts)>;
  StreamingResponse(const Rendering& rendering, Reply reply, Admit admit)
      : rendering_(rendering), reply_(std::move(reply)), admit_(std::move(admit)) {}
  StreamingResponse(const StreamingResponse&) = delete;
  StreamingResponse& operator=(const StreamingResponse&) = delete;
  // What was begun and not finished breaks off.
  ~StreamingResponse();
  bool write(std::string_view piece);
  // From here on what is written is a part, and between two of them has_room_or() is asked.
  void comes_in_parts() { in_parts_ = true; }
  // Whether the next part can be made now. If not, `next` is called once it can be, or the reader is gone.
  bool has_room_or(std::function<void()> next) { return !pipe_ || pipe_->has_room_or(std::move(next)); }
  // In place of a text, before there is any.
  void send(Answer answer) { reply_(std::move(answer)); }
  void finish(unsigned status);
  // What came before is all there is if nothing was sent yet, else the answer breaks off.
  void error(const Error& error, std::string_view title, std::string_view instance);
  // Progress lines, where the form has them; else empty.
  std::function<void(const Progress&)> progress();

 private:
  bool begin_sending();  // false: it was refused
  bool pass_on(std::string_view piece);

  static constexpr std::size_t max_held = std::size_t{256} * 1024;
  const Rendering& rendering_;
  Reply reply_;
  Admit admit_;
  std::shared_ptr<void> place_;
  bool refused_ = false;
  bool in_parts_ = false;
  std::string held_;
  std::shared_ptr<BoundedPipe> pipe_;
  std::unique_ptr<Gzip> gzip_;
};

// For what is held and bounded.
[[nodiscard]] Answer held_answer(const Output& output, const Operation& operation, const Rendering& rendering,
                                 std::string_view instance);
// Writes an output in the form that was asked for. All of it outlives the writer.
[[nodiscard]] std::unique_ptr<AnswerWriter> writer_of(const Output& output, const Operation& operation,
                                                      const Rendering& rendering, Sink sink);
[[nodiscard]] unsigned status_of(const Output& output);

}  // namespace tento::host::server
