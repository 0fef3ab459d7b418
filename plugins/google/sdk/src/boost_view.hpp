// SPDX-License-Identifier: Apache-2.0
/// @file boost_view.hpp
/// Texts as Boost.JSON takes them.
#pragma once

#include <boost/json/string_view.hpp>
#include <string_view>

namespace google {

[[nodiscard]] inline boost::json::string_view boost_view(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

}  // namespace google
