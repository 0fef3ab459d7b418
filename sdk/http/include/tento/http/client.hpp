// SPDX-License-Identifier: Apache-2.0
/// @file client.hpp
/// A Transport over real connections: keep-alive pools, TLS with verification and resumption, redirects, gzip, proxies,
/// deadlines on every step. For programs that use a provider's SDK alone, and for hosts; a provider inside a host links
/// none of it and sends through host_transport.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/transport.hpp>

namespace tento::http {

/// Where requests go through. The default is what the environment says; its proxies are not asked for what is on this
/// machine (`localhost`, loopback addresses).
struct ProxyOptions {
  bool from_environment = true;  ///< `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy`, in lower or upper case (but
                                 ///< `HTTP_PROXY` is not read: a CGI client could set it); read when the client is made
  std::string http_url = {};     ///< proxy for http URLs, `http://[user:password@]host:port`; beats the environment
  std::string https_url = {};    ///< the same for https URLs (CONNECT, RFC 9110 section 9.3.6)
  std::string no_proxy = {};  ///< hosts, domains (`.example.org`), addresses and CIDR blocks that go direct; `*` = all
};

/// How a Client behaves. All times are for one step; SendOptions has the one for a whole exchange.
struct ClientOptions {
  std::string user_agent = "tento";                   ///< sent unless the request has its own
  std::string ca_file = {};                           ///< PEM bundle to trust; empty = the system's
  std::string ca_path = {};                           ///< hashed folder to trust as well
  ProxyOptions proxy = {};                            ///< which proxy, if any
  std::chrono::milliseconds resolve_timeout{10'000};  ///< looking a name up
  std::chrono::milliseconds connect_timeout{10'000};  ///< TCP, each address
  std::chrono::milliseconds tls_timeout{10'000};      ///< the handshake
  std::chrono::milliseconds write_timeout{30'000};    ///< without progress while sending
  std::chrono::milliseconds head_timeout{60'000};     ///< from the request's last byte to the whole head
  std::chrono::milliseconds read_timeout{30'000};     ///< without progress while reading a body
  std::chrono::milliseconds idle_timeout{45'000};     ///< a connection unused for longer is not used again
  std::size_t max_idle_per_origin = 6;                ///< kept open, unused, per origin
  std::size_t max_head = 64u << 10;                   ///< most bytes of status line and headers
  std::uint64_t max_body = 64u << 20;                 ///< most bytes of body after decoding, unless the request says
  std::size_t max_redirects = 10;                     ///< followed before it is an error
};

/// One request of an exchange on its way to one origin: the first, or one that a redirect led to. What a hook puts here
/// goes on the wire and nowhere else: not into `final_url`, an error, or a further hop.
struct Hop {
  std::string_view origin;        ///< `scheme://host[:port]`, lower case, without the scheme's own port
  std::string_view url;           ///< absolute, as asked or as redirected to
  bool redirected = false;        ///< not the first
  Headers secret_headers = {};    ///< added to the request's
  std::string secret_query = {};  ///< `name=value` appended to the query, percent-encoded by the hook
};

/// What one exchange may take and who watches it.
struct SendOptions {
  /// When the whole exchange must be over, its body included; then it fails with `deadline` as its tag.
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// Asked at least ten times a second while something is waited for; once it says true the exchange fails with
  /// `Error::stopped`. Called by the thread that waits; empty = never. Lives as long as the body.
  std::function<bool()> stopped = {};
  /// Called before each hop, and never once `send` has returned; an error of it ends the exchange. Empty = nothing is
  /// added.
  std::function<Result<void>(Hop&)> on_hop = {};
};

/// What a client did so far. Figures only grow.
struct ClientStats {
  std::uint64_t requests = 0;     ///< sent, each hop and each retry counted
  std::uint64_t connections = 0;  ///< TCP connections made
  std::uint64_t handshakes = 0;   ///< TLS handshakes, resumed ones included
  std::uint64_t resumed = 0;      ///< handshakes that took an earlier session up
  std::uint64_t reused = 0;       ///< requests over a connection that had served another
  std::uint64_t retries = 0;      ///< sent again since a reused connection had died
  std::uint64_t redirects = 0;    ///< followed
  std::uint64_t bytes_read = 0;   ///< of bodies, as received, before decoding
};

/// Sends over real connections; HTTP/1.1. Any number of threads may share one; each exchange blocks the thread that
/// asks, and its body is read by one thread at a time. Bodies must not outlive the client.
///
/// Redirects (RFC 9110 section 15.4): 301 and 302 turn POST into GET, 303 turns all but HEAD into GET, 307 and 308 keep
/// method and body. To another origin, `Authorization`, `Cookie` and `Proxy-Authorization` are dropped; from https to
/// http none is followed. A reused connection that dies before the first byte of an answer is replaced once, for GET,
/// HEAD, OPTIONS, PUT, DELETE and TRACE.
///
/// gzip is asked for, and what comes in it (or in deflate) is decoded: `Content-Encoding` and `Content-Length` are then
/// not among the headers. A request with an `Accept-Encoding` of its own gets the body as it is sent. Trailers are read
/// over. A body that is dropped before its end closes its connection.
///
/// Errors have class transient (network, deadlines), config (certificate, proxy, URL), provider (what came is not
/// HTTP, or too large) or internal (`bad_request`: the request is none), a tag (`resolve_failed`, `connect_failed`,
/// `tls_failed`, `certificate_invalid`, `deadline`, `timeout`, `connection_lost`, `bad_response`, `head_too_large`,
/// `body_too_large`, `bad_encoding`, `too_many_redirects`, `insecure_redirect`, `proxy_failed`, `bad_url`), and a text
/// that names the origin but no query, header or credential.
class Client final : public Transport {
 public:
  /// A client with a pool and TLS settings of its own. Trust is loaded here, once: it takes tens of milliseconds.
  static Result<std::unique_ptr<Client>> create(ClientOptions options = {});
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Result<Response> send(const Request& request) override;
  /// The same with a deadline, a stop and a hook. `options` is kept until the body ends.
  Result<Response> send(const Request& request, const SendOptions& options);
  /// What it did so far.
  [[nodiscard]] ClientStats stats() const;
  /// Closes the connections that nobody uses.
  void close_idle();

 private:
  class Impl;
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `scheme://host[:port]` of an absolute http or https URL, lower case, without the scheme's own port: what credentials
/// are bound to (RFC 6454). `invalid_argument` names what is wrong with the URL; a URL with user information is
/// refused.
[[nodiscard]] Result<std::string> origin_of(std::string_view url);

}  // namespace tento::http
