// SPDX-License-Identifier: Apache-2.0
// Errors that are built in one expression.
#include <doctest/doctest.h>

#include "host/base/error.hpp"

using namespace tento;
using namespace tento::host;

namespace {

Result<int> refused() {
  return error(ErrorCode::conflict, ErrorClass::config, "it is there already")
      .tag("taken")
      .remedy("choose another name");
}
Result<void> refused_for_now() {
  return error(ErrorCode::rate_limited, ErrorClass::rate_limit, "too many").retry_after(1500);
}

}  // namespace

TEST_CASE("an error that is built becomes any result, with all that was said of it") {
  const auto result = refused();
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::conflict);
  CHECK(result.error().error_class == ErrorClass::config);
  CHECK(result.error().message == "it is there already");
  CHECK(result.error().tag == "taken");
  CHECK(result.error().remedy == "choose another name");
  CHECK(result.error().retry_after_ms == -1);

  const auto later = refused_for_now();
  REQUIRE_FALSE(later);
  CHECK(later.error().retry_after_ms == 1500);
  CHECK(later.error().tag.empty());
}
