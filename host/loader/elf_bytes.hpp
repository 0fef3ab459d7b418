// SPDX-License-Identifier: Apache-2.0
// Reading values out of an ElfFile's bytes; private to the reader.
#pragma once

#include <cstring>

#include "host/loader/elf_file.hpp"

namespace tento::host {

template <class T>
bool ElfFile::get(std::uint64_t offset, T& out) const {
  if (!in_file(offset, sizeof(T))) return false;
  std::memcpy(&out, bytes_.data() + offset, sizeof(T));
  return true;
}

}  // namespace tento::host
