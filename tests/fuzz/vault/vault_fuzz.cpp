// SPDX-License-Identifier: Apache-2.0
// Any bytes as a key file: keys that are written as they were read, or an error that names a line and tells nothing of
// it. Any bytes as a seal: what opens is what was sealed, so nothing does that was not.
#include <cstdlib>
#include <string>

#include "host/accounts/key_ring.hpp"
#include "host/accounts/sealing.hpp"

namespace {

using namespace tento::host;

void as_key_file(std::string_view text) {
  const auto ring = parse_key_file(text, "fuzz.key");
  if (!ring) {
    const auto& error = ring.error();
    if (error.tag != "vault_key_invalid" || error.message.find("fuzz.key") == std::string::npos || error.remedy.empty())
      std::abort();
    return;
  }
  const auto again = parse_key_file(key_file_text(*ring).text(), "again.key");
  if (!again || again->size() != ring->size()) std::abort();
  for (std::size_t i = 0; i < ring->size(); ++i)
    if ((*again)[i]->id != (*ring)[i]->id || (*again)[i]->bytes != (*ring)[i]->bytes) std::abort();
}

void as_seal(std::string_view text) {
  VaultKey key;
  key.id = sealing_key(text);
  if (key.id.empty()) return;
  if (key.id.size() != 16) std::abort();
  key.bytes.fill(7);
  const SealFor whose{"credential", {}, "x", "kind", "account"};
  if (open_text(key, whose, text)) std::abort();
  const auto sealed = seal_text(key, whose, text);
  if (!sealed) std::abort();
  const auto opened = open_text(key, whose, *sealed);
  if (!opened || opened->text() != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  as_key_file(text);
  as_seal(text);
  return 0;
}
