// SPDX-License-Identifier: Apache-2.0
// A bounded pipe between workers and a connection.
#include "host/server/pipe.hpp"

#include <utility>

namespace tento::host::server {
namespace {

constexpr std::size_t exact_from = 16 * 1024;  // smaller pieces come in numbers

}  // namespace

bool BoundedPipe::write(std::string_view piece) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stopped_ || held_.size() < max_held; });
  return take(piece, lock);
}

bool BoundedPipe::put(std::string_view piece) {
  std::unique_lock lock(mutex_);
  return take(piece, lock);
}

bool BoundedPipe::has_room_or(std::function<void()> next) {
  const std::scoped_lock lock(mutex_);
  if (stopped_ || (held_.empty() && !large_)) return true;
  next_ = std::move(next);
  return false;
}

void BoundedPipe::tell_of_room(std::unique_lock<std::mutex>& lock) {
  room_.notify_all();
  const auto next = std::exchange(next_, nullptr);
  lock.unlock();
  if (next) next();
}

void BoundedPipe::offer(std::string_view piece) {
  std::unique_lock lock(mutex_);
  if (held_.size() < max_held) take(piece, lock);
}

bool BoundedPipe::take(std::string_view piece, std::unique_lock<std::mutex>& lock) {
  if (stopped_) return false;
  if (piece.size() >= exact_from && held_.capacity() - held_.size() < piece.size()) {
    // No more than is needed: hundreds of these wait for slow readers.
    std::string grown;
    grown.reserve(held_.size() + piece.size());
    grown += held_;
    held_ = std::move(grown);
  }
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
  if (still_allowed_ && !still_allowed_()) return State::broken;
  std::unique_lock lock(mutex_);
  large_ = false;
  if (!held_.empty()) {
    if (out.empty())
      out = std::exchange(held_, {});
    else
      out += std::exchange(held_, {});
    // A large piece is sent before the next is made, so that one of them is in memory and not two.
    large_ = out.size() > 2 * part_bytes;
    if (!large_) tell_of_room(lock);
    return State::more;
  }
  if (finished_) return complete_ ? State::end : State::broken;
  waiting_ = true;
  tell_of_room(lock);
  return State::wait;
}

void BoundedPipe::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  wake_ = nullptr;
  std::string().swap(held_);
  tell_of_room(lock);
}

}  // namespace tento::host::server
