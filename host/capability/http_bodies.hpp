// SPDX-License-Identifier: Apache-2.0
// The answers of one call: heads that a provider has views of, and bodies it reads by handle.
#pragma once

#include <tento/deps.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <string_view>

#include <tento/sdk/result.hpp>
#include <tento/sdk/transport.hpp>

namespace tento::host {

class HttpSender;

// Belongs to a call and ends with it. Any thread of the call.
class HttpBodies {
 public:
  // Keeps an answer, and fills `out` (all but its struct_size). The head lives until the handle is closed, else until
  // the call ends: in one piece, since a call may have thousands of them. The sender lives as long as the body does.
  void keep(http::Response response, std::shared_ptr<HttpSender> sender, tento_http_response& out);
  // Reads from an open body; `not_found` when the call has none of that handle. One thread at a time reads a body,
  // others wait for it.
  Result<http::Body::Chunk> read(std::uint64_t handle, char* buffer, std::uint64_t capacity);
  // The whole of an open body, TENTO_PADDING readable bytes behind it, until its handle is closed or the call ends.
  // `invalid_argument` once a part of it was read by `read`, which gives it from the first byte on after this.
  Result<std::string_view> view(std::uint64_t handle);
  void close(std::uint64_t handle);
  // Ends all of them.
  void clear();
  [[nodiscard]] std::size_t size() const;

 private:
  // Everything of one answer that has a body.
  struct Answer {
    std::shared_ptr<HttpSender> sender;  // goes after the body
    std::unique_ptr<std::byte[]> head;
    std::mutex reading;
    std::unique_ptr<http::Body> body;        // null = ended
    std::optional<std::uint64_t> announced;  // bytes, as the service says
    bool begun = false;                      // a part was read
    std::unique_ptr<char[]> bytes;           // all of it, once it was asked for whole
    std::size_t size = 0;
    std::size_t at = 0;  // how much of `bytes` was read again
  };
  // The open answer of that handle.
  Result<std::shared_ptr<Answer>> find(std::uint64_t handle) const;
  static Result<void> gather(Answer& answer);
  std::atomic<bool> used_{false};  // most calls have none, and a lock is not theirs to pay
  mutable std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<Answer>> answers_;
  std::pmr::monotonic_buffer_resource heads_;  // of answers without a body, which nobody can close
  std::uint64_t last_handle_ = 0;
};

}  // namespace tento::host
