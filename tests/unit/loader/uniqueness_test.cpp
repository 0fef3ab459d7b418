// SPDX-License-Identifier: Apache-2.0
// Which of several files may be opened: by bytes, version and prefix, and what changes once one has failed.
#include <doctest/doctest.h>

#include "host/loader/uniqueness.hpp"

namespace {

using namespace tento::host;
using State = Contender::State;

Contender file(const char* path, const char* id, const char* version, const char* bytes,
               std::vector<std::string> prefixes = {}, State state = State::waiting) {
  if (prefixes.empty()) prefixes = {std::string("~") + id};
  return {path, id, version, bytes, std::move(prefixes), state};
}

// One letter a contender: `o`pen, `s`uperseded, `r`ejected, `-` nothing to decide.
std::string decided(const std::vector<Contender>& contenders) {
  std::string text;
  for (const auto& verdict : decide(contenders)) {
    if (!verdict) {
      text += '-';
    } else {
      text += verdict->kind == Verdict::Kind::open ? 'o' : verdict->kind == Verdict::Kind::superseded ? 's' : 'r';
      CHECK_EQ(verdict->rejection.has_value(), verdict->kind != Verdict::Kind::open);
    }
  }
  return text;
}

TEST_CASE("ids") {
  CHECK_EQ(decided({}), "");
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1"), file("b", "y", "1.0.0", "2")}), "oo");
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1"), file("b", "x", "1.0.0", "1")}), "os");
  CHECK_EQ(decided({file("a", "x", "1.9.0", "1"), file("b", "x", "1.10.0", "2"), file("c", "x", "1.2.0", "3")}), "sos");
  CHECK_EQ(decided({file("a", "x", "1.0.0-rc.1", "1"), file("b", "x", "1.0.0", "2")}), "so");
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1"), file("b", "x", "1.0.0", "2")}), "rr");
  CHECK_EQ(decided({file("a", "x", "1.0.0+a", "1"), file("b", "x", "1.0.0+b", "2")}), "rr");
  // Nobody can say which of the two newest is meant, so the older one does not slip in.
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1"), file("b", "x", "2.0.0", "2"), file("c", "x", "2.0.0", "3")}), "srr");
  // The same bytes twice do not make a tie.
  CHECK_EQ(decided({file("a", "x", "2.0.0", "2"), file("b", "x", "2.0.0", "2"), file("c", "x", "1.0.0", "1")}), "oss");
}

TEST_CASE("a failed one makes room, a loaded one stays") {
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1"), file("b", "x", "2.0.0", "2", {}, State::failed)}), "o-");
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1", {}, State::loaded), file("b", "x", "2.0.0", "2", {}, State::failed)}),
           "--");
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1"), file("b", "x", "2.0.0", "2", {}, State::loaded)}), "s-");
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1"), file("b", "x", "1.0.0", "1", {}, State::loaded)}), "s-");
}

TEST_CASE("prefixes") {
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1", {"~p"}), file("b", "y", "1.0.0", "2", {"~p"})}), "rr");
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1", {"~p", "~q"}), file("b", "y", "1.0.0", "2", {"~q"}),
                    file("c", "z", "1.0.0", "3", {"~r"})}),
           "rro");
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1", {"~p"}, State::loaded), file("b", "y", "1.0.0", "2", {"~p"})}), "-r");
  // A version that is not opened claims nothing.
  CHECK_EQ(decided({file("a", "x", "1.0.0", "1", {"~p"}), file("b", "x", "2.0.0", "2", {"~q"}),
                    file("c", "y", "1.0.0", "3", {"~p"})}),
           "soo");
}

TEST_CASE("the words") {
  const auto verdicts = decide({file("/a.so", "x", "1.0.0", "1", {"~p"}), file("/b.so", "y", "1.0.0", "2", {"~p"})});
  CHECK_EQ(verdicts[0]->rejection->reason,
           "the key prefix `~p` is claimed by `x` (/a.so) and `y` (/b.so); neither is loaded");
  const auto tie = decide({file("/a.so", "x", "1.0.0", "1"), file("/b.so", "x", "1.0.0", "2")});
  CHECK_EQ(tie[1]->rejection->code, "same_version");
  CHECK(tie[1]->rejection->reason.find("`x` 1.0.0 is also in /a.so, with other bytes") != std::string::npos);
}

}  // namespace
