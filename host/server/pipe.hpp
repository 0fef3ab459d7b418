// SPDX-License-Identifier: Apache-2.0
// A body written by workers and pulled by a connection, a bounded amount at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "host/server/exchange.hpp"

namespace tento::host::server {

class BoundedPipe final : public PullBody {
 public:
  // How much of a body is made at a time where it is made in parts.
  static constexpr std::size_t part_bytes = 128 * 1024;

  // `still_allowed` is asked before each piece is handed on; where it does not hold, the body breaks off. May be empty.
  explicit BoundedPipe(std::function<bool()> still_allowed = {}) : still_allowed_(std::move(still_allowed)) {}

  // On a worker, which waits until there is room. False = the reader is gone.
  bool write(std::string_view piece);
  // On a worker that does not wait: of a part that is made at a time.
  bool put(std::string_view piece);
  // Whether the next part can be made now. If not, `next` is called once it can be, or the reader is gone, on any
  // thread.
  bool has_room_or(std::function<void()> next);
  // The same of what may be left out: where there is no room, it is.
  void offer(std::string_view piece);
  // The first end counts.
  void finish(bool complete);

  void start(std::function<void()> wake) override;
  State pull(std::string& out) override;
  void stop() override;

 private:
  static constexpr std::size_t max_held = 256 * 1024;

  bool take(std::string_view piece, std::unique_lock<std::mutex>& lock);
  // What waits for room goes on.
  void tell_of_room(std::unique_lock<std::mutex>& lock);

  const std::function<bool()> still_allowed_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::function<void()> next_;
  std::string held_;
  std::function<void()> wake_;
  bool large_ = false;    // what was pulled last, and is on its way
  bool waiting_ = false;  // the connection wants to be woken
  bool stopped_ = false;
  bool finished_ = false;
  bool complete_ = false;
};

}  // namespace tento::host::server
