// SPDX-License-Identifier: Apache-2.0
// One connection: requests are read one after the other, each is answered before the next is looked at (so pipelined
// ones are answered in order), and every wait has a deadline.
#include "host/server/connection.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/read_size.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <vector>

#include "host/base/text.hpp"
#include "host/server/head.hpp"
#include "host/server/head_fields.hpp"
#include "host/server/read_errors.hpp"
#include "host/server/request_memory.hpp"
#include "host/server/socket_state.hpp"

namespace tento::host::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using TlsStream = asio::ssl::stream<Socket>;

Socket& socket_of(Socket& stream) {
  return stream;
}
Socket& socket_of(TlsStream& stream) {
  return stream.next_layer();
}

// How much a client may still send into a connection that is being closed, so that it reads the answer and no reset.
constexpr std::size_t max_lingering_bytes = 1024 * 1024;
constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t read_ahead = 64 * 1024;
constexpr std::size_t idle_bytes = 1024;  // what a connection holds for its next request
constexpr std::chrono::minutes max_body_time{10};
constexpr std::chrono::seconds idle_keeps_memory{2};

template <class Stream>
class Connection final : public std::enable_shared_from_this<Connection<Stream>>, public Tracked {
  static constexpr bool is_tls = std::is_same_v<Stream, TlsStream>;
  // The context outlives the stream.
  struct TlsHolder {
    std::shared_ptr<asio::ssl::context> tls;
  };

 public:
  Connection(IoThread& thread, Socket socket, Peer peer, std::shared_ptr<asio::ssl::context> tls)
      : thread_(thread),
        shared_(thread.shared()),
        kept_{std::move(tls)},
        stream_(make(std::move(socket), kept_)),
        peer_(std::move(peer)),
        buffer_(shared_.limits.header_bytes + read_ahead) {
    thread_.add(this);
  }
  ~Connection() override { thread_.remove(this); }

  void begin() {
    if constexpr (is_tls) {
      state_ = State::reading;
      within(shared_.limits.header_time);
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](error_code error) {
        if (!error) self->next_request();
      });
    } else {
      // What the socket takes at once is written at once.
      error_code error;
      stream_.non_blocking(true, error);
      if (error) return close();
      next_request();
    }
  }

  void sweep(Moment now) override {
    if (now >= deadline_) return close();
    if (state_ == State::idle && shared_.draining) return drain();
    if (tick_) tick_(now);
    if (give_up_ && hung_up()) std::exchange(give_up_, nullptr)();
    if (pull_ && !pumping_ && pull_->due(now)) wake_();
    // The read that waits is what holds the buffer: it ends, and another begins with less.
    if constexpr (!is_tls) {
      if (state_ == State::idle && buffer_.capacity() > idle_bytes && now >= idle_since_ + idle_keeps_memory)
        stop_waiting();
    }
  }
  void drain() override {
    if (state_ == State::idle) {
      if (!is_tls)
        stop_waiting();
      else if (peek() <= 0)
        return close();
    }
    if (pull_ && pull_->endless()) end_pulled();
  }
  void cut() override { close(); }
  [[nodiscard]] std::optional<Moment> idle_since() const override {
    return state_ == State::idle && !closed_ ? std::optional(idle_since_) : std::nullopt;
  }

 private:
  enum class State { idle, reading, working, writing, lingering };

  static Stream make(Socket socket, [[maybe_unused]] const TlsHolder& kept) {
    if constexpr (is_tls)
      return Stream(std::move(socket), *kept.tls);
    else
      return socket;
  }
  ssize_t peek() { return peek_at(socket_of(stream_).native_handle()); }
  bool hung_up() { return hung_up_at(socket_of(stream_).native_handle()); }
  void within(Moment::duration time) { deadline_ = shared_.now() + time; }
  void no_deadline() { deadline_ = Moment::max(); }

  void close() {
    no_deadline();
    closed_ = true;
    if (pull_) std::exchange(pull_, nullptr)->stop();
    answer_share_.end();
    tick_ = nullptr;
    if (give_up_) std::exchange(give_up_, nullptr)();
    error_code ignored;
    socket_of(stream_).close(ignored);
  }

  // ---- reading

  void next_request() {
    if (parser_) wipe_body(*parser_);
    parser_.reset();
    wipe_read(buffer_, taken_);
    head_fields_.clear();
    body_share_.end();
    answer_share_.end();
    give_up_ = nullptr;
    tick_ = nullptr;
    ++request_number_;
    if (closed_) return;
    if (buffer_.size() > 0) {
      // Other connections are served between two requests that came together.
      state_ = State::reading;
      return asio::post(thread_.context(), [self = this->shared_from_this()] {
        if (!self->closed_) self->begin_header();
      });
    }
    if (shared_.draining) return close();
    state_ = State::idle;
    within(shared_.limits.idle_time);
    wait_idle();
  }

  void wait_idle() {
    stream_.async_read_some(buffer_.prepare(std::max(idle_bytes, buffer_.capacity())),
                            [self = this->shared_from_this()](error_code error, std::size_t size) {
                              if (self->closed_) return;
                              if (!is_tls && error == asio::error::operation_aborted) return self->waited();
                              if (error) return self->close();
                              self->take(size);
                              self->begin_header();
                            });
  }
  // What is read already arrives all the same.
  void stop_waiting() {
    error_code ignored;
    socket_of(stream_).cancel(ignored);
  }
  void waited() {
    // What has come already is answered, though nothing has looked at it yet.
    if (shared_.draining && peek() <= 0) return close();
    buffer_.clear();
    buffer_.shrink_to_fit();
    wait_idle();
  }

  void take(std::size_t size) {
    buffer_.commit(size);
    taken_ += size;
  }

  void begin_header() {
    state_ = State::reading;
    within(shared_.limits.header_time);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
    parser_->body_limit(shared_.limits.body_bytes);
    parse_header();
  }

  void parse_header() {
    error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == http::error::need_more) return read_header();
    if (error) return unreadable(error);
    header_is_there();
  }

  void read_header() {
    if (buffer_.size() >= buffer_.max_size()) return unreadable(http::error::buffer_overflow);
    stream_.async_read_some(buffer_.prepare(beast::read_size(buffer_, read_ahead)),
                            [self = this->shared_from_this()](error_code error, std::size_t size) {
                              if (error == asio::error::eof) return self->close();
                              if (error) return self->unreadable(error);
                              self->take(size);
                              self->parse_header();
                            });
  }

  void header_is_there() {
    // RFC 9112, 3.2: whoever sends two names gets an answer from neither.
    const auto names = parser_->get().count(http::field::host);
    if (names > 1 || (names == 0 && parser_->get().version() >= 11))
      return refuse(400, "a request has one Host field, not " + std::to_string(names));
    if (!framing_is_plain(parser_->get())) return refuse(400, "Transfer-Encoding can be chunked, and nothing else");
    if (parser_->is_done()) return respond();
    // What comes behind the body is no field of the head, whatever it is called (RFC 9110, 6.5).
    for (const auto& field : parser_->get()) head_fields_.push_back(&field);
    if (!admit_body()) return;
    body_until_ = shared_.now() + max_body_time;
    // Who asks first is answered first; a body that is too large is refused before it is sent.
    const auto expect = parser_->get().find(http::field::expect);
    if (expect == parser_->get().end() || !beast::iequals(expect->value(), "100-continue")) return read_body();
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    within(shared_.limits.write_time);
    asio::async_write(stream_, asio::buffer(go_on), [self = this->shared_from_this()](error_code error, std::size_t) {
      if (!error) self->read_body();
    });
  }

  // Who asks, what for, and with how much, is known before any of it is taken. False: it was answered.
  bool admit_body() {
    begun_ = shared_.now();
    Admission admission;
    if (!shared_.guarded("a request", [&] { admission = shared_.handler.admit(request()); }))
      admission.refusal = shared_.handler.refuse(500, "the request could not be handled");
    if (admission.refusal) {
      admission.refusal->close = true;
      label_ = "refused";
      send(std::move(*admission.refusal));
      return false;
    }
    most_body_ = std::min(shared_.limits.body_bytes, admission.body_bytes);
    body_share_.begin(std::move(admission.caller));
    return hold_body(parser_->content_length() ? *parser_->content_length() : 0);
  }
  // So much of a body is held from here on. False: that was refused.
  bool hold_body(std::uint64_t bytes) {
    if (bytes > most_body_) {
      refuse(413, "the body is larger than " + std::to_string(most_body_) + " bytes");
      return false;
    }
    if (body_share_.hold(static_cast<std::size_t>(bytes))) return true;
    refuse(503, "the bodies of requests hold as much memory as they may already");
    return false;
  }

  void read_body() {
    deadline_ = std::min(shared_.now() + shared_.limits.body_time, body_until_);
    http::async_read_some(stream_, buffer_, *parser_, [self = this->shared_from_this()](error_code error, std::size_t) {
      if (error) return self->unreadable(error);
      self->taken_ = self->buffer_.capacity();
      if (!self->hold_body(self->parser_->get().body().size())) return;
      if (self->parser_->is_done()) return self->respond();
      self->read_body();
    });
  }

  void unreadable(error_code error) {
    if (closed_) return;
    if (const auto told = unreadable_request(error, parser_->is_header_done(), shared_.limits))
      return refuse(told->first, told->second);
    close();
  }

  // ---- answering

  Request request() {
    const auto& message = parser_->get();
    fields_ = {&message, &head_fields_};
    return {std_view(message.method_string()), std_view(message.target()), message.body(), peer_, &fields_, field_of};
  }

  void refuse(unsigned status, const std::string& what) {
    Answer answer = shared_.handler.refuse(status, what);
    if (status == 503) answer.headers.emplace_back("Retry-After", "1");
    answer.close = true;
    refused_ = true;
    send(std::move(answer));
  }

  void respond() {
    state_ = State::working;
    no_deadline();
    begun_ = shared_.now();
    Outcome outcome;
    if (!shared_.guarded("a request", [&] { outcome = shared_.handler.handle(request()); }))
      outcome.now = shared_.handler.refuse(500, "the request could not be handled");
    label_ = outcome.label;
    answer_share_.begin(outcome.caller);
    if (outcome.now) return send(std::move(*outcome.now));
    give_up_ = std::move(outcome.give_up);
    tick_ = std::move(outcome.tick);
    watch_client();
    const auto under_way = std::make_shared<UnderWay>(this->shared_from_this());
    const Reply reply([under_way](Answer answer) { under_way->send(std::move(answer)); },
                      [under_way](Reply::Work work) {
                        auto& self = *under_way->connection;
                        auto task = self.guarded_task(std::move(work));
                        if (const auto started = self.shared_.workers.go_on(task); started) return;
                        asio::post(self.thread_.context(), std::move(task));
                      });
    auto task = guarded_task([later = std::move(outcome.later), reply] { later(reply); });
    const auto taken = shared_.workers.run(outcome.caller, std::move(task));
    if (taken == FairWorkers::Taken::yes) return;
    if (taken == FairWorkers::Taken::no_thread) shared_.say(LogLevel::error, "no thread can be started for a request");
    auto answer = shared_.handler.refuse(503, "too many requests are at work already");
    answer.headers.emplace_back("Retry-After", "1");
    under_way->send(std::move(answer));
  }

  // A part of a request. What it throws costs that request alone: nobody answers it any more but its end.
  Reply::Work guarded_task(Reply::Work work) {
    return [&shared = shared_, work = std::move(work)]() mutable {
      shared.guarded("a request", [&work] { std::exchange(work, nullptr)(); });
    };
  }

  // A request that is answered later, held by every copy of its Reply. Work may go on after the reply, so only when the
  // last copy has gone there is nothing left to give up. Connections also end on their own thread, never on this one.
  struct UnderWay {
    std::shared_ptr<Connection> connection;
    std::uint64_t number;
    std::atomic<bool> answered{false};

    explicit UnderWay(std::shared_ptr<Connection> c) : connection(std::move(c)), number(connection->request_number_) {}
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() {
      connection->shared_.guarded("the end of a request", [this] { end(); });
    }
    void end() {
      if (!answered) send(connection->shared_.handler.refuse(500, "the request was not answered"));
      auto& context = connection->thread_.context();
      asio::post(context, [self = std::move(connection), number = number] {
        if (self->request_number_ == number) self->give_up_ = nullptr, self->tick_ = nullptr;
      });
    }
    void send(Answer answer) {
      if (answered.exchange(true)) {
        if (answer.pull) answer.pull->stop();
        return;
      }
      asio::post(connection->thread_.context(), [self = connection, answer = std::move(answer)]() mutable {
        if (!self->closed_) return self->send(std::move(answer));
        if (answer.pull) answer.pull->stop();
      });
    }
  };

  // While a worker is busy for it: notices that the client has gone. (What else comes in is its next request.) One that
  // only ended its own sending looks the same: the work is given up, but what there is of an answer is sent.
  void watch_client() {
    if constexpr (!is_tls) {
      if (!give_up_) return;
      stream_.async_wait(Socket::wait_read,
                         [self = this->shared_from_this(), number = request_number_](error_code error) {
                           if (error || self->request_number_ != number) return;
                           self->client_may_be_gone();
                         });
    }
  }
  void client_may_be_gone() {
    const auto there = peek();
    if (there < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return close();
    if (there == 0 && give_up_) std::exchange(give_up_, nullptr)();
  }

  // Into head_: the status line and the fields. `length`: of a body that is sent in one piece.
  void write_head(const Answer& answer, std::optional<std::size_t> length) {
    const bool parsed = parser_ && parser_->is_header_done();
    const unsigned version = parsed ? parser_->get().version() : 11;
    close_after_ = answer.close || shared_.draining || !parser_ || !parser_->is_done() || !parser_->keep_alive();
    const bool bodiless = answer.status == 304 || answer.status == 204;
    chunked_ = !bodiless && !length && version >= 11;
    if (!length && version < 11) close_after_ = true;
    HeadWriter head(head_, version, answer.status);
    head.field("Date", thread_.date());
    if (!bodiless) head.field("Content-Type", answer.content_type);
    for (const auto& [name, value] : answer.headers) head.field(name, value);
    head.lines(answer.lines);
    if (close_after_ && version >= 11) head.field("Connection", "close");
    if (!close_after_ && version < 11) head.field("Connection", "keep-alive");
    if (chunked_) head.field("Transfer-Encoding", "chunked");
    if (length && !bodiless) head.field("Content-Length", *length);
    head.end();
  }
  [[nodiscard]] bool head_only() const {
    return parser_ && parser_->is_header_done() && parser_->get().method() == http::verb::head;
  }

  void send(Answer answer) {
    state_ = State::writing;
    idle_since_ = shared_.now();  // unless its body takes longer
    within(shared_.limits.write_time);
    status_ = answer.status;
    if (answer.pull) return send_pulled(std::move(answer));
    if (answer.shared) {
      shared_body_ = std::move(answer.shared);
    } else {
      body_ = std::move(answer.body);
    }
    const std::string& body = shared_body_ ? *shared_body_ : body_;
    write_head(answer, body.size());
    const bool bodiless = answer.status == 304 || answer.status == 204 || head_only();
    std::array<asio::const_buffer, 2> parts{asio::buffer(head_), bodiless ? asio::const_buffer() : asio::buffer(body)};
    if constexpr (!is_tls) {
      // Nearly every answer fits into what the socket takes: no turn of the loop in between.
      error_code error;
      auto written = stream_.write_some(parts, error);
      if (error && error != asio::error::would_block) return sent_whole(error);
      for (auto& part : parts) {
        const auto of_it = std::min(written, part.size());
        part += of_it;
        written -= of_it;
      }
      if (asio::buffer_size(parts) == 0) return sent_whole({});
    }
    // What the client does not take at once is held for it, within bounds.
    if (!answer_share_.hold(asio::buffer_size(parts))) return close();
    asio::async_write(stream_, parts,
                      [self = this->shared_from_this()](error_code error, std::size_t) { self->sent_whole(error); });
  }
  void sent_whole(error_code error) {
    shared_body_.reset();
    body_.clear();
    if (body_.capacity() > 64 * 1024) body_.shrink_to_fit();
    sent(error);
  }

  void sent(error_code error) {
    if (closed_) return;
    if (parser_ && parser_->is_header_done() && !refused_)
      shared_.handler.answered(label_, status_, std::chrono::duration<double>(shared_.now() - begun_).count());
    if (error) return close();
    if (close_after_) return linger();
    next_request();
  }

  // ---- bodies that come piece by piece

  void send_pulled(Answer answer) {
    pull_ = std::move(answer.pull);
    write_head(answer, std::nullopt);
    ending_ = false;
    wake_ = thread_.waker(
        [weak = this->weak_from_this()] {
          if (const auto self = weak.lock()) self->pump();
        },
        pull_->endless());
    pull_->start(wake_);
    pumping_ = true;
    asio::async_write(stream_, asio::buffer(head_), [self = this->shared_from_this()](error_code error, std::size_t) {
      self->pumping_ = false;
      if (error) return self->close();
      if (self->head_only() || self->ending_ || (self->shared_.draining && self->pull_->endless()))
        return self->end_pulled();
      self->pump();
    });
  }

  void pump() {
    if (pumping_ || !pull_ || closed_) return;
    piece_.clear();
    const auto state = pull_->pull(piece_);
    if (state == PullBody::State::wait && piece_.empty()) {
      piece_.shrink_to_fit();
      answer_share_.end();
      // Nothing to send, for as long as it takes; but a client that goes away is noticed.
      no_deadline();
      return watch_idle_reader();
    }
    if (state == PullBody::State::broken) return close();
    if (state == PullBody::State::end && piece_.empty()) return end_pulled();
    if (!answer_share_.hold(piece_.size())) return close();
    within(shared_.limits.write_time);
    pumping_ = true;
    const auto done = [self = this->shared_from_this()](error_code error, std::size_t) {
      self->pumping_ = false;
      if (error) return self->close();
      if (self->ending_) return self->end_pulled();
      self->pump();
    };
    if (chunked_)
      asio::async_write(stream_, http::make_chunk(asio::buffer(piece_)), done);
    else
      asio::async_write(stream_, asio::buffer(piece_), done);
  }

  void watch_idle_reader() {
    if constexpr (!is_tls) {
      if (watching_) return;
      watching_ = true;
      stream_.async_wait(Socket::wait_read, [self = this->shared_from_this()](error_code error) {
        self->watching_ = false;
        if (error || !self->pull_) return;
        if (self->pull_->endless() && self->peek() == 0) return self->close();
        self->client_may_be_gone();
      });
    }
  }

  // The last chunk, once: also when a drain ends a body that would go on for ever.
  void end_pulled() {
    if (!pull_ || closed_) return;
    if (pumping_) {
      ending_ = true;
      return;
    }
    std::exchange(pull_, nullptr)->stop();
    idle_since_ = shared_.now();
    std::string().swap(piece_);
    within(shared_.limits.write_time);
    if (!chunked_ || head_only()) return sent({});
    static constexpr std::string_view last = "0\r\n\r\n";
    asio::async_write(stream_, asio::buffer(last),
                      [self = this->shared_from_this()](error_code error, std::size_t) { self->sent(error); });
  }

  // ---- the end

  void linger() {
    state_ = State::lingering;
    within(linger_time);
    if constexpr (is_tls) {
      stream_.async_shutdown([self = this->shared_from_this()](error_code) { self->close(); });
    } else {
      error_code ignored;
      stream_.shutdown(Socket::shutdown_send, ignored);
      read_away();
    }
  }
  void read_away() {
    buffer_.clear();
    socket_of(stream_).async_read_some(buffer_.prepare(4096),
                                       [self = this->shared_from_this()](error_code error, std::size_t size) {
                                         self->wasted_ += size;
                                         if (error || self->wasted_ > max_lingering_bytes) return self->close();
                                         self->read_away();
                                       });
  }

  IoThread& thread_;
  Shared& shared_;
  TlsHolder kept_;
  Stream stream_;
  Peer peer_;
  RequestBuffer buffer_;  // bounded: what a chunk says of itself has no other limit
  State state_ = State::idle;
  Moment deadline_ = Moment::max();
  Moment idle_since_ = shared_.now(), body_until_, begun_;
  bool closed_ = false, close_after_ = false, refused_ = false;
  std::size_t taken_ = 0;  // bytes of the buffer that were read, at most
  std::optional<RequestParser> parser_;
  HeadFields fields_;
  std::vector<const RequestFields::value_type*> head_fields_;
  std::size_t most_body_ = 0;
  ByteShare body_share_{shared_.bodies};
  ByteShare answer_share_{shared_.answers};
  std::function<void()> give_up_;
  std::function<void(Moment)> tick_;
  std::uint64_t request_number_ = 0;  // on this connection
  unsigned status_ = 0;
  std::string_view label_;
  std::shared_ptr<const std::string> shared_body_;
  std::string head_, body_, piece_;
  std::shared_ptr<PullBody> pull_;
  std::function<void()> wake_;  // while there is one
  bool chunked_ = false, pumping_ = false, watching_ = false, ending_ = false;
  std::size_t wasted_ = 0;
};

}  // namespace

void serve_connection(IoThread& thread, Socket socket, Peer peer, std::shared_ptr<asio::ssl::context> tls) {
  if (tls)
    std::make_shared<Connection<TlsStream>>(thread, std::move(socket), std::move(peer), std::move(tls))->begin();
  else
    std::make_shared<Connection<Socket>>(thread, std::move(socket), std::move(peer), nullptr)->begin();
}

}  // namespace tento::host::server
