// SPDX-License-Identifier: Apache-2.0
// Requests to MyProvider, and what its statuses mean.
#include "client.hpp"

#include <boost/json.hpp>

namespace myprovider {

using namespace tento;
namespace json = boost::json;

// [ask]
Result<std::string> Client::ask(http::Transport& http, http::Request request) const {
  request.headers.push_back({"Accept", "application/json"});
  TENTO_TRY_ASSIGN(http::Response response, http.send(request));
  TENTO_TRY_ASSIGN(std::string body, http::read_all(response));
  if (response.status / 100 == 2) return body;

  const std::string what = request.method + " " + request.url + " was answered " + std::to_string(response.status);
  Error error = fail(ErrorCode::upstream, ErrorClass::provider, what).value();
  error.http_status = static_cast<std::int32_t>(response.status);
  if (response.status == 401) {
    error = fail(ErrorCode::auth_required, ErrorClass::auth, what, "myprovider_auth_expired").value();
    error.action = "reconnect";
  } else if (response.status == 429) {
    error.code = ErrorCode::rate_limited;
    error.error_class = ErrorClass::rate_limit;
  } else if (response.status >= 500) {
    error.error_class = ErrorClass::transient;
  }
  return fail(std::move(error));
}
// [/ask]

namespace {

std::string plain(Date day) {
  return PartialDate::ymd(day).text().substr(4);
}

Error nonsense(const std::exception& e) {
  return fail(ErrorCode::invalid_data, ErrorClass::provider, std::string("the service answered nonsense: ") + e.what())
      .value();
}

std::string text(const json::value& value) {
  return std::string(value.as_string().c_str());
}

}  // namespace

// [page]
Result<Page> Client::activities(http::Transport& http, Date from, Date to, unsigned page) const {
  TENTO_TRY_ASSIGN(const std::string body, ask(http, {.url = base_url_ + "/activities?from=" + plain(from) +
                                                             "&to=" + plain(to) + "&page=" + std::to_string(page)}));
  try {
    const json::value answer = json::parse(body);
    Page out;
    for (const json::value& item : answer.at("activities").as_array()) {
      TENTO_TRY_ASSIGN(const PartialDate day, PartialDate::parse("ymd-" + text(item.at("day"))));
      out.activities.push_back({text(item.at("id")), day.start(), json::serialize(item)});
    }
    if (const json::value& next = answer.at("next"); !next.is_null()) out.next = next.to_number<unsigned>();
    return out;
  } catch (const std::exception& e) {
    return fail(nonsense(e));
  }
}
// [/page]

Result<std::string> Client::set_goal(http::Transport& http, std::string_view day, std::string_view body) const {
  return ask(http, {.method = "PUT",
                    .url = base_url_ + "/goals/" + std::string(day),
                    .headers = {{"Content-Type", "application/json"}},
                    .body = std::string(body)});
}

Result<std::pair<std::string, std::string>> Client::whoami(http::Transport& http) const {
  TENTO_TRY_ASSIGN(const std::string body, ask(http, {.url = base_url_ + "/me"}));
  try {
    const json::value me = json::parse(body);
    return std::pair(text(me.at("id")), text(me.at("name")));
  } catch (const std::exception& e) {
    return fail(nonsense(e));
  }
}

}  // namespace myprovider
