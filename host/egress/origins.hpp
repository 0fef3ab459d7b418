// SPDX-License-Identifier: Apache-2.0
// Where the requests of an integration go: the origins it lists, and what the operator put in their place.
#pragma once

#include <tento/auth.h>
#include <tento/base.h>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tento/sdk/result.hpp>

namespace tento::host {

// What the operator says about one provider's network, from the configuration.
struct EndpointSettings {
  std::string endpoint;                                     // in place of the first listed origin; empty = none
  std::map<std::string, std::string, std::less<>> instead;  // listed origin -> where its requests go
  bool allow_insecure = false;  // whether a credential may go to such an endpoint over plain http
};

// An absolute http or https URL, taken apart.
struct UrlParts {
  std::string origin;  // `scheme://host[:port]`, lower case, without the scheme's own port (RFC 6454)
  std::string rest;    // path, query and fragment, as they stand
};
// `invalid_argument` says what is wrong with the URL, without its query.
[[nodiscard]] Result<UrlParts> split_url(std::string_view url);

// The origins of the account's own servers: of its settings that are declared as such (TENTO_SETTING_ORIGIN). One that
// is not set gives none. `invalid_argument`, class config, names a setting whose value no credential may go to: what is
// neither https nor on loopback, as for listed origins. `auth` may be null.
[[nodiscard]] Result<std::vector<std::string>> own_origins(const tento_auth* auth, std::string_view settings_json);
// The origin of one such value; the error says what is wrong with it, without naming the setting.
[[nodiscard]] Result<std::string> own_origin(std::string_view url);

// The listed origins of one integration under the operator's settings, and those of the account's own servers.
class Reach {
 public:
  // Fails with class config when the operator's settings do not fit: an endpoint that is no http or https URL or has a
  // query, or one for an origin that is not listed. An endpoint may have a path, which goes before the request's.
  // `own` are origins of the one account that the requests are made for.
  static Result<Reach> of(std::span<const tento_str> listed, const EndpointSettings& settings,
                          std::span<const std::string> own = {});

  struct Place {
    std::string url;       // where it really goes
    std::string origin;    // of that
    std::string declared;  // the same in terms of the listed origins, as limits are declared
    bool listed = false;   // whether it goes to a listed origin, or to what stands in its place
  };
  [[nodiscard]] Result<Place> place(std::string_view url) const;

  // Whether any origin is listed at all.
  [[nodiscard]] bool lists() const { return !origins_.empty(); }
  // Whether an origin on the wire counts as listed: it is and nothing stands in its place, or it is an endpoint.
  [[nodiscard]] bool counts(std::string_view origin) const;
  // Whether another origin stands in place of this one, so that nothing may go to it.
  [[nodiscard]] bool replaced(std::string_view origin) const;
  // Whether a credential may go there as far as reading along is concerned: https, loopback, or the operator's word.
  [[nodiscard]] bool safe(std::string_view origin) const;

 private:
  struct Listed {
    std::string origin;
    std::string to_origin;  // of the endpoint; empty = nothing stands in its place
    std::string to_path;    // before every path; no slash at its end
    bool safe = false;      // where its requests go
    // Its origin on the wire.
    [[nodiscard]] const std::string& wire() const { return to_origin.empty() ? origin : to_origin; }
  };
  // Where `rest`, what follows the origin in a URL of it, goes.
  static Place under(const Listed& listed, std::string_view rest);
  Result<void> put_instead(Listed& listed, std::string_view endpoint);
  std::vector<Listed> origins_;
  bool allow_insecure_ = false;
};

}  // namespace tento::host
