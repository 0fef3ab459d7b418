// SPDX-License-Identifier: Apache-2.0
// The small grammars, and the order of versions by SemVer 2.0.0.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "host/loader/grammar.hpp"

namespace {

using namespace tento::host::grammar;

TEST_CASE("ids, names, prefixes") {
  for (const char* good : {"a", "mail", "my-mail2", "abcdefghijklmnopqrstuvwxyz01234"}) CHECK(is_provider_id(good));
  for (const char* bad :
       {"", "Mail", "1mail", "-mail", "mail-", "my_mail", "my mail", "abcdefghijklmnopqrstuvwxyz012345"})
    CHECK_FALSE(is_provider_id(bad));
  CHECK(is_integration_id("MailBox2"));
  CHECK_FALSE(is_integration_id("Mail-Box"));
  for (const char* good : {"tento.backend/1", "acme.ledger/12", "x/1", "a-b.c-d/3"}) CHECK(is_interface_id(good));
  for (const char* bad : {"", "tento.backend", "tento.backend/", "tento.backend/0", "tento.backend/01", "/1", "a..b/1",
                          "a./1", "A/1", "a/1/2"})
    CHECK_FALSE(is_interface_id(bad));
  CHECK(is_prefix("~mail"));
  for (const char* bad : {"", "~", "mail", "~1", "~mail:", "~ma il"}) CHECK_FALSE(is_prefix(bad));
  CHECK(is_tag("mail_auth_expired"));
  CHECK_FALSE(is_tag(std::string(64, 'a')));
}

TEST_CASE("paths that a provider may say it reads") {
  for (const char* good :
       {"/etc/gitconfig", "~/.gitconfig", "~/.config/git", "/usr/share/zone info", "/a/..b/.c", "/ä"})
    CHECK_MESSAGE(is_read_path(good), good);
  for (const char* bad : {"", "/", "~", "~/", "etc", "./a", "~a/b", "/a/", "/a//b", "//a", "/a/./b", "/a/../b", "/..",
                          "/.", "~/..", "~/a/.", "/a\nb", "/a\x7f", "/a\xff"})
    CHECK_FALSE_MESSAGE(is_read_path(bad), bad);
}

TEST_CASE("URLs that may see a credential") {
  for (const char* good : {"https://example.org", "https://example.org:8443", "http://localhost:8080",
                           "http://127.0.0.1:1", "https://[2001:db8::1]:443", "http://[::1]"})
    CHECK(is_origin(good));
  for (const char* bad :
       {"", "example.org", "http://example.org", "https://", "https://example.org/", "https://example.org/x",
        "https://a@example.org", "https://example.org:0", "https://example.org:65536",
        "https://example.org:", "ftp://example.org", "http://127.0.0.1.example.org", "http://localhost.example.org",
        "https://exa mple.org", "https://example..org", "https://[::1"})
    CHECK_FALSE_MESSAGE(is_origin(bad), bad);
  CHECK(is_secure_url("https://example.org/token?x=1"));
  CHECK_FALSE(is_secure_url("http://example.org/token"));
  CHECK_FALSE(is_secure_url("https://example.org/a b"));
}

TEST_CASE("pointers, languages, colours") {
  for (const char* good : {"", "/", "/a/b", "/a~0b/~1", "//"}) CHECK(is_json_pointer(good));
  for (const char* bad : {"a", "/~", "/~2", "/a~"}) CHECK_FALSE(is_json_pointer(bad));
  CHECK(is_language("pt-BR"));
  CHECK_FALSE(is_language("-d"));
  CHECK(is_colour("#00ffAA"));
  CHECK_FALSE(is_colour("#00ffA"));
}

TEST_CASE("what is printed can be printed") {
  CHECK_EQ(printable("a\nb"), "a\\x0ab");
  CHECK_EQ(printable("\xff\x01"), "\\xff\\x01");
  CHECK_EQ(printable("grüße"), "grüße");
  CHECK_EQ(printable("aaaaaa", 3), "aaa...");
  CHECK_EQ(printable("aaüb", 3), "aaü...");  // a character is never cut
}

TEST_CASE("versions by precedence") {
  const std::vector<std::string> ascending = {
      "0.0.0",      "0.9.99",       "1.0.0-alpha",   "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",    "1.0.0",
      "1.0.1",      "1.2.0",        "1.10.0",        "2.0.0",         "99999999999999999999.0.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t k = 0; k < ascending.size(); ++k) {
      CAPTURE(ascending[i] + " and " + ascending[k]);
      const auto order = *parse_version(ascending[i]) <=> *parse_version(ascending[k]);
      CHECK_EQ(order < 0, i < k);
      CHECK_EQ(order == 0, i == k);
    }
  CHECK(*parse_version("1.0.0+a.b-c") == *parse_version("1.0.0"));
  for (const char* bad : {"", "1", "1.0", "1.0.0.0", "01.0.0", "1.00.0", "v1.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a..b",
                          "1.0.0+", "1.0.0 ", "1.0.x", "-1.0.0"})
    CHECK_FALSE_MESSAGE(parse_version(bad).has_value(), bad);
}

}  // namespace
