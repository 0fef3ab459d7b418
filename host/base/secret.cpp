// SPDX-License-Identifier: Apache-2.0
// Wiping that no compiler leaves out.
#include "host/base/secret.hpp"

#include <openssl/crypto.h>

namespace tento::host {

Secret::Secret(std::string text) {
  text_.swap(text);
  host::wipe(text);  // where a short one was
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = std::move(other.text_);
  other.wipe();  // a short text is copied and not moved
  return *this;
}

Secret joined(const Secret& first, const Secret& second) {
  std::string both;
  both.reserve(first.text().size() + second.text().size());  // nothing is left behind by growing
  both.append(first.text()).append(second.text());
  return Secret(std::move(both));
}

void Secret::wipe() noexcept {
  host::wipe(text_);
}

void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace tento::host
