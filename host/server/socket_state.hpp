// SPDX-License-Identifier: Apache-2.0
// What can be said of a connection without taking anything from it.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

namespace tento::host::server {

// What there is to read: > 0 something, 0 the client sends nothing more, < 0 nothing now, or broken.
inline ssize_t peek_at(int descriptor) {
  char one = 0;
  return ::recv(descriptor, &one, 1, MSG_PEEK | MSG_DONTWAIT);
}

// Whether the client sends nothing more, whatever is there to be read.
inline bool hung_up_at(int descriptor) {
  pollfd here{descriptor, POLLRDHUP, 0};
  return ::poll(&here, 1, 0) > 0;
}

}  // namespace tento::host::server
