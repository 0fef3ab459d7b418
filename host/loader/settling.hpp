// SPDX-License-Identifier: Apache-2.0
// When it is time to look at plugin folders in which something changes: not before whoever writes a file is done with
// it, and not much later. Pure: it is told what happened and when.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

namespace tento::host {

enum class FileEvent {
  created,  // by its name: a link to a file that is whole, or one that is about to be written
  opened,   // by anybody, for anything
  written,
  closed_written,
  closed_unwritten,
  changed,  // at once: moved there or away, removed, given another mode or owner
};

class Settling {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  // From the last change of a file to the look at it, and how much longer it may wait for others that change.
  static constexpr std::chrono::milliseconds quiet{250}, patience{500};
  // A file that is open for writing and is not written so long is looked at as it is.
  static constexpr std::chrono::seconds silent_writer{30};

  void on(const std::filesystem::path& file, FileEvent event, Moment now);
  // Anything may have changed: events were lost, or a folder came or went.
  void on_all(Moment now);
  // When to look. Nothing: nothing has changed.
  [[nodiscard]] std::optional<Moment> due() const;
  // It is looked now: which files are still being changed, and not to be looked at. The others are done with.
  [[nodiscard]] std::set<std::filesystem::path> look(Moment now);

 private:
  struct File {
    Moment changed{};
    bool created = false;  // and nothing was heard of it since
    bool open = false;     // for writing
    [[nodiscard]] Moment settled() const { return changed + (open ? std::chrono::milliseconds(silent_writer) : quiet); }
  };
  std::map<std::filesystem::path, File> files_;
  std::optional<Moment> all_;
};

}  // namespace tento::host
