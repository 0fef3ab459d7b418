// SPDX-License-Identifier: Apache-2.0
// Days by a person's own clock, and what is final.
#include "whoop/models.hpp"

namespace whoop {
namespace {

template <class Model>
bool has_last_word(const Model& model) noexcept {
  return model.state == ScoreState::unscorable || (model.state == ScoreState::scored && model.score);
}

}  // namespace

tento::Date local_day(tento::Instant at, int offset_minutes) noexcept {
  return tento::Date(std::chrono::floor<std::chrono::days>(at + std::chrono::minutes(offset_minutes)));
}

bool Sleep::settled() const noexcept {
  return has_last_word(*this);
}
bool Recovery::settled() const noexcept {
  return has_last_word(*this);
}
bool Cycle::settled() const noexcept {
  return has_last_word(*this);
}
bool Workout::settled() const noexcept {
  return has_last_word(*this);
}

}  // namespace whoop
