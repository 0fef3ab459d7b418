// SPDX-License-Identifier: Apache-2.0
// A folder of plugins and a data folder for one test, and the loader run over them.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/base/log.hpp"
#include "host/loader/provider.hpp"

namespace tento::host::test {

namespace fs = std::filesystem;

using Bytes = std::vector<unsigned char>;

inline Bytes read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void write_bytes(const fs::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error("cannot write " + path.string());
  file.close();
  fs::permissions(path, fs::perms(0644));
}
// A fixture as it was built.
inline fs::path fixture(const std::string& name) {
  const char* const folder = std::getenv("TENTO_FIXTURES");
  if (folder == nullptr) throw std::runtime_error("TENTO_FIXTURES names the folder of the built fixtures");
  return fs::path(folder) / name;
}

class Workspace {
 public:
  Workspace() {
    std::string name = (fs::temp_directory_path() / "tento-loader-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    root = fs::canonical(name);
    plugins = root / "plugins";
    fs::create_directory(plugins);
    fs::permissions(plugins, fs::perms(0755));
    options.folders = {plugins};
    options.images = root / "data" / "images";
    options.log = [this](LogLevel level, const std::string& text) { log.emplace_back(level, text); };
  }
  ~Workspace() {
    std::error_code ignored;
    fs::remove_all(root, ignored);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Puts a fixture (`fixture-<name>.so`) into the folder, under `as` or its own name.
  fs::path add(const std::string& name, const std::string& as = {}) {
    return put(as.empty() ? name + ".so" : as, read_bytes(fixture("fixture-" + name + ".so")));
  }
  fs::path put(const std::string& name, const Bytes& bytes) {
    write_bytes(plugins / name, bytes);
    return plugins / name;
  }
  LoadReport load() {
    log.clear();
    return load_providers(options);
  }

  fs::path root, plugins;
  LoaderOptions options;
  std::vector<std::pair<LogLevel, std::string>> log;
};

inline const ProviderInfo& info_of(const LoadReport& report, const std::string& name) {
  for (const ProviderInfo& info : report.infos)
    if (info.path.filename() == name) return info;
  throw std::runtime_error("the report has no " + name);
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tento::host::test
