// SPDX-License-Identifier: Apache-2.0
// An exchange from request to body: hops, retries, decoding, limits.
#include <tento/http/client.hpp>

#include <algorithm>
#include <array>

#include "connection.hpp"
#include "errors.hpp"
#include "request_head.hpp"
#include "wiped.hpp"

namespace tento::http {

using namespace inner;

class Client::Impl {
 public:
  Impl(ClientOptions options, std::unique_ptr<TlsContext> tls, ProxyRules proxies)
      : options_(std::move(options)),
        tls_(std::move(tls)),
        proxies_(std::move(proxies)),
        opener_(options_, *tls_, counters_),
        pool_(options_.max_idle_per_origin, options_.idle_timeout) {}

  Result<Response> send(const Request& request, const SendOptions& options);
  [[nodiscard]] ClientStats stats() const;
  void close_idle() { pool_.clear(); }

 private:
  class AnswerBody;
  struct Exchange;

  Result<AnswerHead> ask(Exchange& exchange, const Hop& hop, Deadline& deadline, std::unique_ptr<Connection>& used);
  Result<AnswerHead> ask_over(Connection& connection, const Exchange& exchange, const Hop& hop, const Proxy* proxy,
                              const Deadline& deadline);
  Result<Response> respond(const Exchange& exchange, AnswerHead head, std::unique_ptr<Connection> connection,
                           Deadline deadline);
  void done_with(std::unique_ptr<Connection> connection);
  void drain(std::unique_ptr<Connection> connection, const Deadline& deadline);

  const ClientOptions options_;
  const std::unique_ptr<TlsContext> tls_;
  const ProxyRules proxies_;
  Counters counters_;
  Opener opener_;
  Pool pool_;
};

// What changes from hop to hop.
struct Client::Impl::Exchange {
  const Request& request;
  Url url;
  std::string method;
  std::string_view body;
  Headers headers;            // without what a redirect dropped
  bool own_encoding = false;  // the request says which codings it takes, and gets the body as it is sent

  Exchange(const Request& asked, Url at)
      : request(asked), url(std::move(at)), method(asked.method), body(asked.body), headers(asked.headers) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() { wipe(headers); }
};

class Client::Impl::AnswerBody final : public Body {
 public:
  AnswerBody(Impl& client, std::unique_ptr<Connection> connection, std::unique_ptr<Decoder> decoder, Deadline deadline,
             std::string origin, std::optional<std::uint64_t> announced, std::uint64_t max)
      : client_(client),
        connection_(std::move(connection)),
        decoder_(std::move(decoder)),
        deadline_(std::move(deadline)),
        origin_(std::move(origin)),
        left_(max),
        max_(max),
        step_{"reading the answer of", client.options_.read_timeout} {
    deadline_.set_origin(origin_);
    if (announced && *announced > max) failure_ = too_large();
  }

  Result<Chunk> read(std::span<char> buffer) override {
    if (failure_) return fail(*failure_);
    if (connection_ == nullptr) return Chunk{0, true};
    Result<Chunk> chunk = read_some(buffer);
    if (!chunk) {
      failure_ = chunk.error();
      connection_.reset();
    } else if (chunk->end) {
      decoder_.reset();
      client_.done_with(std::move(connection_));
    }
    return chunk;
  }

 private:
  Result<Chunk> read_some(std::span<char> buffer) {
    // One byte more than is allowed tells a body that ends at the limit from one that does not.
    if (buffer.size() > left_) buffer = buffer.first(static_cast<std::size_t>(left_) + (left_ < buffer.size() ? 1 : 0));
    std::uint64_t raw = 0;
    Result<Chunk> chunk =
        connection_->reader.read_body(connection_->wire, buffer, decoder_.get(), raw, deadline_, step_);
    client_.counters_.bytes_read.fetch_add(raw, std::memory_order_relaxed);
    if (!chunk) return chunk;
    if (chunk->size > left_) return fail(too_large());
    left_ -= chunk->size;
    return chunk;
  }

  [[nodiscard]] Error too_large() const {
    return upstream("body_too_large", "the answer of " + origin_ + " is larger than " + std::to_string(max_) + " bytes",
                    ErrorCode::too_large)
        .value();
  }

  Impl& client_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Decoder> decoder_;
  Deadline deadline_;
  std::string origin_;
  std::uint64_t left_;
  std::uint64_t max_;
  Step step_;
  std::optional<Error> failure_;
};

namespace {

bool is_redirect(std::uint32_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> idempotent_methods = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
  return std::find(idempotent_methods.begin(), idempotent_methods.end(), method) != idempotent_methods.end();
}

void drop(Headers& headers, std::initializer_list<std::string_view> names) {
  const auto named = [&](const Header& header) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return same_name(name, header.name); });
  };
  for (Header& header : headers)
    if (named(header)) wipe(header.value);
  std::erase_if(headers, named);
}

// What a hook put into a hop is the account's credential.
class WipedHop {
 public:
  explicit WipedHop(Hop& hop) : hop_(hop) {}
  WipedHop(const WipedHop&) = delete;
  WipedHop& operator=(const WipedHop&) = delete;
  ~WipedHop() {
    wipe(hop_.secret_headers);
    wipe(hop_.secret_query);
  }

 private:
  Hop& hop_;
};

Result<void> check_secret_query(std::string_view query) {
  const bool fine = std::all_of(query.begin(), query.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
  if (!fine) return bad_request("what a hook adds to the query is not percent-encoded");
  return {};
}

}  // namespace

Result<Response> Client::Impl::send(const Request& request, const SendOptions& options) {
  TENTO_TRY(check_request(request));
  TENTO_TRY_ASSIGN(Url url, parse_url(request.url));
  Exchange exchange(request, std::move(url));
  exchange.own_encoding = find_header(request.headers, "accept-encoding").has_value();
  Deadline deadline(options.deadline, options.stopped);
  for (std::size_t redirects = 0;; ++redirects) {
    deadline.set_origin(exchange.url.origin);
    TENTO_TRY(deadline.check({"asking", {}}));
    Hop hop{exchange.url.origin, exchange.url.text, redirects > 0, {}, {}};
    const WipedHop at_end(hop);
    if (options.on_hop) {
      TENTO_TRY(options.on_hop(hop));
      TENTO_TRY(check_headers(hop.secret_headers));
      TENTO_TRY(check_secret_query(hop.secret_query));
    }
    std::unique_ptr<Connection> connection;
    TENTO_TRY_ASSIGN(AnswerHead head, ask(exchange, hop, deadline, connection));
    const auto location = find_header(head.headers, "location");
    if (!request.follow_redirects || !is_redirect(head.status) || !location)
      return respond(exchange, std::move(head), std::move(connection), std::move(deadline));

    if (redirects >= options_.max_redirects) {
      return upstream("too_many_redirects", exchange.url.origin + " redirects on after " +
                                                std::to_string(options_.max_redirects) + " redirects");
    }
    TENTO_TRY_ASSIGN(Url next, resolve_location(exchange.url, *location));
    if (exchange.url.https && !next.https) {
      return upstream("insecure_redirect",
                      exchange.url.origin + " redirects to " + next.origin + ", which is not encrypted");
    }
    drain(std::move(connection), deadline);
    counters_.redirects.fetch_add(1, std::memory_order_relaxed);
    const bool to_get = head.status == 303 ? exchange.method != "HEAD"
                                           : (head.status == 301 || head.status == 302) && exchange.method == "POST";
    if (to_get) {
      exchange.method = "GET";
      exchange.body = {};
      drop(exchange.headers, {"content-type", "content-encoding", "content-language", "content-location",
                              "content-disposition", "digest", "content-digest", "repr-digest", "content-md5"});
    }
    if (next.origin != exchange.url.origin) drop(exchange.headers, {"authorization", "cookie", "proxy-authorization"});
    exchange.url = std::move(next);
  }
}

// One hop, over a connection that waits or a new one.
Result<AnswerHead> Client::Impl::ask(Exchange& exchange, const Hop& hop, Deadline& deadline,
                                     std::unique_ptr<Connection>& used) {
  TENTO_TRY_ASSIGN(const Proxy* proxy, proxies_.choose(exchange.url));
  std::string key = exchange.url.origin;
  if (proxy != nullptr) key.append(" by ").append(proxy->origin);
  if ((used = pool_.take(key)) != nullptr) {
    counters_.reused.fetch_add(1, std::memory_order_relaxed);
    Result<AnswerHead> head = ask_over(*used, exchange, hop, proxy, deadline);
    // It may have been closed at the very moment; nothing of the answer was lost by that.
    const bool died = !head && head.error().tag == "connection_lost" && !used->reader.got_some();
    if (!died || !is_idempotent(exchange.method)) return head;
    used.reset();
    counters_.retries.fetch_add(1, std::memory_order_relaxed);
  }
  TENTO_TRY_ASSIGN(used, opener_.open(exchange.url, proxy, std::move(key), deadline));
  return ask_over(*used, exchange, hop, proxy, deadline);
}

Result<AnswerHead> Client::Impl::ask_over(Connection& connection, const Exchange& exchange, const Hop& hop,
                                          const Proxy* proxy, const Deadline& deadline) {
  const Url& url = exchange.url;
  WipedString target;
  std::string_view shown = url.target;
  const bool absolute = proxy != nullptr && !url.https;  // RFC 9112 section 3.2.2
  if (absolute || !hop.secret_query.empty()) {
    if (absolute) target = url.origin;
    target += url.target;
    if (!hop.secret_query.empty())
      target.append(url.target.find('?') == std::string::npos ? "?" : "&").append(hop.secret_query);
    shown = target;
  }
  RequestHead head(connection.out, exchange.method, shown, url.host_header);
  if (!find_header(exchange.headers, "user-agent") && !options_.user_agent.empty())
    head.add("User-Agent", options_.user_agent);
  if (!find_header(exchange.headers, "accept")) head.add("Accept", "*/*");
  if (!exchange.own_encoding) head.add("Accept-Encoding", "gzip");
  head.add(exchange.headers);
  head.add(hop.secret_headers);
  if (absolute && !proxy->authorization.empty()) head.add("Proxy-Authorization", proxy->authorization);
  const bool wants_length = exchange.method == "POST" || exchange.method == "PUT" || exchange.method == "PATCH";
  if (!exchange.body.empty() || wants_length) head.add("Content-Length", std::to_string(exchange.body.size()));
  head.finish();

  counters_.requests.fetch_add(1, std::memory_order_relaxed);
  // A small body goes along with the head.
  std::string_view body = exchange.body;
  if (body.size() <= 8u << 10) {
    connection.out.append(body);
    body = {};
  }
  connection.served = true;
  const Result<void> written =
      connection.wire.write_all(connection.out, body, deadline, {"sending to", options_.write_timeout});
  wipe(connection.out);
  // Whoever closes while it is sent to may have answered before (413, 401).
  if (!written && written.error().tag != "connection_lost") return fail(written.error());
  Result<AnswerHead> answer =
      connection.reader.read_head(connection.wire, exchange.method == "HEAD", options_.max_head, deadline,
                                  Step::whole("waiting for the answer of", options_.head_timeout, true));
  if (!answer && !written) return fail(written.error());
  return answer;
}

Result<Response> Client::Impl::respond(const Exchange& exchange, AnswerHead head,
                                       std::unique_ptr<Connection> connection, Deadline deadline) {
  Response out;
  out.status = head.status;
  out.final_url = exchange.url.text;
  out.content_length = head.content_length;
  std::unique_ptr<Decoder> decoder;
  const auto coding = exchange.own_encoding ? std::nullopt : find_header(head.headers, "content-encoding");
  if (coding && head.has_body && !same_name(*coding, "identity")) {
    if (!same_name(*coding, "gzip") && !same_name(*coding, "x-gzip") && !same_name(*coding, "deflate")) {
      return upstream("bad_encoding", exchange.url.origin + " answers in a coding that was not asked for",
                      ErrorCode::invalid_data);
    }
    TENTO_TRY_ASSIGN(decoder, make_inflater());
    // They speak of bytes that nobody will see.
    drop(head.headers, {"content-encoding", "content-length"});
    out.content_length.reset();
  }
  out.headers = std::move(head.headers);
  if (!head.has_body) {
    done_with(std::move(connection));
    return out;
  }
  const std::uint64_t max = exchange.request.max_body != 0 ? exchange.request.max_body : options_.max_body;
  out.body = std::make_unique<AnswerBody>(*this, std::move(connection), std::move(decoder), std::move(deadline),
                                          exchange.url.origin, out.content_length, max);
  return out;
}

void Client::Impl::done_with(std::unique_ptr<Connection> connection) {
  if (!connection->reader.reusable()) return;
  connection->reader.wipe_rest();
  pool_.put(std::move(connection));
}

// The text under a redirect is short as a rule; reading it is cheaper than a new connection.
void Client::Impl::drain(std::unique_ptr<Connection> connection, const Deadline& deadline) {
  constexpr std::size_t most_drained_bytes = 32u << 10;
  std::array<char, 4096> buffer{};
  const Step step = Step::whole("reading the redirect of",
                                std::min<std::chrono::milliseconds>(options_.read_timeout, std::chrono::seconds(1)));
  for (std::size_t read = 0; !connection->reader.reusable();) {
    std::uint64_t raw = 0;
    const auto chunk = connection->reader.read_body(connection->wire, buffer, nullptr, raw, deadline, step);
    counters_.bytes_read.fetch_add(raw, std::memory_order_relaxed);
    if (!chunk || (chunk->end && !connection->reader.reusable())) return;
    if ((read += chunk->size) > most_drained_bytes) return;
  }
  pool_.put(std::move(connection));
}

ClientStats Client::Impl::stats() const {
  return {counters_.requests, counters_.connections, counters_.handshakes, counters_.resumed,
          counters_.reused,   counters_.retries,     counters_.redirects,  counters_.bytes_read};
}

Result<std::unique_ptr<Client>> Client::create(ClientOptions options) {
  TENTO_TRY_ASSIGN(ProxyRules proxies, ProxyRules::create(options.proxy, process_environment));
  TENTO_TRY_ASSIGN(std::unique_ptr<TlsContext> tls, TlsContext::create(options.ca_file, options.ca_path));
  return std::unique_ptr<Client>(
      new Client(std::make_unique<Impl>(std::move(options), std::move(tls), std::move(proxies))));
}

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Client::~Client() = default;

Result<Response> Client::send(const Request& request) {
  return impl_->send(request, {});
}
Result<Response> Client::send(const Request& request, const SendOptions& options) {
  return impl_->send(request, options);
}
ClientStats Client::stats() const {
  return impl_->stats();
}
void Client::close_idle() {
  impl_->close_idle();
}

}  // namespace tento::http
