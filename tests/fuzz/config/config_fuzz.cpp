// SPDX-License-Identifier: Apache-2.0
// Any bytes as a configuration file: a result or an error that names a line, never more.
#include <cstdlib>

#include "host/config/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = tento::host::parse_config_file(text, "fuzz.toml");
  if (!file) {
    if (file.error().tag != tento::host::config_tag || !file.error().message.starts_with("fuzz.toml") ||
        file.error().remedy.empty())
      std::abort();
    return 0;
  }
  // What was accepted satisfies the table.
  for (const auto& key : tento::host::config_keys())
    if (const auto it = file->values.find(key.name); it != file->values.end())
      if (!tento::host::check_config_value(key, it->second.value, "fuzz")) std::abort();
  for (const auto& [id, pin] : file->pins)
    if (std::get<std::string>(pin.value).size() != 64) std::abort();
  return 0;
}
