// SPDX-License-Identifier: Apache-2.0
/// @file transports.hpp
/// Transports for tests: canned answers, a recording of real ones, and the replay of a recording.
///
/// A fixture is a file of JSON Lines. The first line is `{"tento_fixture":1}`; each further line is one exchange:
/// `{"request":{"method","url","headers":[[name,value]...],"body"},"response":{"status","headers","final_url","body"}}`,
/// or
/// `"error":{"code","class","message"}` in place of the response. A body that is not UTF-8 is `body_hex` in place of
/// `body`. Secrets are replaced by `SCRUBBED` before anything is written: headers and query parameters of known names,
/// members of these names in JSON and form bodies, and every text that the recorder was told of.
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "../transport.hpp"

namespace tento::testing {

/// One request and what came of it, whole.
struct Exchange {
  /// An answer with its body.
  struct Answer {
    std::uint32_t status = 200;  ///< HTTP status
    http::Headers headers;       ///< in the order received
    std::string body;            ///< whole
    std::string final_url;       ///< empty = the request's
  };
  http::Request request;    ///< what was asked
  Result<Answer> response;  ///< what came of it
};

/// An answer of a test.
[[nodiscard]] Exchange::Answer answer(std::uint32_t status, std::string body, http::Headers headers = {});

/// Answers what a test says; `not_found` names what it knows. Keeps every request. For many threads.
class CannedTransport final : public http::Transport {
 public:
  /// Makes an answer.
  using Handler = std::function<Result<Exchange::Answer>(const http::Request&)>;
  /// Answers requests of that method and url. Several for one url are given in turn; the last stays.
  void on(std::string method, std::string url, Exchange::Answer answer);
  /// The same by a function.
  void on(std::string method, std::string url, Handler handler);
  /// Fails requests of that method and url, in turn as above.
  void fail(std::string method, std::string url, Error error);
  /// Gives bodies at most that many bytes at a time, as a slow network does; 0 = as many as fit.
  void set_chunk(std::size_t bytes) { chunk_ = bytes; }
  /// Every request so far.
  [[nodiscard]] std::vector<http::Request> requests() const;

  Result<http::Response> send(const http::Request& request) override;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Handler>> answers_;
  std::vector<http::Request> requests_;
  std::size_t chunk_ = 0;
};

/// What must not get into a fixture.
class Scrubber {
 public:
  /// Knows the usual names: `authorization`, `cookie`, `access_token`, `client_secret`, `api_key`, ...
  Scrubber();
  /// Another name of a header, a query parameter or a member of a body; case does not matter.
  void add_name(std::string name);
  /// A text that is replaced wherever it stands.
  void add_secret(std::string secret);
  /// Removes what must not be kept.
  void scrub(Exchange& exchange) const;
  /// A URL without secrets.
  [[nodiscard]] std::string url(std::string_view url) const;
  /// A body without secrets; JSON and forms are understood, other texts are only searched for added secrets.
  [[nodiscard]] std::string body(std::string_view body) const;

 private:
  [[nodiscard]] bool is_secret(std::string_view name) const;
  [[nodiscard]] std::string pairs(std::string_view text) const;
  [[nodiscard]] std::string without_secrets(std::string text) const;
  std::vector<std::string> names_;
  std::vector<std::string> secrets_;
};

/// Sends through another transport and writes every exchange into a fixture, scrubbed, as soon as its body was read.
/// Bodies are read whole. For many threads if the other one is.
class RecordingTransport final : public http::Transport {
 public:
  /// Begins a new fixture at `file`, over what was there. `inner` must outlive this.
  static Result<std::unique_ptr<RecordingTransport>> create(http::Transport& inner, std::filesystem::path file,
                                                            Scrubber scrubber = {});

  Result<http::Response> send(const http::Request& request) override;

 private:
  RecordingTransport(http::Transport& inner, std::filesystem::path file, Scrubber scrubber)
      : inner_(inner), file_(std::move(file)), scrubber_(std::move(scrubber)) {}
  Result<void> append(Exchange exchange);
  http::Transport& inner_;
  std::filesystem::path file_;
  Scrubber scrubber_;
  std::mutex mutex_;
};

/// How a request finds its recorded answer.
enum class ReplayMode : std::uint8_t {
  strict,     ///< in the recorded order; method, url and body must be those recorded
  by_request  ///< by method and url, in any order; several answers of one are given in turn, the last stays
};

/// Answers from a fixture. What was not recorded is an error that names the fixture, the request and the nearest ones.
class ReplayingTransport final : public http::Transport {
 public:
  /// Reads the fixture at `file`. `scrubber` must know what the recorder's knew, as urls are compared scrubbed.
  static Result<std::unique_ptr<ReplayingTransport>> open(std::filesystem::path file,
                                                          ReplayMode mode = ReplayMode::by_request,
                                                          Scrubber scrubber = {});
  /// Recorded requests that nobody asked for, as `METHOD url`.
  [[nodiscard]] std::vector<std::string> unused() const;

  Result<http::Response> send(const http::Request& request) override;

 private:
  ReplayingTransport(std::filesystem::path file, ReplayMode mode, Scrubber scrubber)
      : file_(std::move(file)), mode_(mode), scrubber_(std::move(scrubber)) {}
  [[nodiscard]] Error miss(const http::Request& request, std::string_view why) const;
  std::filesystem::path file_;
  ReplayMode mode_;
  Scrubber scrubber_;
  mutable std::mutex mutex_;
  std::vector<Exchange> exchanges_;
  std::vector<bool> used_;
};

/// Reads a fixture; an error names the line.
[[nodiscard]] Result<std::vector<Exchange>> read_fixture(const std::filesystem::path& file);

}  // namespace tento::testing
