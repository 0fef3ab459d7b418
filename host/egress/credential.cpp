// SPDX-License-Identifier: Apache-2.0
// The forms of injection.
#include "host/egress/credential.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <utility>

#include "host/base/encoding.hpp"
#include "host/loader/descriptors.hpp"

namespace tento::host {
namespace {

// Shorter ones are in every other text by chance.
constexpr std::size_t shortest_needle_bytes = 6;

std::string percent_encoded(std::string_view text) {
  return boost::urls::encode(boost::urls::string_view(text.data(), text.size()), boost::urls::unreserved_chars);
}

// Takes `name=...` out of every query in the text.
void strip_parameter(std::string& text, std::string_view name) {
  const std::string wanted = std::string(name) + "=";
  for (std::size_t at = 1; (at = text.find(wanted, at)) != std::string::npos;) {
    const char before = text[at - 1];
    if (before != '?' && before != '&') {
      ++at;
      continue;
    }
    const std::size_t end = std::min(text.find_first_of("&#<>\"' ;,\t", at), text.size());
    if (end < text.size() && text[end] == '&') {
      text.erase(at, end + 1 - at);
    } else {
      text.erase(at - 1, end + 1 - at);
    }
  }
}

}  // namespace

bool has_parameter(std::string_view url, std::string_view name) {
  url = url.substr(0, url.find('#'));
  for (std::size_t at = url.find('?'); at != std::string_view::npos; at = url.find('&', at)) {
    const std::string_view rest = url.substr(++at);
    if (rest.starts_with(name) && (rest.size() == name.size() || rest[name.size()] == '=' || rest[name.size()] == '&'))
      return true;
  }
  return false;
}

Injection injection_of(const tento_auth* auth) {
  if (auth == nullptr) return {};
  switch (auth->inject) {
    case TENTO_INJECT_BEARER:
    case TENTO_INJECT_BASIC:
      return {"Authorization", {}};
    case TENTO_INJECT_HEADER:
      return {std::string(view(auth->inject_name)), {}};
    case TENTO_INJECT_QUERY:
      return {{}, std::string(view(auth->inject_name))};
    default:
      return {};
  }
}

Result<Credential> Credential::make(const tento_auth& auth, Secret secret) {
  const std::string& text = secret.text();
  const bool sendable = std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
  if (!sendable || text.empty()) {
    Error error;
    error.code = ErrorCode::auth_required;
    error.error_class = ErrorClass::auth;
    error.message = text.empty() ? "the account has no credential: connect it again"
                                 : "the account's credential has control characters in it, which no request can carry: "
                                   "connect it again without them";
    error.tag = view(auth.expired_tag);
    error.remedy = "reconnect";
    return fail(std::move(error));
  }
  Credential out;
  const Injection form = injection_of(&auth);
  out.header_name_ = form.header;
  out.query_name_ = form.query;
  const auto remember = [&out](std::string needle) {
    Secret kept(std::move(needle));
    if (kept.text().size() < shortest_needle_bytes) return;
    const bool known = std::any_of(out.needles_.begin(), out.needles_.end(),
                                   [&kept](const Secret& other) { return other.text() == kept.text(); });
    if (!known) out.needles_.push_back(std::move(kept));
  };
  switch (auth.inject) {
    case TENTO_INJECT_BEARER:
      out.value_ = Secret("Bearer " + text);
      break;
    case TENTO_INJECT_HEADER:
      out.value_ = Secret(std::string(view(auth.inject_prefix)) + text);
      break;
    case TENTO_INJECT_QUERY:
      out.query_ = joined(Secret(percent_encoded(form.query) + "="), Secret(percent_encoded(text)));
      break;
    case TENTO_INJECT_BASIC: {
      // A token alone is the user name (RFC 7617 allows an empty password).
      const std::size_t colon = text.find(':');
      const Secret both(colon == std::string::npos ? text + ":" : text);
      out.value_ = Secret("Basic " + base64(both.text()));
      remember(out.value_.text().substr(6));
      if (colon != std::string::npos) remember(text.substr(colon + 1));
      break;
    }
    default:
      break;
  }
  remember(percent_encoded(text));
  remember(text);
  return out;
}

bool Credential::is_in(std::string_view text) const {
  const auto has = [text](const Secret& form) { return text.find(form.text()) != std::string_view::npos; };
  return (!query_.text().empty() && has(query_)) || std::any_of(needles_.begin(), needles_.end(), has);
}

std::string Credential::redact(std::string text) const {
  if (!query_name_.empty()) strip_parameter(text, query_name_);
  for (const Secret& needle : needles_) {
    for (std::size_t at = 0; (at = text.find(needle.text(), at)) != std::string::npos; at += 3) {
      text.replace(at, needle.text().size(), "***");
    }
  }
  return text;
}

}  // namespace tento::host
