// SPDX-License-Identifier: Apache-2.0
// How an account's credential goes into a request, and how every trace of it is kept from whoever may not see it.
#pragma once

#include <tento/auth.h>

#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/transport.hpp>

#include "host/base/secret.hpp"

namespace tento::host {

// What an integration injects, without the secret: what no provider may set itself.
struct Injection {
  std::string header;  // empty = none
  std::string query;   // empty = none
};
// Whether the query of a URL has a parameter of that name.
[[nodiscard]] bool has_parameter(std::string_view url, std::string_view name);
// `auth` may be null. It was checked by the loader.
[[nodiscard]] Injection injection_of(const tento_auth* auth);

// One account's credential in the form its integration declares.
class Credential {
 public:
  // `secret` as it is stored; `user:password` for basic. Fails with class config when it has bytes that cannot stand in
  // a header, without saying which.
  static Result<Credential> make(const tento_auth& auth, Secret secret);

  // What goes on the wire. The caller wipes what it made of it.
  [[nodiscard]] const std::string& header_name() const { return header_name_; }  // empty = none
  [[nodiscard]] const std::string& header_value() const { return value_.text(); }
  [[nodiscard]] const std::string& query() const { return query_.text(); }  // `name=value`, encoded; empty = none
  [[nodiscard]] const std::string& query_name() const { return query_name_; }

  // The text without the credential: services repeat what they were sent in redirects and links.
  [[nodiscard]] std::string redact(std::string text) const;
  // Whether the text has it in any of those forms.
  [[nodiscard]] bool is_in(std::string_view text) const;

 private:
  std::string header_name_;
  Secret value_;
  std::string query_name_;
  Secret query_;
  std::vector<Secret> needles_;  // forms in which it may come back
};

}  // namespace tento::host
