// SPDX-License-Identifier: Apache-2.0
// A bounded pipe between a worker and a connection.
#include "host/server/pipe.hpp"

namespace tento::host::server {

bool BoundedPipe::write(std::string_view piece) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stopped_ || held_.size() < max_held; });
  return take(piece, lock);
}

void BoundedPipe::offer(std::string_view piece) {
  std::unique_lock lock(mutex_);
  if (held_.size() < max_held) take(piece, lock);
}

bool BoundedPipe::take(std::string_view piece, std::unique_lock<std::mutex>& lock) {
  if (stopped_) return false;
  held_ += piece;
  // What is written until the connection comes is sent in one piece.
  if (waiting_ && wake_) {
    waiting_ = false;
    const auto wake = wake_;
    lock.unlock();
    wake();
  }
  return true;
}

void BoundedPipe::finish(bool complete) {
  std::function<void()> wake;
  {
    const std::scoped_lock lock(mutex_);
    if (finished_) return;
    finished_ = true;
    complete_ = complete;
    if (waiting_) wake = wake_;
    waiting_ = false;
  }
  if (wake) wake();
}

void BoundedPipe::start(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  wake_ = std::move(wake);
}

PullBody::State BoundedPipe::pull(std::string& out) {
  const std::scoped_lock lock(mutex_);
  if (!held_.empty()) {
    out += held_;
    held_.clear();
    room_.notify_all();
    return State::more;
  }
  if (finished_) return complete_ ? State::end : State::broken;
  waiting_ = true;
  return State::wait;
}

void BoundedPipe::stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  wake_ = nullptr;
  room_.notify_all();
}

}  // namespace tento::host::server
