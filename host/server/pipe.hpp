// SPDX-License-Identifier: Apache-2.0
// A body written by a worker and pulled by a connection, a bounded amount at a time.
#pragma once

#include <condition_variable>
#include <mutex>

#include "host/server/exchange.hpp"

namespace tento::host::server {

class BoundedPipe final : public PullBody {
 public:
  // On the worker. False = the reader is gone.
  bool write(std::string_view piece);
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

  std::mutex mutex_;
  std::condition_variable room_;
  std::string held_;
  std::function<void()> wake_;
  bool waiting_ = false;  // the connection wants to be woken
  bool stopped_ = false;
  bool finished_ = false;
  bool complete_ = false;
};

}  // namespace tento::host::server
