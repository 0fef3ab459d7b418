// SPDX-License-Identifier: Apache-2.0
// Pages: asked for, read in place, left behind.
#include "github/list.hpp"

#include "read.hpp"

namespace github {

using tento::Result;

// Kept from page to page, so that its memory is.
struct List::Reader {
  simdjson::ondemand::parser parser;
};

List::List(const Client& client, tento::http::Transport& http, Options options)
    : client_(client),
      http_(http),
      options_(std::move(options)),
      walk_(options_.url, options_.limits),
      reader_(std::make_unique<Reader>()) {}
List::~List() = default;

Result<void> List::fetch() {
  body_ = {};
  unchanged_ = false;
  page_ = walk_.page();
  tento::http::Request request;
  request.url = walk_.url();
  request.max_body = options_.max_page_bytes;
  if (options_.etags != nullptr) options_.etags->condition(request);
  const std::string asked = request.url;
  TENTO_TRY_ASSIGN(head_, client_.ask(http_, std::move(request), options_.what));
  if (head_.status == 304) {
    head_.body.reset();
    unchanged_ = true;
    return walk_.advance_to(options_.etags == nullptr ? std::nullopt : options_.etags->next_of(asked));
  }
  TENTO_TRY_ASSIGN(body_, tento::http::whole(head_, static_cast<std::size_t>(options_.max_page_bytes)));
  TENTO_TRY(walk_.advance(head_));
  if (options_.etags != nullptr) options_.etags->keep(asked, head_, walk_.url());
  return {};
}

Result<std::size_t> List::each(const std::function<Result<void>(const Record&)>& take) {
  using simdjson::SUCCESS;
  if (unchanged_) return std::size_t{0};
  const std::string page = where();
  simdjson::ondemand::document document;
  simdjson::ondemand::array array;
  static_assert(simdjson::SIMDJSON_PADDING <= tento::http::Text::padding);
  if (const auto error = reader_->parser.iterate(body_.data(), body_.size(), body_.readable()).get(document);
      error != SUCCESS) {
    return bad_answer(page, std::string("no JSON: ") + simdjson::error_message(error));
  }
  if (const auto error = document.get_array().get(array); error != SUCCESS) {
    return bad_answer(page, std::string("no list: ") + simdjson::error_message(error));
  }
  std::size_t count = 0;
  for (auto item : array) {
    const std::string where = page + ", record " + std::to_string(count + 1);
    simdjson::ondemand::object object;
    if (const auto error = item.get_object().get(object); error != SUCCESS) {
      return bad_answer(where, std::string("no object: ") + simdjson::error_message(error));
    }
    TENTO_TRY_ASSIGN(const Record record, read_record(object, options_.kind, where));
    TENTO_TRY(take(record));
    ++count;
  }
  const char* at = nullptr;
  if (document.current_location().get(at) == SUCCESS) return bad_answer(page, "something follows the list");
  return count;
}

}  // namespace github
