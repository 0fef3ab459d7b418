// SPDX-License-Identifier: Apache-2.0
// Notices what changes in the plugin folders while a host runs, by inotify.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include <tento/sdk/result.hpp>

#include "host/base/log.hpp"

namespace tento::host {

struct FolderWatchOptions {
  std::vector<std::filesystem::path> folders;  // they need not be there yet
  std::int64_t since_unix_us = 0;              // what was changed since then is looked at first of all
  // On a thread of the watch's own: looks at the folders, but for the files named, which somebody is changing.
  std::function<void(const std::set<std::filesystem::path>& unsettled)> look;
  Log log;
};

class FolderWatch {
 public:
  // Fails where the system has no more of what it takes.
  static Result<std::unique_ptr<FolderWatch>> start(FolderWatchOptions options);
  // Waits for a look that is under way.
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

 private:
  class Impl;
  explicit FolderWatch(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::host
