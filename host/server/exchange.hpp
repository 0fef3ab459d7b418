// SPDX-License-Identifier: Apache-2.0
// One request and its answer, as plain values: what the API works with, and what connections carry. No Beast in here.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tento::host::server {

using Moment = std::chrono::steady_clock::time_point;

// Who is at the other end.
struct Peer {
  bool local = false;  // came over the host's own socket file
  uid_t uid = 0;       // of a local peer, as the kernel says
  std::string address;
};

// Borrowed from the connection until the request is answered.
class Request {
 public:
  using Find = std::string_view (*)(const void* fields, std::string_view name);
  Request(std::string_view method, std::string_view target, std::string_view body, const Peer& peer, const void* fields,
          Find find)
      : method_(method), body_(body), peer_(&peer), fields_(fields), find_(find) {
    // The absolute form (RFC 9112, 3.2.2), as to a proxy: its authority stands for the field Host.
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (target.starts_with('/') || !target.starts_with(scheme)) continue;
      target.remove_prefix(scheme.size());
      const auto end = target.find_first_of("/?");
      host_ = target.substr(0, end);
      target = end == std::string_view::npos ? "/" : target.substr(end);
      if (target.front() == '?') path_ = "/";
    }
    const auto mark = target.find('?');
    if (path_.empty()) path_ = target.substr(0, mark);
    if (mark != std::string_view::npos) query_ = target.substr(mark + 1);
  }
  [[nodiscard]] std::string_view method() const { return method_; }
  [[nodiscard]] std::string_view path() const { return path_; }    // still percent-encoded
  [[nodiscard]] std::string_view query() const { return query_; }  // without the question mark
  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] const Peer& peer() const { return *peer_; }
  // The first field of that name, in any case; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const { return find_(fields_, name); }
  // What the request calls the server.
  [[nodiscard]] std::string_view host() const { return host_.empty() ? header("Host") : host_; }

 private:
  std::string_view method_, path_, query_, body_, host_;
  const Peer* peer_;
  const void* fields_;
  Find find_;
};

// A body that comes piece by piece. Used by the connection's thread alone, but for what says otherwise.
class PullBody {
 public:
  enum class State { more, wait, end, broken };
  virtual ~PullBody() = default;
  // Before the first pull. `wake` may be called from any thread, also after stop(): there may be more to pull.
  virtual void start(std::function<void()> wake) = 0;
  // Appends what there is, a bounded amount. `wait`: nothing now. `broken`: what was sent is not all, and must not look
  // like it.
  virtual State pull(std::string& out) = 0;
  // The reader is gone, or everything was pulled.
  virtual void stop() = 0;
  // Asked now and then while it waits: whether to pull although nothing woke it.
  virtual bool due(Moment) { return false; }
  // It has no end of its own: a drain ends it, and so does a client that stops sending. Any other body is finished.
  [[nodiscard]] virtual bool endless() const { return false; }
};

struct Answer {
  unsigned status = 200;
  std::string_view content_type = "application/json";  // of static storage
  std::vector<std::pair<std::string_view, std::string>> headers = {};
  std::string lines = {};  // further fields, written already: each a line with its CRLF
  std::string body = {};
  std::shared_ptr<const std::string> shared = {};  // in place of body
  std::shared_ptr<PullBody> pull = {};             // in place of body
  bool close = false;                              // no further request on this connection
};

// Sends the answer; from any thread, once: what comes behind the first is dropped. The request is under way until every
// copy of its Reply is gone.
class Reply {
 public:
  using Send = std::function<void(Answer)>;
  using Work = std::function<void()>;
  using OnWorker = std::function<void(Work)>;
  Reply() = default;
  Reply(std::nullptr_t) {}  // NOLINT(*-explicit-constructor): as of a function
  template <class F>
  requires std::is_invocable_v<F, Answer> Reply(F send)  // NOLINT(*-explicit-constructor): as of a function
      : send_(std::move(send)) {}
  Reply(Send send, OnWorker on_worker) : send_(std::move(send)), on_worker_(std::move(on_worker)) {}
  void operator()(Answer answer) const { send_(std::move(answer)); }
  explicit operator bool() const { return send_ != nullptr; }
  // Goes on with the request on a worker, once one is free: what it waited for has come. Any thread, and quick.
  void on_worker(Work work) const { on_worker_(std::move(work)); }
  // The same request with something done to the answer on its way.
  [[nodiscard]] Reply through(Send send) const { return {std::move(send), on_worker_}; }

 private:
  Send send_;
  OnWorker on_worker_ = [](const Work& work) { work(); };
};

// Answered at once on the thread of the connection, or by a worker.
struct Outcome {
  std::optional<Answer> now = {};
  // May block, and may go on after it has replied, writing a body that is pulled. It may also return without a reply
  // and keep a copy of it for later: then the request waits, and holds no worker. The request's views live until it
  // returns or has replied, whichever is first.
  std::function<void(const Reply&)> later = {};
  std::function<void()> give_up = {};         // beside `later`, from another thread: the client has gone
  std::function<void(Moment now)> tick = {};  // beside `later`, from another thread, a few times a second: it is quick
  std::string caller = {};                    // beside `later`: whose work it is; empty = it is not counted for itself
  std::string_view label = "no route";        // of the route, in metrics; of static storage
};

// What is said of a request by its head, before any of its body is taken.
struct Admission {
  std::optional<Answer> refusal = {};
  std::size_t body_bytes = SIZE_MAX;  // how much of a body it may have
  std::string caller = {};            // whose body it is, where that is counted for itself; empty = it is not
};

// What a server does with requests; called on any of its threads.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Outcome handle(const Request& request) = 0;
  // Of a request that has a body, which is not there yet.
  virtual Admission admit(const Request&) { return {}; }
  // Of a request that no handler sees: it broke the protocol or a limit.
  virtual Answer refuse(unsigned status, std::string_view what) = 0;
  // One request was answered.
  virtual void answered(std::string_view label, unsigned status, double seconds) = 0;
  // The server takes nothing new, and wants to end: what waits is answered with what there is.
  virtual void drain() {}
};

}  // namespace tento::host::server
