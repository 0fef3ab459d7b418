// SPDX-License-Identifier: Apache-2.0
// Memory that had credentials in it and is wiped before it is given back: requests carry them, and so do the answers of
// those who hand them out.
#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string>
#include <tento/sdk/transport.hpp>

namespace tento::http::inner {

/// Wipes what it frees: what a text or a buffer leaves behind as it grows, and when it goes.
template <class T>
class WipingAllocator {
 public:
  using value_type = T;
  WipingAllocator() noexcept = default;
  template <class U>
  WipingAllocator(const WipingAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* at, std::size_t count) noexcept {
    OPENSSL_cleanse(at, count * sizeof(T));
    std::allocator<T>().deallocate(at, count);
  }
  friend bool operator==(const WipingAllocator&, const WipingAllocator&) noexcept { return true; }
};

using WipedString = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

template <class Text>
void wipe(Text& text) noexcept {
  OPENSSL_cleanse(text.data(), text.size());
}
inline void wipe(Headers& headers) noexcept {
  for (Header& header : headers) wipe(header.value);
}

}  // namespace tento::http::inner
