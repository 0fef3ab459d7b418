// SPDX-License-Identifier: Apache-2.0
// Runs connections, and looks after their deadlines a few times a second: a timer for each would cost more than it
// saves.
#include "host/server/io_thread.hpp"

#include <boost/asio/post.hpp>
#include <ctime>
#include <utility>
#include <vector>

namespace tento::host::server {

namespace {
constexpr std::chrono::milliseconds sweep_every{250};
}

void IoThread::start() {
  thread_ = std::thread([this] { context_.run(); });
}

void IoThread::sweep_later() {
  sweeper_.expires_after(sweep_every);
  sweeper_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    const auto now = shared_.now();
    const std::vector<Tracked*> all(connections_.begin(), connections_.end());
    for (Tracked* each : all)
      if (connections_.contains(each)) each->sweep(now);
    sweeping_ = !connections_.empty();
    if (sweeping_) sweep_later();
  });
}

void IoThread::drain() {
  boost::asio::post(context_, [this] {
    const std::vector<Tracked*> all(connections_.begin(), connections_.end());
    for (Tracked* each : all)
      if (connections_.contains(each)) each->drain();
  });
}

void IoThread::cut_all() {
  const std::vector<Tracked*> all(connections_.begin(), connections_.end());
  for (Tracked* each : all)
    if (connections_.contains(each)) each->cut();
}

void IoThread::cut() {
  boost::asio::post(context_, [this] { cut_all(); });
}

void IoThread::end() {
  boost::asio::post(context_, [this] {
    ended_ = true;
    sweeper_.cancel();
    cut_all();
    guard_.reset();
  });
}

void IoThread::join() {
  if (thread_.joinable()) thread_.join();
}

void IoThread::add(Tracked* connection) {
  connections_.insert(connection);
  shared_.connection_began();
  // A server that nobody is connected to does not wake up.
  if (!std::exchange(sweeping_, true) && !ended_) sweep_later();
}

void IoThread::remove(Tracked* connection) {
  if (connections_.erase(connection) > 0) shared_.connection_ended();
}

const std::string& IoThread::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_at_) {
    date_at_ = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[40];
    date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return date_;
}

}  // namespace tento::host::server
