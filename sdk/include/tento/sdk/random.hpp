// SPDX-License-Identifier: Apache-2.0
/// @file random.hpp
/// Randomness through a seam: code that asks a `Random` can be repeated exactly from a seed.
#pragma once

#include "build_mode.hpp"  // first: what it says has to come before what follows from it

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace tento {

/// Where random numbers come from. Not for secrets unless the implementation says so. Not safe to share among threads
/// unless the implementation says so.
class Random {
 public:
  virtual ~Random() = default;
  /// Sixty-four random bits.
  virtual std::uint64_t next() = 0;
  /// A number from 0 up to, and without, `bound`; each as likely as the others. 0 for a bound of 0.
  std::uint64_t below(std::uint64_t bound) {
    if (bound == 0) return 0;
    // Numbers of the incomplete last block would favour the small results.
    const std::uint64_t first_fair = (0 - bound) % bound;
    std::uint64_t n = next();
    while (n < first_fair) n = next();
    return n % bound;
  }
  /// A number from 0 up to, and without, 1.
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Fills `out`.
  void fill(std::span<std::byte> out) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < out.size(); ++i, bits >>= 8) {
      if (i % 8 == 0) bits = next();
      out[i] = static_cast<std::byte>(bits & 0xff);
    }
  }
};

/// The same numbers for the same seed, on every machine.
class SeededRandom final : public Random {
 public:
  /// Begins the sequence of `seed`.
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;  // fixed by the C++ standard, unlike the distributions
};

/// The system's generator; may be shared among threads.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
  }
};

}  // namespace tento
