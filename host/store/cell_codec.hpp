// SPDX-License-Identifier: Apache-2.0
// How a cell's identity, dates and content become columns, and back.
#pragma once

#include <tento/time.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "host/store/cell_store.hpp"

namespace tento::host {

// Kind, parts and offset of a semantic time in one integer; the moment of an instant lives in start_us or end_us.
[[nodiscard]] std::int64_t pack_time(const tento_semantic_time& time);
[[nodiscard]] tento_semantic_time unpack_time(std::int64_t packed, std::int64_t moment_us);

// The identity column: the id itself, or 0x00 and the date when there is no id (an instant's offset does not count).
// Valid until the next make. An id never begins with NUL: check_cell refuses it.
class Ident {
 public:
  std::string_view make(const CellInput& cell);

 private:
  std::array<char, 17> buffer_{};
};
// The id in an identity column; empty for a dated one.
[[nodiscard]] inline std::string_view id_of(std::string_view ident) {
  return ident.empty() || ident.front() == '\0' ? std::string_view{} : ident;
}

// Throws StoreFailure (invalid_data) for what the columns cannot hold.
void check_cell(const CellInput& cell);

// Content hash: the first 16 bytes of SHA-256 over dates, data, version and raw. Not thread-safe; one per writer.
class ContentHash {
 public:
  ContentHash();
  // Valid until the next call.
  std::string_view operator()(const CellInput& cell);

 private:
  struct FreeDigest {
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
  };
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, FreeDigest> digest_;  // fetched once: a fetch per cell costs more than the hash
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
  std::array<unsigned char, 32> out_{};
};

}  // namespace tento::host
