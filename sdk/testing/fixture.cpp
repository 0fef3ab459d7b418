// SPDX-License-Identifier: Apache-2.0
// Fixtures on disk: exchanges as JSON Lines, and the two transports over them.
#include <tento/sdk/testing/transports.hpp>

#include <boost/json.hpp>

#include <algorithm>
#include <fstream>

namespace tento::testing {
namespace {

namespace json = boost::json;
using std::string_view_literals::operator""sv;

json::string_view js(std::string_view text) {
  return {text.data(), text.size()};
}
std::string_view sv(const json::string& text) {
  return {text.data(), text.size()};
}

bool is_utf8(std::string_view text) {
  json::error_code error;
  json::parse(json::serialize(js(text)), error);
  return !error;
}

void put_body(json::object& into, std::string_view body) {
  if (is_utf8(body)) {
    into["body"] = js(body);
    return;
  }
  static constexpr char hex_digits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(body.size() * 2);
  for (const char c : body) {
    hex += hex_digits[static_cast<unsigned char>(c) >> 4];
    hex += hex_digits[static_cast<unsigned char>(c) & 15];
  }
  into["body_hex"] = std::move(hex);
}

json::array put_headers(const http::Headers& headers) {
  json::array out;
  for (const http::Header& h : headers) out.push_back(json::array{js(h.name), js(h.value)});
  return out;
}

std::string to_line(const Exchange& exchange) {
  json::object request{{"method", exchange.request.method}, {"url", exchange.request.url}};
  request["headers"] = put_headers(exchange.request.headers);
  put_body(request, exchange.request.body);
  json::object line{{"request", std::move(request)}};
  if (exchange.response) {
    json::object response{{"status", exchange.response->status}, {"final_url", exchange.response->final_url}};
    response["headers"] = put_headers(exchange.response->headers);
    put_body(response, exchange.response->body);
    line["response"] = std::move(response);
  } else {
    const Error& e = exchange.response.error();
    line["error"] = {{"code", static_cast<std::uint32_t>(e.code)},
                     {"class", static_cast<std::uint32_t>(e.error_class)},
                     {"message", e.message},
                     {"retry_after_ms", e.retry_after_ms}};
  }
  return json::serialize(line) + "\n";
}

// Reading: everything that is not as it was written throws, and read_fixture names the line.
std::string body_of(const json::object& from) {
  if (const json::value* const plain = from.if_contains("body")) return std::string(sv(plain->as_string()));
  const std::string_view hex = sv(from.at("body_hex").as_string());
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    throw std::invalid_argument("body_hex holds something else than lower-case hex digits");
  };
  if (hex.size() % 2 != 0) throw std::invalid_argument("body_hex has an odd number of digits");
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return out;
}

http::Headers headers_of(const json::object& from) {
  http::Headers out;
  for (const json::value& line : from.at("headers").as_array()) {
    const json::array& pair = line.as_array();
    out.push_back({std::string(sv(pair.at(0).as_string())), std::string(sv(pair.at(1).as_string()))});
  }
  return out;
}

Exchange from_line(const json::object& line) {
  Exchange out{.request = {}, .response = Exchange::Answer{}};
  const json::object& request = line.at("request").as_object();
  out.request.method = sv(request.at("method").as_string());
  out.request.url = sv(request.at("url").as_string());
  out.request.headers = headers_of(request);
  out.request.body = body_of(request);
  if (const json::value* const failed = line.if_contains("error")) {
    const json::object& e = failed->as_object();
    Error error;
    error.code = static_cast<ErrorCode>(e.at("code").to_number<std::uint32_t>());
    error.error_class = static_cast<ErrorClass>(e.at("class").to_number<std::uint32_t>());
    error.message = sv(e.at("message").as_string());
    error.retry_after_ms = e.at("retry_after_ms").to_number<std::int64_t>();
    out.response = tl::unexpected<Error>(std::move(error));
    return out;
  }
  const json::object& response = line.at("response").as_object();
  out.response->status = response.at("status").to_number<std::uint32_t>();
  out.response->final_url = sv(response.at("final_url").as_string());
  out.response->headers = headers_of(response);
  out.response->body = body_of(response);
  return out;
}

http::Response to_response(const Exchange::Answer& a, const std::string& url, std::size_t chunk = 0) {
  http::Response out;
  out.status = a.status;
  out.headers = a.headers;
  out.content_length = a.body.size();
  out.final_url = a.final_url.empty() ? url : a.final_url;
  if (!a.body.empty()) out.body = std::make_unique<http::MemoryBody>(a.body, chunk);
  return out;
}

tl::unexpected<Error> io_error(const std::filesystem::path& file, const std::string& what) {
  return fail(ErrorCode::io, ErrorClass::config, "the fixture " + file.string() + " " + what, "fixture");
}

}  // namespace

Exchange::Answer answer(std::uint32_t status, std::string body, http::Headers headers) {
  return {status, std::move(headers), std::move(body), {}};
}

// ---- canned ------------------------------------------------------------------------------------------------------

void CannedTransport::on(std::string method, std::string url, Exchange::Answer answer) {
  on(std::move(method), std::move(url),
     [a = std::move(answer)](const http::Request&) -> Result<Exchange::Answer> { return a; });
}

void CannedTransport::on(std::string method, std::string url, Handler handler) {
  const std::lock_guard lock(mutex_);
  answers_[method + " " + url].push_back(std::move(handler));
}

void CannedTransport::fail(std::string method, std::string url, Error error) {
  on(std::move(method), std::move(url),
     [e = std::move(error)](const http::Request&) -> Result<Exchange::Answer> { return tl::unexpected<Error>(e); });
}

std::vector<http::Request> CannedTransport::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Result<http::Response> CannedTransport::send(const http::Request& request) {
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const auto found = answers_.find(request.method + " " + request.url);
    if (found == answers_.end()) {
      std::string message = "no answer was given for " + request.method + " " + request.url + "; there are some for:";
      for (const auto& [name, handlers] : answers_) message += "\n  " + name;
      return tento::fail(ErrorCode::not_found, ErrorClass::internal, std::move(message), "no_canned_answer");
    }
    handler = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
  }
  TENTO_TRY_ASSIGN(const Exchange::Answer made, handler(request));
  return to_response(made, request.url, chunk_);
}

// ---- recording ---------------------------------------------------------------------------------------------------

Result<std::unique_ptr<RecordingTransport>> RecordingTransport::create(http::Transport& inner,
                                                                       std::filesystem::path file, Scrubber scrubber) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << "{\"tento_fixture\":1}\n" << std::flush;
  if (!out) return io_error(file, "cannot be written");
  return std::unique_ptr<RecordingTransport>(new RecordingTransport(inner, std::move(file), std::move(scrubber)));
}

Result<void> RecordingTransport::append(Exchange exchange) {
  scrubber_.scrub(exchange);
  const std::lock_guard lock(mutex_);
  std::ofstream out(file_, std::ios::binary | std::ios::app);
  out << to_line(exchange) << std::flush;
  if (!out) return io_error(file_, "cannot be written");
  return {};
}

Result<http::Response> RecordingTransport::send(const http::Request& request) {
  Exchange exchange{.request = request, .response = Exchange::Answer{}};
  Result<http::Response> response = inner_.send(request);
  Result<std::string> body = response ? http::read_all(*response) : Result<std::string>();
  if (!response || !body) {
    const Error error = response ? body.error() : response.error();
    if (!error.stopped) {  // a cancelled test run says nothing about the service
      exchange.response = tl::unexpected<Error>(error);
      TENTO_TRY(append(std::move(exchange)));
    }
    return tl::unexpected<Error>(error);
  }
  *exchange.response = {response->status, response->headers, *body, response->final_url};
  const Exchange::Answer given = *exchange.response;
  TENTO_TRY(append(std::move(exchange)));
  http::Response out = to_response(given, request.url);
  out.content_length = response->content_length;
  return out;
}

// ---- replaying ---------------------------------------------------------------------------------------------------

Result<std::vector<Exchange>> read_fixture(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return io_error(file, "cannot be read: record it first, with RecordingTransport");
  std::vector<Exchange> out;
  std::string line;
  std::size_t number = 0;
  while (std::getline(in, line)) {
    ++number;
    try {
      const json::value value = json::parse(line);
      if (number == 1) {
        if (value.as_object().at("tento_fixture").to_number<int>() != 1)
          throw std::invalid_argument("this version is unknown");
        continue;
      }
      out.push_back(from_line(value.as_object()));
    } catch (const std::exception& e) {
      return io_error(file, "is broken in line " + std::to_string(number) + ": " + e.what());
    }
  }
  if (in.bad()) return io_error(file, "cannot be read to its end");
  if (number == 0) return io_error(file, "is empty");
  return out;
}

Result<std::unique_ptr<ReplayingTransport>> ReplayingTransport::open(std::filesystem::path file, ReplayMode mode,
                                                                     Scrubber scrubber) {
  std::unique_ptr<ReplayingTransport> out(new ReplayingTransport(std::move(file), mode, std::move(scrubber)));
  TENTO_TRY_ASSIGN(out->exchanges_, read_fixture(out->file_));
  out->used_.resize(out->exchanges_.size());
  return out;
}

std::vector<std::string> ReplayingTransport::unused() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < exchanges_.size(); ++i) {
    if (!used_[i]) out.push_back(exchanges_[i].request.method + " " + exchanges_[i].request.url);
  }
  return out;
}

Error ReplayingTransport::miss(const http::Request& request, std::string_view why) const {
  const std::string url = scrubber_.url(request.url);
  const auto shared = [&url](const Exchange& e) {
    const auto [a, b] = std::mismatch(url.begin(), url.end(), e.request.url.begin(), e.request.url.end());
    return a - url.begin();
  };
  std::vector<const Exchange*> nearest;
  for (const Exchange& e : exchanges_) nearest.push_back(&e);
  std::stable_sort(nearest.begin(), nearest.end(),
                   [&](const Exchange* a, const Exchange* b) { return shared(*a) > shared(*b); });
  std::string message = "the fixture " + file_.string() + " has no answer for " + request.method + " " + url + ": " +
                        std::string(why) + "; it holds " + std::to_string(exchanges_.size()) +
                        " exchanges, the nearest:";
  for (std::size_t i = 0; i < std::min<std::size_t>(nearest.size(), 3); ++i) {
    message += "\n  " + nearest[i]->request.method + " " + nearest[i]->request.url;
  }
  return tento::fail(ErrorCode::not_found, ErrorClass::internal, std::move(message), "not_recorded").value();
}

Result<http::Response> ReplayingTransport::send(const http::Request& request) {
  const std::lock_guard lock(mutex_);
  const std::string url = scrubber_.url(request.url);
  const auto is_it = [&](const Exchange& e) { return e.request.method == request.method && e.request.url == url; };
  std::size_t at = exchanges_.size();
  if (mode_ == ReplayMode::strict) {
    at = static_cast<std::size_t>(std::find(used_.begin(), used_.end(), false) - used_.begin());
    if (at == exchanges_.size()) return tl::unexpected<Error>(miss(request, "all of it was replayed"));
    if (!is_it(exchanges_[at])) {
      return tl::unexpected<Error>(
          miss(request, "strictly, the next is " + exchanges_[at].request.method + " " + exchanges_[at].request.url));
    }
    if (scrubber_.body(request.body) != exchanges_[at].request.body)
      return tl::unexpected<Error>(miss(request, "its body was another"));
  } else {
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      if (!is_it(exchanges_[i])) continue;
      at = i;
      if (!used_[i]) break;
    }
    if (at == exchanges_.size()) return tl::unexpected<Error>(miss(request, "it was not recorded"));
  }
  used_[at] = true;
  const Exchange& found = exchanges_[at];
  if (!found.response) return tl::unexpected<Error>(found.response.error());
  return to_response(*found.response, found.request.url);
}

}  // namespace tento::testing
