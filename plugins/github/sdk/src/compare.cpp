// SPDX-License-Identifier: Apache-2.0
// Comparisons, page by page. The first page may hold the changes of many files, which are passed over.
#include "github/compare.hpp"

#include <tento/cell.h>

#include <tento/sdk/json_structure.hpp>

#include <tento/sdk/paging.hpp>

#include "read.hpp"

namespace github {
namespace {

using simdjson::SUCCESS;
using tento::Result;
namespace ondemand = simdjson::ondemand;

constexpr std::size_t largest_page_bytes = 64u << 20;

using Take = std::function<Result<void>(std::string_view)>;

// Whether every commit has a hash.
Result<bool> read_page(const tento::http::Text& body, std::string_view where, const Take& take) {
  static_assert(simdjson::SIMDJSON_PADDING <= tento::http::Text::padding);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array commits;
  if (!tento::is_structured_json({body.data(), body.size()})) return bad_answer(where, "not JSON");
  if (const auto error = parser.iterate(body.data(), body.size(), body.readable()).get(document); error != SUCCESS) {
    return bad_answer(where, std::string("not JSON: ") + simdjson::error_message(error));
  }
  if (const auto error = document["commits"].get_array().get(commits); error != SUCCESS) {
    return bad_answer(where, std::string("`commits` is not a list: ") + simdjson::error_message(error));
  }
  bool all = true;
  for (auto commit : commits) {
    std::string_view sha;
    // Where no value can begin, simdjson says of each type that it is another one, and loses its place.
    auto error = commit.type().error();
    if (error == SUCCESS) {
      auto value = commit["sha"];
      error = value.type().error();
      if (error == SUCCESS) error = value.get_string().get(sha);
    }
    if (error == SUCCESS && !sha.empty() && sha.size() <= TENTO_MAX_CELL_ID) {
      TENTO_TRY(take(sha));
    } else if (error == SUCCESS || error == simdjson::INCORRECT_TYPE || error == simdjson::NO_SUCH_FIELD) {
      all = false;
    } else {
      return bad_answer(where, simdjson::error_message(error));
    }
  }
  return all;
}

}  // namespace

Result<bool> each_commit_beyond(const Client& client, tento::http::Transport& http, const RepositoryName& repository,
                                std::string_view base, std::string_view head, const Take& take) {
  const std::string both = path_segment(base) + "..." + path_segment(head);
  const std::string what = "the comparison " + both + " of " + repository.owner + "/" + repository.name;
  bool all = true;
  for (tento::http::LinkWalk walk(client.repository_url(repository, "/compare/" + both + "?per_page=100"));
       walk.more();) {
    tento::http::Request request;
    request.url = walk.url();
    request.max_body = largest_page_bytes;
    const std::size_t page = walk.page();
    auto answer = client.ask(http, std::move(request), what);
    // 422: the comparison is too large, or makes no sense to the service.
    if (!answer && page == 1 && (answer.error().http_status == 404 || answer.error().http_status == 422)) return false;
    if (!answer) return tento::fail(std::move(answer).error());
    TENTO_TRY_ASSIGN(const tento::http::Text body, tento::http::whole(*answer, largest_page_bytes));
    TENTO_TRY_ASSIGN(const bool whole, read_page(body, "page " + std::to_string(page) + " of " + what, take));
    all = all && whole;
    TENTO_TRY(walk.advance(*answer));
  }
  return all;
}

}  // namespace github
