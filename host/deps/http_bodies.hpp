// SPDX-License-Identifier: Apache-2.0
// The answers of one call: heads that a provider has views of, and bodies it reads by handle.
#pragma once

#include <tento/deps.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/transport.hpp>

namespace tento::host {

class HttpSender;

// Belongs to a call and ends with it. Any thread of the call.
class HttpBodies {
 public:
  // Keeps an answer, and fills `out` (all but its struct_size). The head lives until the handle is closed, else until
  // the call ends. The sender lives as long as the body does.
  void keep(http::Response response, std::shared_ptr<HttpSender> sender, tento_http_response& out);
  // Reads from an open body; `not_found` when the call has none of that handle. One thread at a time reads a body,
  // others wait for it.
  Result<http::Body::Chunk> read(std::uint64_t handle, char* buffer, std::uint64_t capacity);
  void close(std::uint64_t handle);
  // Ends all of them.
  void clear();
  [[nodiscard]] std::size_t size() const;

 private:
  // Everything of one answer; addresses of its texts stay.
  struct Answer {
    std::shared_ptr<HttpSender> sender;  // goes after the body
    http::Headers headers;
    std::vector<tento_header> abi_headers;
    std::string final_url;
    std::mutex reading;
    std::unique_ptr<http::Body> body;  // null = ended
  };
  std::atomic<bool> used_{false};  // most calls have none, and a lock is not theirs to pay
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<Answer>> answers_;
  std::uint64_t last_handle_ = 0;
};

}  // namespace tento::host
