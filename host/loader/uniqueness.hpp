// SPDX-License-Identifier: Apache-2.0
// Step 5: one plugin an id, one provider a prefix.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/loader/provider.hpp"

namespace tento::host {

// A file that passed every check before this one.
struct Contender {
  std::filesystem::path path;
  std::string id;
  std::string version;  // SemVer
  std::string sha256;
  std::vector<std::string> prefixes;
  enum class State { waiting, loaded, failed } state = State::waiting;
};

// What becomes of one that waits.
struct Verdict {
  enum class Kind { open, superseded, rejected } kind = Kind::open;
  std::optional<Rejection> rejection;  // set unless open
};

// One verdict for each that waits, nothing for the others. A file that failed to open counts no more, so that a bad new
// version does not hide a good old one: decide again after each round of opening.
//
// The same bytes twice are one plugin. Of one id the highest version wins. The same version with other bytes: neither,
// and no older one in their place, since nobody can say which was meant. A prefix in two providers: neither.
[[nodiscard]] std::vector<std::optional<Verdict>> decide(const std::vector<Contender>& contenders);

}  // namespace tento::host
