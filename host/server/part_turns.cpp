// SPDX-License-Identifier: Apache-2.0
// A line for each caller, and the callers one after the other.
#include "host/server/part_turns.hpp"

#include <utility>

namespace tento::host::server {

bool PartTurns::enter(const std::string& caller, std::function<void()> go) {
  const std::scoped_lock hold(mutex_);
  auto& turns = of_[caller];
  if (!free_for(turns)) {
    turns.line.push_back(std::move(go));
    return false;
  }
  ++turns.taken;
  ++all_;
  return true;
}

void PartTurns::leave(const std::string& caller) {
  std::function<void()> go;
  {
    const std::scoped_lock hold(mutex_);
    const auto own = of_.find(caller);
    --own->second.taken;
    --all_;
    auto next = own;
    for (std::size_t i = 0; i < of_.size() && !go; ++i) {
      if (++next == of_.end()) next = of_.begin();
      auto& turns = next->second;
      if (turns.line.empty() || !free_for(turns)) continue;
      go = std::move(turns.line.front());
      turns.line.pop_front();
      ++turns.taken;
      ++all_;
    }
    if (own->second.taken == 0 && own->second.line.empty()) of_.erase(own);
  }
  if (go) go();
}

}  // namespace tento::host::server
