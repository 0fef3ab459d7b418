// SPDX-License-Identifier: Apache-2.0
// Walks over pages, and what keeps them from going round in circles.
#include <tento/sdk/paging.hpp>

#include <algorithm>
#include <functional>
#include <utility>

#include "digits.hpp"

namespace tento::http {
namespace {

// A query may hold what no error should: it is left out.
std::string shown(std::string_view page) {
  return quoted(page.substr(0, page.find('?')));
}

}  // namespace

Result<void> PageGuard::enter(std::string_view page) {
  // Hashes, not texts: with 64 bits the chance that two of ten thousand pages collide is one in 10^11.
  const std::uint64_t hash = std::hash<std::string_view>{}(page);
  if (std::find(seen_.begin(), seen_.end(), hash) != seen_.end()) {
    return fail(ErrorCode::invalid_data, ErrorClass::provider,
                "after " + std::to_string(seen_.size()) +
                    " pages the service names one again that was read before: " + shown(page),
                "page_repeats");
  }
  if (seen_.size() >= limits_.most_pages) {
    return fail(ErrorCode::invalid_data, ErrorClass::provider,
                "there are more than " + std::to_string(limits_.most_pages) + " pages; the next would be " +
                    shown(page) + ". Ask for larger pages or a smaller part",
                "too_many_pages");
  }
  seen_.push_back(hash);
  return {};
}

LinkWalk::LinkWalk(std::string first_url, PageLimits limits) : guard_(limits), url_(std::move(first_url)) {
  more_ = !url_.empty() && guard_.enter(url_).has_value();
}

Result<void> LinkWalk::advance(const Response& response) {
  more_ = false;
  TENTO_TRY_ASSIGN(std::optional<std::string> next, find_link(response, "next"));
  return advance_to(std::move(next));
}

Result<void> LinkWalk::advance_to(std::optional<std::string> next) {
  more_ = false;
  url_ = next ? std::move(*next) : std::string();
  if (url_.empty()) return {};
  TENTO_TRY(guard_.enter(url_));
  ++page_;
  more_ = true;
  return {};
}

CursorWalk::CursorWalk(std::string first, PageLimits limits) : guard_(limits), cursor_(std::move(first)) {
  more_ = guard_.enter(cursor_).has_value();
}

Result<void> CursorWalk::advance(std::string_view next) {
  more_ = false;
  cursor_ = next;
  if (cursor_.empty()) return {};
  TENTO_TRY(guard_.enter(cursor_));
  ++page_;
  more_ = true;
  return {};
}

}  // namespace tento::http
