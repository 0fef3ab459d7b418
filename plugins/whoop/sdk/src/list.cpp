// SPDX-License-Identifier: Apache-2.0
// Pages by token.
#include "whoop/list.hpp"

#include "read.hpp"

namespace whoop {
namespace {

using tento::Result;

// A record has about a kilobyte, and there are 25 of them at most.
constexpr std::uint64_t largest_page_bytes = 4u << 20;

std::string day_text(tento::Instant at) {
  return tento::PartialDate::ymd(local_day(at, 0)).text().substr(4);
}

// The transport's words, and which page it was.
template <class T>
Result<T> of_page(Result<T> result, std::string_view where) {
  if (result || result.error().stopped || result.error().code != tento::ErrorCode::too_large) return result;
  tento::Error error = std::move(result).error();
  error.message = std::string(where) + ": " + error.message;
  error.error_class = tento::ErrorClass::provider;
  error.tag = "whoop_bad_answer";
  return tento::fail(std::move(error));
}

}  // namespace

template <class Model>
std::string List<Model>::what() const {
  return "the " + std::string(Kind<Model>::plural) + " from " + day_text(query_.from) + " to " + day_text(query_.to);
}

template <class Model>
std::string List<Model>::page_url() const {
  std::string url = client_.url(Kind<Model>::path) + "?limit=25&start=" + escaped(utc_text(query_.from)) +
                    "&end=" + escaped(utc_text(query_.to));
  if (!walk_.cursor().empty()) url += "&nextToken=" + escaped(walk_.cursor());
  return url;
}

template <class Model>
Result<std::size_t> List<Model>::fetch(const std::function<Result<void>(Model&)>& each, const OnOdd& odd) {
  const std::string page = "page " + std::to_string(walk_.page());
  const std::string where = page + " of " + what();
  tento::http::Request request;
  request.url = page_url();
  request.max_body = largest_page_bytes;
  TENTO_TRY_ASSIGN(tento::http::Response response, of_page(client_.ask(http_, std::move(request), what()), where));
  TENTO_TRY_ASSIGN(const tento::http::Text body,
                   of_page(tento::http::whole(response, static_cast<std::size_t>(largest_page_bytes)), where));
  simdjson::dom::parser parser;
  std::string next;
  const auto take = [&](std::string_view piece, std::size_t number) -> Result<void> {
    std::string id;
    auto record = read_piece<Model>(parser, piece, id);
    if (record) return each(*record);
    odd({id.empty() ? std::string(Kind<Model>::name) + " " + std::to_string(number) + " of " + page
                    : std::string(Kind<Model>::name) + " " + id,
         record.error().message, id});
    return {};
  };
  TENTO_TRY_ASSIGN(const std::size_t count, each_piece(body, where, next, take));
  TENTO_TRY(walk_.advance(next));
  return count;
}

template class List<Sleep>;
template class List<Recovery>;
template class List<Cycle>;
template class List<Workout>;

}  // namespace whoop
