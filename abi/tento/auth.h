/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file auth.h
 * How an account of an integration is connected, as data alone: the card, the flow, the storage and the refresh are the
 * host's and need no line per provider. Also the table of an account's settings.
 */
#ifndef TENTO_AUTH_H
#define TENTO_AUTH_H

#include "base.h"

TENTO_BEGIN_DECLS

/* ---- settings ---------------------------------------------------------------------------------------------------- */

/** Type of a setting. An unknown value is treated as a string. */
typedef uint32_t tento_setting_type;
/** The values of tento_setting_type. */
enum tento_setting_type_value {
  TENTO_SETTING_STRING = 0u,  /**< a text */
  TENTO_SETTING_INTEGER = 1u, /**< a whole number, 64 bits, signed */
  TENTO_SETTING_NUMBER = 2u,  /**< any JSON number */
  TENTO_SETTING_BOOLEAN = 3u, /**< `true` or `false` */
  TENTO_SETTING_CHOICE = 4u,  /**< one of `choices` */
  TENTO_SETTING_PATH = 5u,    /**< an absolute path; where providers are isolated it is the grant to read it */
  TENTO_SETTING_URL = 6u,     /**< an absolute http or https URL */
  TENTO_SETTING_SECRET = 7u,  /**< goes to the vault, never into settings_json */
  TENTO_SETTING_LIST = 8u     /**< a list of strings; people write it separated by commas */
};

/** The account cannot be connected without it. */
#define TENTO_SETTING_REQUIRED 1u
/**
 * Of a URL: the address of the account's own server (a self-hosted service). Its origin may receive the account's
 * credential, beside tento_auth.origins, and no other account's may be sent there for it.
 */
#define TENTO_SETTING_ORIGIN 2u

/** One setting of an account. Crosses in arrays of pointers. ABI-APPENDABLE. */
typedef struct tento_setting {
  uint32_t struct_size;     /**< bytes of this struct that exist */
  tento_setting_type type;  /**< what it holds */
  uint32_t flags;           /**< TENTO_SETTING_REQUIRED, TENTO_SETTING_ORIGIN; unknown bits are ignored */
  uint32_t reserved;        /**< 0 */
  tento_str name;           /**< key in settings_json, [a-z][a-z0-9_]{0,63} */
  tento_label label;        /**< what people see */
  tento_label help;         /**< one sentence more; may be empty */
  tento_str default_value;  /**< as text; empty = none */
  tento_str pattern;        /**< ECMAScript regular expression the whole value must match; empty = any */
  const tento_str *choices; /**< for CHOICE */
  uint64_t choice_count;    /**< entries of choices */
} tento_setting;

/* ---- credentials ------------------------------------------------------------------------------------------------- */

/** How an account authenticates. An unknown value is a load error. */
typedef uint32_t tento_auth_how;
/** The values of tento_auth_how. */
enum tento_auth_how_value {
  TENTO_AUTH_NONE = 0u,  /**< nothing to present (local files, open data) */
  TENTO_AUTH_TOKEN = 1u, /**< a token that a person pastes */
  TENTO_AUTH_BASIC = 2u, /**< user name and password (RFC 7617) */
  TENTO_AUTH_OAUTH2 = 3u /**< OAuth 2.0 (RFC 6749), always with PKCE S256 (RFC 7636) */
};

#define TENTO_GRANT_CODE   1u /**< authorization code (RFC 6749, section 4.1) */
#define TENTO_GRANT_DEVICE 2u /**< device authorization (RFC 8628) */

/** How the host puts the credential into a request. An unknown value is a load error. */
typedef uint32_t tento_inject;
/** The values of tento_inject. */
enum tento_inject_value {
  TENTO_INJECT_NONE = 0u,   /**< not at all */
  TENTO_INJECT_BEARER = 1u, /**< `Authorization: Bearer ...` (RFC 6750) */
  TENTO_INJECT_HEADER = 2u, /**< header inject_name with inject_prefix before the secret */
  TENTO_INJECT_QUERY = 3u,  /**< query parameter inject_name */
  TENTO_INJECT_BASIC = 4u   /**< `Authorization: Basic ...` (RFC 7617) */
};

/** How the client authenticates at the token endpoint. An unknown value is a load error. */
typedef uint32_t tento_token_auth;
/** The values of tento_token_auth. */
enum tento_token_auth_value {
  TENTO_TOKEN_AUTH_POST = 0u,  /**< client_secret_post */
  TENTO_TOKEN_AUTH_BASIC = 1u, /**< client_secret_basic */
  TENTO_TOKEN_AUTH_NONE = 2u   /**< public client */
};

/** The provider hands out a new refresh token at each refresh and ends the old one. */
#define TENTO_AUTH_ROTATES 1u
/** Of OAuth 2.0: a token that a person pastes does as well as one that the flow brings. */
#define TENTO_AUTH_TAKES_TOKEN 2u

/** A group of scopes that people grant or not. Crosses in arrays of pointers. ABI-APPENDABLE. */
typedef struct tento_scope_group {
  uint32_t struct_size;    /**< bytes of this struct that exist */
  uint32_t required;       /**< not 0 = cannot be left out */
  tento_str name;          /**< `read-events` */
  tento_label help;        /**< what it allows, for people */
  const tento_str *scopes; /**< as the service spells them */
  uint64_t scope_count;    /**< entries of scopes */
} tento_scope_group;

/** Everything a host needs to connect, keep and use an account. ABI-APPENDABLE. */
typedef struct tento_auth {
  uint32_t struct_size;                   /**< bytes of this struct that exist */
  tento_auth_how how;                     /**< which kind of credential */
  uint32_t grants;                        /**< TENTO_GRANT_*, for OAuth 2.0 */
  tento_inject inject;                    /**< how the credential goes into a request */
  tento_str inject_name;                  /**< header or query name, for HEADER and QUERY */
  tento_str inject_prefix;                /**< put before the secret, for HEADER */
  tento_str kind;                         /**< names the credential's shape, and where it is kept */
  tento_str issuer;                       /**< for discovery (RFC 8414); empty = the fixed URLs below */
  tento_str authorize_url;                /**< authorization endpoint */
  tento_str token_url;                    /**< token endpoint */
  tento_str device_url;                   /**< device authorization endpoint */
  tento_str revoke_url;                   /**< revocation endpoint (RFC 7009); empty = none */
  tento_str userinfo_url;                 /**< where id and label come from, when the token answer has none */
  tento_str id_pointer;                   /**< JSON Pointer of the account's stable id in that answer */
  tento_str label_pointer;                /**< JSON Pointer of its label */
  tento_str scope_separator;              /**< empty = a space */
  tento_token_auth token_auth;            /**< client authentication at the token endpoint */
  uint32_t flags;                         /**< TENTO_AUTH_*; unknown bits are ignored */
  tento_str extra_params_json;            /**< a JSON object of further authorization parameters; empty = none */
  const tento_scope_group *const *groups; /**< may be null when count is 0 */
  uint64_t group_count;                   /**< entries of groups */
  const tento_str *origins;               /**< `https://host[:port]` that may receive the credential */
  uint64_t origin_count;                  /**< entries of origins */
  int64_t refresh_margin_s;               /**< refresh this long before the end; 0 = the host's default */
  tento_str expired_tag;                  /**< tag of the error of a dead account (`myprovider_auth_expired`) */
  const tento_setting *const *settings;   /**< the account's settings; may be null when count is 0 */
  uint64_t setting_count;                 /**< entries of settings */
  tento_label card_title;                 /**< title of the card people see */
  tento_label card_text;                  /**< its text */
  tento_str icon_svg;                     /**< an SVG document, at most TENTO_MAX_ICON bytes; may be empty */
  tento_str colour;                       /**< `#rrggbb` or empty */
  tento_str docs_url;                     /**< where people read how to get a credential; may be empty */
} tento_auth;

TENTO_END_DECLS

#endif /* TENTO_AUTH_H */
