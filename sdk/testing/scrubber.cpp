// SPDX-License-Identifier: Apache-2.0
// Taking secrets out of exchanges before they are written down.
#include <tento/sdk/key.hpp>
#include <tento/sdk/testing/transports.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace tento::testing {
namespace {

constexpr std::string_view scrubbed_value = "SCRUBBED";

constexpr const char* secret_names[] = {
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "x-auth-token",
    "authentication",
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "client_secret",
    "client_assertion",
    "secret",
    "password",
    "passwd",
    "api_key",
    "apikey",
    "key",
    "code",
    "code_verifier",
    "device_code",
    "sig",
    "signature",
    "assertion",
    "session",
    "private_token",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "clientsecret",
    "auth",
    "appid",
};

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

Scrubber::Scrubber() : names_(std::begin(secret_names), std::end(secret_names)) {}

void Scrubber::add_name(std::string name) {
  names_.push_back(std::move(name));
}

void Scrubber::add_secret(std::string secret) {
  if (!secret.empty()) secrets_.push_back(std::move(secret));
}

bool Scrubber::is_secret(std::string_view name) const {
  return std::any_of(names_.begin(), names_.end(), [name](const std::string& n) { return http::same_name(n, name); });
}

std::string Scrubber::without_secrets(std::string text) const {
  for (const std::string& secret : secrets_) {
    replace_all(text, secret, scrubbed_value);
    replace_all(text, percent_encode_param(secret), scrubbed_value);
  }
  return text;
}

// `name=value` pairs between ampersands: a query, a fragment or a form.
std::string Scrubber::pairs(std::string_view text) const {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('&', at), text.size());
    const std::string_view pair = text.substr(at, end - at);
    const std::size_t equals = pair.find('=');
    const auto name = percent_decode(pair.substr(0, equals));
    if (at > 0) out += '&';
    if (equals != std::string_view::npos && name && is_secret(*name)) {
      out.append(pair.substr(0, equals + 1)).append(scrubbed_value);
    } else {
      out.append(pair);
    }
    at = end + 1;
  }
  return out;
}

std::string Scrubber::url(std::string_view url) const {
  std::string out(url);
  // `user:password@` between the scheme and the host.
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    const std::size_t host = scheme + 3;
    const std::string_view authority = url.substr(host, url.find_first_of("/?#", host) - host);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
      out.replace(host, at, scrubbed_value);
  }
  const std::size_t question = out.find('?');
  if (question != std::string::npos) {
    const std::size_t hash = std::min(out.find('#', question), out.size());
    out = out.substr(0, question + 1) + pairs(std::string_view(out).substr(question + 1, hash - question - 1)) +
          out.substr(hash);
  }
  return without_secrets(std::move(out));
}

namespace {

// True when something was replaced, so that bodies without secrets keep their very bytes.
template <class IsSecret>
bool scrub_json(boost::json::value& value, const IsSecret& is_secret) {
  bool changed = false;
  if (boost::json::object* const object = value.if_object()) {
    for (auto& member : *object) {
      if (member.value().is_string() && is_secret(std::string_view(member.key().data(), member.key().size()))) {
        member.value() = boost::json::string_view(scrubbed_value.data(), scrubbed_value.size());
        changed = true;
      } else {
        changed = scrub_json(member.value(), is_secret) || changed;
      }
    }
  } else if (boost::json::array* const array = value.if_array()) {
    for (boost::json::value& item : *array) changed = scrub_json(item, is_secret) || changed;
  }
  return changed;
}

bool looks_like_form(std::string_view body) {
  return body.find('=') != std::string_view::npos && body.find_first_of(" \n\r\t<>{}\"") == std::string_view::npos;
}

}  // namespace

std::string Scrubber::body(std::string_view body) const {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 1024;
  boost::json::value json = boost::json::parse({body.data(), body.size()}, error, {}, options);
  if (!error) {
    const bool changed = scrub_json(json, [this](std::string_view name) { return is_secret(name); });
    return without_secrets(changed ? boost::json::serialize(json) : std::string(body));
  }
  return without_secrets(looks_like_form(body) ? pairs(body) : std::string(body));
}

void Scrubber::scrub(Exchange& exchange) const {
  const auto scrub_headers = [this](http::Headers& headers) {
    for (http::Header& h : headers) {
      if (is_secret(h.name)) {
        h.value = scrubbed_value;
      } else if (http::same_name(h.name, "location") || http::same_name(h.name, "link") ||
                 http::same_name(h.name, "referer")) {
        h.value = url(h.value);
      } else {
        h.value = without_secrets(std::move(h.value));
      }
    }
  };
  exchange.request.url = url(exchange.request.url);
  exchange.request.body = body(exchange.request.body);
  scrub_headers(exchange.request.headers);
  if (exchange.response) {
    Exchange::Answer& a = *exchange.response;
    scrub_headers(a.headers);
    a.body = body(a.body);
    a.final_url = url(a.final_url);
    // What was announced is the length before.
    std::erase_if(a.headers, [](const http::Header& h) { return http::same_name(h.name, "content-length"); });
  } else {
    exchange.response.error().message = without_secrets(std::move(exchange.response.error().message));
  }
}

}  // namespace tento::testing
