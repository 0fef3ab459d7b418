// SPDX-License-Identifier: Apache-2.0
// The members of event.v1: each once, each in the document, and the roles by which tables and calendars find them.
#include <tento/sdk/event_v1.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

TEST_CASE("event.v1: members are those of its document, and have the roles that calendars need") {
  std::ostringstream document;
  document << std::ifstream(EVENT_V1_DOCUMENT).rdbuf();
  REQUIRE(document.str().find("`event.v1`") != std::string::npos);
  std::set<std::string> pointers;
  std::map<tento_field_role, std::string> roles;
  for (const tento::Field& field : tento::event_v1::FIELDS) {
    const tento_field& abi = field.abi();
    const std::string pointer(tento::view(abi.pointer));
    CAPTURE(pointer);
    CHECK(pointer.starts_with("/"));
    CHECK(pointers.insert(pointer).second);
    CHECK(document.str().find("| `" + pointer.substr(1) + "` |") != std::string::npos);
    CHECK_FALSE(tento::view(abi.label.text).empty());
    if (abi.role != TENTO_ROLE_NONE) CHECK(roles.emplace(abi.role, pointer).second);
  }
  CHECK(roles[TENTO_ROLE_TITLE] == "/title");
  CHECK(roles[TENTO_ROLE_START] == "/start");
  CHECK(roles[TENTO_ROLE_END] == "/end");
  CHECK(roles[TENTO_ROLE_URL] == "/url");
  // And the document knows no others.
  std::size_t rows = 0;
  std::istringstream lines(document.str());
  for (std::string line; std::getline(lines, line);) rows += line.starts_with("| `") ? 1 : 0;
  CHECK(rows == pointers.size());
  CHECK(tento::event_v1::ENCODING == "event.v1");
}
