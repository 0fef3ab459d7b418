// SPDX-License-Identifier: Apache-2.0
// Pages: asked for, read in place, left behind.
#include "github/list.hpp"

#include <tento/sdk/json_structure.hpp>

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

Result<std::size_t> List::each(const std::function<Result<void>(const Record&)>& take,
                               const std::function<void(const OddRecord&)>& odd) {
  using simdjson::SUCCESS;
  if (unchanged_) return std::size_t{0};
  const std::string page = where();
  simdjson::ondemand::document document;
  simdjson::ondemand::array array;
  static_assert(simdjson::SIMDJSON_PADDING <= tento::http::Text::padding);
  if (!tento::is_structured_json({body_.data(), body_.size()})) return bad_answer(page, "not JSON");
  if (const auto error = reader_->parser.iterate(body_.data(), body_.size(), body_.readable()).get(document);
      error != SUCCESS) {
    return bad_answer(page, std::string("not JSON: ") + simdjson::error_message(error));
  }
  if (const auto error = document.get_array().get(array); error != SUCCESS) {
    return bad_answer(page, std::string("not a list: ") + simdjson::error_message(error));
  }
  std::size_t count = 0;
  const auto broken = [&](std::string_view why) { return bad_answer(page + ", record " + std::to_string(count), why); };
  const auto keep_out = [&](std::string_view id, std::string_view why) {
    OddRecord out;
    out.what = id.empty() ? "record " + std::to_string(count) + " of page " + std::to_string(page_)
                          : std::string(name_of(options_.kind)).append(" ").append(id);
    out.why = why;
    out.id = id;
    odd(out);
  };
  for (auto item : array) {
    ++count;
    simdjson::ondemand::object object;
    // Where no value can begin, simdjson says of each type that it is another one, and loses its place.
    auto error = item.type().error();
    if (error == SUCCESS) error = item.get_object().get(object);
    if (error == simdjson::INCORRECT_TYPE) {
      keep_out({}, "it is not an object");
      continue;
    }
    if (error != SUCCESS) return broken(simdjson::error_message(error));
    std::string_view id;
    const auto record = read_record(object, options_.kind, id);
    if (record) {
      TENTO_TRY(take(*record));
    } else if (is_odd(record.error())) {
      keep_out(id, record.error().message);
    } else {
      return broken(record.error().message);
    }
  }
  return count;
}

}  // namespace github
