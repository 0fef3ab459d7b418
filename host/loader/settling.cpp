// SPDX-License-Identifier: Apache-2.0
// What is told of files, one after the other.
#include "host/loader/settling.hpp"

#include <algorithm>

namespace tento::host {

void Settling::on(const std::filesystem::path& file, FileEvent event, Moment now) {
  // Whoever reads a file, this host among them, changes nothing.
  const bool reads = event == FileEvent::opened || event == FileEvent::closed_unwritten;
  const auto found = files_.find(file);
  if (reads && (found == files_.end() || !found->second.created)) return;
  File& entry = found == files_.end() ? files_[file] : found->second;
  entry.changed = now;
  entry.open = event == FileEvent::opened || event == FileEvent::written;
  entry.created = event == FileEvent::created || reads;
}

void Settling::on_all(Moment now) {
  all_ = now;
}

std::optional<Settling::Moment> Settling::due() const {
  std::optional<Moment> first, last, at;
  const auto earlier = [](std::optional<Moment>& than, Moment moment) {
    than = std::min(than.value_or(moment), moment);
  };
  const auto settles = [&](Moment moment) {
    earlier(first, moment);
    last = std::max(last.value_or(moment), moment);
  };
  if (all_) settles(*all_ + quiet);
  for (const auto& [path, file] : files_) {
    if (file.open)
      earlier(at, file.settled());
    else
      settles(file.settled());
  }
  if (first) earlier(at, std::min(*last, *first + patience));
  return at;
}

std::set<std::filesystem::path> Settling::look(Moment now) {
  std::set<std::filesystem::path> unsettled;
  all_.reset();
  std::erase_if(files_, [&](const auto& each) {
    if (each.second.settled() <= now) return true;
    unsettled.insert(each.first);
    return false;
  });
  return unsettled;
}

}  // namespace tento::host
