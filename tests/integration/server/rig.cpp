// SPDX-License-Identifier: Apache-2.0
// Sockets, waits, a handler.
#include "rig.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace rig {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds longest_wait{120};

class Plain final : public Wire {
 public:
  explicit Plain(int descriptor) : descriptor_(descriptor) {}
  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  long read(char* into, std::size_t size) override { return ::recv(descriptor_, into, size, 0); }

 private:
  int descriptor_;
};

int connected_socket(int family, const sockaddr* address, socklen_t size, int given) {
  const int descriptor = given >= 0 ? given : ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw std::runtime_error("no socket");
  const timeval time{longest_wait.count(), 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  if (::connect(descriptor, address, size) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

std::string small(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

void Event::set() {
  const std::scoped_lock hold(mutex_);
  set_ = true;
  changed_.notify_all();
}

bool Event::wait() {
  std::unique_lock hold(mutex_);
  return changed_.wait_for(hold, longest_wait, [&] { return set_; });
}

bool Event::is_set() const {
  const std::scoped_lock hold(mutex_);
  return set_;
}

bool comes_true(const std::function<bool()>& what) {
  const auto end = std::chrono::steady_clock::now() + longest_wait;
  while (!what()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

Outcome TestHandler::handle(const Request& request) {
  {
    const std::scoped_lock hold(mutex_);
    asked_.push_back(std::string(request.method()) + " " + std::string(request.path()));
  }
  if (on) return on(request);
  return {.now = text(std::string(request.method()) + " " + std::string(request.path()) + " " +
                      std::string(request.body()))};
}

tento::host::server::Admission TestHandler::admit(const Request& request) {
  if (on_admit) return on_admit(request);
  return {};
}

Answer TestHandler::refuse(unsigned status, std::string_view what) {
  const std::scoped_lock hold(mutex_);
  refusals_.push_back(std::to_string(status) + " " + std::string(what));
  auto out = text(std::string(what));
  out.status = status;
  return out;
}

void TestHandler::answered(std::string_view, unsigned status, double) {
  const std::scoped_lock hold(mutex_);
  statuses_.push_back(status);
}

std::vector<std::string> TestHandler::asked() const {
  const std::scoped_lock hold(mutex_);
  return asked_;
}
std::vector<unsigned> TestHandler::statuses() const {
  const std::scoped_lock hold(mutex_);
  return statuses_;
}
std::vector<std::string> TestHandler::refusals() const {
  const std::scoped_lock hold(mutex_);
  return refusals_;
}

Answer text(std::string body) {
  Answer out;
  out.content_type = "text/plain";
  out.body = std::move(body);
  return out;
}

ServerOptions on_any_port(Limits limits) {
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.limits = limits;
  return options;
}

Rig::Rig(Limits limits) : Rig(on_any_port(limits)) {}

Rig::Rig(ServerOptions options) {
  options.now = [this] { return clock.now(); };
  auto started = Server::start(std::move(options), handler);
  if (!started) throw std::runtime_error(started.error().message);
  server = std::move(*started);
}

bool Rig::comes_true_in_time(milliseconds step, const std::function<bool()>& what) {
  return comes_true([&] {
    if (what()) return true;
    clock.advance(step);
    return false;
  });
}

void Rig::outlast_memory_of_idle_connections() {
  // Each thread of the server looks after its own connections, all at a time: when it has closed one of these, which
  // came in turn, it has looked at the others, too.
  const auto before = server->connections();
  std::vector<Client> slow;
  for (std::size_t i = 0; i < ServerOptions().threads; ++i) {
    slow.emplace_back(server->address());
    slow.back().send("G");
  }
  if (!comes_true([&] { return server->connections() == before + slow.size(); }) ||
      !comes_true_in_time(milliseconds(100), [&] { return server->connections() == before; }))
    throw std::runtime_error("connections that send no header are not closed");
}

Client::Client(const std::string& address, int socket) {
  const auto colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  std::uint16_t port = 0;
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  descriptor_ = connected_socket(AF_INET, reinterpret_cast<const sockaddr*>(&to), sizeof to, socket);
  if (descriptor_ >= 0) wire_ = std::make_unique<Plain>(descriptor_);
}

Client::Client(const std::filesystem::path& socket_file, int socket) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const auto name = socket_file.string();
  if (name.size() >= sizeof to.sun_path) throw std::runtime_error("the path of the socket is too long");
  std::memcpy(to.sun_path, name.data(), name.size());
  descriptor_ = connected_socket(AF_UNIX, reinterpret_cast<const sockaddr*>(&to), sizeof to, socket);
  if (descriptor_ >= 0) wire_ = std::make_unique<Plain>(descriptor_);
}

Client::Client(Client&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), wire_(std::move(other.wire_)), held_(std::move(other.held_)) {}

Client::~Client() {
  close();
}

void Client::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  wire_.reset();
}

void Client::reset() {
  const linger at_once{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

bool Client::send(std::string_view bytes) {
  return wire_ && wire_->write(bytes);
}

void Client::end_sending() const {
  ::shutdown(descriptor_, SHUT_WR);
}

bool Client::more() {
  if (!wire_) return false;
  char piece[16384];
  const auto size = wire_->read(piece, sizeof piece);
  if (size <= 0) return false;
  held_.append(piece, static_cast<std::size_t>(size));
  return true;
}

bool Client::line(std::string& out) {
  for (;;) {
    if (const auto end = held_.find("\r\n"); end != std::string::npos) {
      out = held_.substr(0, end);
      held_.erase(0, end + 2);
      return true;
    }
    if (!more()) return false;
  }
}

Got Client::read(bool head) {
  Got got;
  std::string first;
  if (!line(first) || first.size() < 12) return got;
  got.version = first.substr(0, 8);
  std::from_chars(first.data() + 9, first.data() + 12, got.status);
  for (std::string field; line(field) && !field.empty();) {
    const auto colon = field.find(": ");
    got.headers[small(field.substr(0, colon))] = colon == std::string::npos ? "" : field.substr(colon + 2);
  }
  if (head || got.status == 100 || got.status == 204 || got.status == 304) {
    got.whole = true;
  } else if (const auto coding = got.headers.find("transfer-encoding");
             coding != got.headers.end() && coding->second == "chunked") {
    for (std::string size_line; line(size_line);) {
      std::size_t size = 0;
      std::from_chars(size_line.data(), size_line.data() + size_line.size(), size, 16);
      while (held_.size() < size + 2)
        if (!more()) return got;
      got.body += held_.substr(0, size);
      held_.erase(0, size + 2);
      if (size > 0) continue;
      got.whole = true;
      break;
    }
  } else if (const auto length = got.headers.find("content-length"); length != got.headers.end()) {
    const auto size = std::stoul(length->second);
    while (held_.size() < size)
      if (!more()) return got;
    got.body = held_.substr(0, size);
    held_.erase(0, size);
    got.whole = true;
  } else {
    while (more()) {
    }
    got.body = std::exchange(held_, {});
    got.whole = true;  // as far as anybody can know
  }
  return got;
}

bool Client::ended() {
  if (!held_.empty() || !wire_) return false;
  char one = 0;
  const auto size = wire_->read(&one, 1);
  if (size > 0) held_ += one;
  return size == 0 || (size < 0 && errno == ECONNRESET);
}

void Pieces::start(std::function<void()> wake) {
  const std::scoped_lock hold(mutex_);
  wake_ = std::move(wake);
}

PullBody::State Pieces::pull(std::string& out) {
  if (next_ == pieces.size()) return after;
  out += pieces[next_++];
  return State::more;
}

void Pieces::wake() {
  std::function<void()> what;
  {
    const std::scoped_lock hold(mutex_);
    what = wake_;
  }
  if (what) what();
}

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "tento-server-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
  path = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace rig
