// SPDX-License-Identifier: Apache-2.0
// What the server saw, out of its own log: `port connection request-of-connection protocol reused uri`, a line a
// request.
#pragma once

#include <string>
#include <vector>

namespace tento::test {

/// One request as the server logged it.
struct Logged {
  std::string port;
  std::string connection;  ///< the server's number for it
  int number = 0;          ///< which request of its connection, from 1
  std::string protocol;    ///< TLSv1.3 ..., `-` without TLS
  bool resumed = false;
};

/// The requests for `uri`, once there are `count` of them (a server logs after it has answered). Throws if there never
/// are.
std::vector<Logged> logged(const std::string& file, const std::string& uri, std::size_t count);

/// The value of an environment variable that the test's script sets; throws without.
std::string given(const char* name);

}  // namespace tento::test
