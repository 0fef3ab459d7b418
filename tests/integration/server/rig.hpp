// SPDX-License-Identifier: Apache-2.0
// What tests of the server share: a server with a handler of the test, and clients that are plain sockets and send what
// the test says, byte by byte.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "host/server/server.hpp"

namespace rig {

using tento::host::server::Answer;
using tento::host::server::Limits;
using tento::host::server::Moment;
using tento::host::server::Outcome;
using tento::host::server::PullBody;
using tento::host::server::Reply;
using tento::host::server::Request;
using tento::host::server::Server;
using tento::host::server::ServerOptions;

// Something that happens once, and who waits for it; no wait is for ever.
class Event {
 public:
  void set();
  [[nodiscard]] bool wait();  // false: it did not come
  [[nodiscard]] bool is_set() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

// Whether it becomes true, in time that is more than enough.
[[nodiscard]] bool comes_true(const std::function<bool()>& what);

// Answers `METHOD path body` unless the test says otherwise; notes what it was asked.
class TestHandler final : public tento::host::server::Handler {
 public:
  std::function<Outcome(const Request&)> on;
  std::function<tento::host::server::Admission(const Request&)> on_admit;

  Outcome handle(const Request& request) override;
  tento::host::server::Admission admit(const Request& request) override;
  Answer refuse(unsigned status, std::string_view what) override;
  void answered(std::string_view label, unsigned status, double seconds) override;
  [[nodiscard]] std::vector<std::string> asked() const;     // `METHOD path`
  [[nodiscard]] std::vector<unsigned> statuses() const;     // of what was answered
  [[nodiscard]] std::vector<std::string> refusals() const;  // `STATUS what`

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> asked_, refusals_;
  std::vector<unsigned> statuses_;
};

[[nodiscard]] Answer text(std::string body);

[[nodiscard]] ServerOptions on_any_port(Limits limits = {});

// A clock that stands still until the test moves it, so that no time limit of a server ends on a slow machine.
class Clock {
 public:
  [[nodiscard]] Moment now() const { return start_ + passed_.load(); }
  void advance(std::chrono::milliseconds time) { passed_ = passed_.load() + time; }

 private:
  Moment start_ = std::chrono::steady_clock::now();
  std::atomic<std::chrono::milliseconds> passed_{std::chrono::milliseconds(0)};
};

// A server of the test on a port of its own.
struct Rig {
  Clock clock;
  TestHandler handler;
  std::unique_ptr<Server> server;
  explicit Rig(Limits limits = {});
  explicit Rig(ServerOptions options);
  // Moves the clock on by one step after the other until it becomes true.
  [[nodiscard]] bool comes_true_in_time(std::chrono::milliseconds step, const std::function<bool()>& what);
  // Until connections that are idle now have given back their memory, which takes less time than their header may. The
  // server's limit for idle connections must be much longer.
  void outlast_memory_of_idle_connections();
};

// What a client got.
struct Got {
  unsigned status = 0;  // 0: the connection ended before an answer
  std::string version;
  std::map<std::string, std::string> headers;  // names in small letters
  std::string body;
  bool whole = false;  // false: the body broke off
};

// How bytes go and come; plain or TLS.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual bool write(std::string_view bytes) = 0;
  // 0: the end; < 0: broken, or nothing came in time.
  virtual long read(char* into, std::size_t size) = 0;
};

class Client {
 public:
  explicit Client(const std::string& address, int socket = -1);  // over TCP; by that one, which is taken over
  explicit Client(const std::filesystem::path& socket_file, int socket = -1);  // over a socket file
  explicit Client(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) = delete;

  [[nodiscard]] bool connected() const { return wire_ != nullptr; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  bool send(std::string_view bytes);
  void end_sending() const;  // the other direction stays
  void reset();              // ends it as a killed peer does: with a reset
  void close();
  // One answer. `head`: it has no body whatever its length says.
  [[nodiscard]] Got read(bool head = false);
  // Whether the server has ended the connection, and sent nothing more.
  [[nodiscard]] bool ended();

 private:
  bool more();
  bool line(std::string& out);

  int descriptor_ = -1;
  std::unique_ptr<Wire> wire_;
  std::string held_;
};

// A body that is pulled: pieces, then the end; or waits for ever.
class Pieces final : public PullBody {
 public:
  std::vector<std::string> pieces;
  State after = State::end;
  bool never_ends = false;
  std::atomic<bool> stopped{false};

  void start(std::function<void()> wake) override;
  State pull(std::string& out) override;
  void stop() override { stopped = true; }
  [[nodiscard]] bool endless() const override { return never_ends; }
  void wake();  // as a writer would, from any thread

 private:
  std::mutex mutex_;
  std::function<void()> wake_;
  std::size_t next_ = 0;
};

// A folder that goes with the test.
struct Folder {
  std::filesystem::path path;
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

}  // namespace rig
