// SPDX-License-Identifier: Apache-2.0
// Keys, the file they are in, and what one of them seals.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "host/accounts/key_file.hpp"
#include "host/accounts/key_ring.hpp"
#include "host/accounts/sealing.hpp"
#include "tests/unit/accounts/vault_fixture.hpp"

using namespace tento;
using namespace tento::host;
using namespace tento::host::testing;

namespace {

const std::string id_a = "00112233445566aa";
const std::string id_b = "ffeeddccbbaa9988";
// 32 bytes of 1, and of 2.
const std::string key_a = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const std::string key_b = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

std::shared_ptr<const VaultKey> key(unsigned char fill, const std::string& id = id_a) {
  auto k = std::make_shared<VaultKey>();
  k->id = id;
  k->bytes.fill(fill);
  return k;
}

Uuid owner(std::uint8_t fill) {
  Uuid id;
  id.bytes.fill(fill);
  return id;
}

KeyFile file_of(const std::filesystem::path& path, bool given = false) {
  return {path, given, {}};
}

}  // namespace

TEST_CASE("a key file has keys in order, comments, blanks, and lines of other systems") {
  const auto ring = must(parse_key_file("# words\n\n  " + id_b + " \t" + key_b + "\r\n#x\n" + id_a + " " + key_a, "f"));
  REQUIRE(ring.size() == 2);
  CHECK(ring[0]->id == id_b);
  CHECK(ring[0]->bytes == key(2)->bytes);
  CHECK(ring[1]->id == id_a);
  CHECK(ring[1]->bytes == key(1)->bytes);
  CHECK(find_key(ring, id_a) == ring[1]);
  CHECK(find_key(ring, "none") == nullptr);
  CHECK(ids_of(ring) == id_b + ", " + id_a);
  const auto again = must(parse_key_file(key_file_text(ring).text(), "f"));
  REQUIRE(again.size() == 2);
  CHECK(again[0]->id == id_b);
  CHECK(again[1]->bytes == key(1)->bytes);
}

TEST_CASE("a key file that is none is refused with its line, and nothing of it is told") {
  const std::string good = id_b + " " + key_b + "\n";
  for (const std::string& line : {
           key_a,                                                      // no id
           id_a,                                                       // no key
           id_a + " ",                                                 //
           id_a.substr(1) + " " + key_a,                               // short id
           "00112233445566AA " + key_a,                                // not as it is written
           "00112233445566ag " + key_a,                                //
           id_a + " " + key_a.substr(4),                               // 29 bytes
           id_a + " AQEB" + key_a,                                     // 35 bytes
           id_a + " " + key_a.substr(0, 43),                           // without its filler
           id_a + " " + key_a.substr(0, 42) + "F=",                    // bits behind the last byte
           id_a + " " + key_a.substr(0, 42) + "==",                    // 31 bytes
           id_a + " " + key_a.substr(0, 20) + "*" + key_a.substr(21),  // not base64
           id_a + " " + key_a + " more",                               //
           id_a + " " + key_a.substr(0, 20) + " " + key_a.substr(21),  // a blank in it
           id_a + " " + std::string(1, '\0') + key_a.substr(1),        //
           id_b + " " + key_a,                                         // the id twice
       }) {
    CAPTURE(line);
    const auto refused = parse_key_file(good + line + "\n", "/k/vault.key");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().tag == "vault_key_invalid");
    CHECK(refused.error().error_class == ErrorClass::config);
    CHECK(refused.error().message.find("/k/vault.key:2: ") == 0);
    CHECK(refused.error().message.find("AQEB") == std::string::npos);
  }
  for (const std::string& none : {std::string(), std::string("\n\n"), std::string("# only words\n")}) {
    const auto refused = parse_key_file(none, "/k/vault.key");
    CHECK(tag_of(refused) == "vault_key_invalid");
  }
}

TEST_CASE("new keys differ") {
  const auto a = must(new_vault_key());
  const auto b = must(new_vault_key());
  CHECK(a->id.size() == 16);
  CHECK(a->id != b->id);
  CHECK(a->bytes != b->bytes);
}

TEST_CASE("a key file is made for its user alone, once, whatever the umask, and replaced through a link") {
  const TempFolder folder;
  const auto path = folder.path() / "vault.key";
  const auto file = file_of(path);
  CHECK_FALSE(must(file.read()));
  CHECK_FALSE(file.stamp());
  write_private(path.string() + ".new", "left by a process that was killed");
  const auto before = ::umask(0);
  CHECK(must(file.create({key(1)})));
  ::umask(before);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600);
  CHECK_FALSE(std::filesystem::exists(path.string() + ".new"));
  CHECK_FALSE(must(file.create({key(2)})));
  CHECK(must(file.read())->ring[0]->bytes == key(1)->bytes);
  CHECK(must(file.read())->stamp == file.stamp());

  const auto link = folder.path() / "link";
  std::filesystem::create_symlink(path, link);
  const auto stamp = file.stamp();
  must(file_of(link).replace({key(2, id_b), key(1)}));
  CHECK(std::filesystem::is_symlink(link));
  CHECK(file.stamp() != stamp);
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600);
  CHECK(ids_of(must(file.read())->ring) == id_b + ", " + id_a);
}

TEST_CASE("a key file that others may read is refused, and one that is given is judged less strictly") {
  const TempFolder folder;
  const auto path = folder.path() / "vault.key";
  const auto text = key_file_text({key(1)}).text();
  for (const mode_t mode : {0640U, 0604U, 0660U, 0620U, 0610U}) {
    write_private(path, text, mode);
    const auto refused = file_of(path).read();
    CHECK(tag_of(refused) == "vault_key_unsafe");
    CHECK(refused.error().message.find(path.string()) != std::string::npos);
    CHECK(refused.error().message.find("chmod 600") != std::string::npos);
  }
  for (const mode_t mode : {0600U, 0400U}) {
    write_private(path, text, mode);
    CHECK(tag_of(file_of(path).read()) == "ok");
  }
  write_private(path, text, 0440);
  CHECK(tag_of(file_of(path, true).read()) == "ok");
  write_private(path, text, 0444);
  CHECK(tag_of(file_of(path, true).read()) == "vault_key_unsafe");
  if (::geteuid() == 0) {
    write_private(path, text);
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    CHECK(tag_of(file_of(path).read()) == "vault_key_unsafe");
    CHECK(tag_of(file_of(path, true).read()) == "ok");
  }
  std::filesystem::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(tag_of(file_of(path).read()) == "vault_key_unsafe");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  CHECK_FALSE(file_of(path).read());
  std::filesystem::remove(path);
  write_private(path, "#" + std::string(70'000, 'x') + "\n" + text);
  CHECK(tag_of(file_of(path).read()) == "vault_key_invalid");
  CHECK(tag_of(file_of(folder.path() / "no" / "vault.key").create({key(1)})) == "vault_key_unreadable");
}

TEST_CASE("a seal opens for what it was made for, and for nothing else") {
  const auto k = key(7);
  const SealFor whose{"credential", owner(1), "ab", "c", "d"};
  const std::string secret("s3cret\0\xff", 8);
  const auto sealed = must(seal_text(*k, whose, secret));
  CHECK(open_text(*k, whose, sealed)->text() == secret);
  CHECK(sealed.find("s3cret") == std::string::npos);
  CHECK(sealing_key(sealed) == id_a);
  CHECK(must(seal_text(*k, whose, secret)) != sealed);  // another nonce
  CHECK(open_text(*k, whose, must(seal_text(*k, whose, "")))->text().empty());

  for (const SealFor& other :
       {SealFor{"flow", owner(1), "ab", "c", "d"}, SealFor{"credential", owner(2), "ab", "c", "d"},
        SealFor{"credential", owner(1), "a", "bc", "d"}, SealFor{"credential", owner(1), "abc", "", "d"},
        SealFor{"credential", owner(1), "ab", "cd", ""}, SealFor{"credential", owner(1), "ab", "c", "e"}})
    CHECK_FALSE(open_text(*k, other, sealed));
  CHECK_FALSE(open_text(*key(8), whose, sealed));
  CHECK_FALSE(open_text(*key(7, id_b), whose, sealed));
}

TEST_CASE("every byte of a seal counts, and none may be missing") {
  const auto k = key(7);
  const SealFor whose{"credential", owner(1), "ab", "c", "d"};
  const auto sealed = must(seal_text(*k, whose, "s3cret"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto other = sealed;
    other[i] = static_cast<char>(other[i] ^ 1);
    CAPTURE(i);
    CHECK_FALSE(open_text(*k, whose, other));
    CHECK_FALSE(open_text(*k, whose, sealed.substr(0, i)));
    CHECK_FALSE(open_text(*k, whose, sealed.substr(i + 1)));
  }
  CHECK_FALSE(open_text(*k, whose, sealed + "x"));
  CHECK(sealing_key("s3cret").empty());
  CHECK(tag_of(seal_text(*k, whose, std::string((1U << 20U) + 1, 'x'))) == "secret_too_large");
}
