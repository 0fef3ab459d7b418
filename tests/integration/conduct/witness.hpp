// SPDX-License-Identifier: Apache-2.0
// A host that stores nothing and refuses much, hands its one made-up secret to whoever asks, and keeps what it is told.
#pragma once

#include <tento/connector.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tento/sdk/result.hpp>

namespace tento::conduct {

// How the service answers, for providers that ask one: nothing, 401, half an answer, an empty list. While it is
// unreachable, storing fails as well.
enum class Service { unreachable, unauthorised, nonsense, empty };

class Witness {
 public:
  Witness();
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

  // Every text that the provider handed over, with where: log lines, errors, sinks, cells, cursors.
  struct Said {
    std::string where, text;
  };
  std::vector<Said> said;
  Service service = Service::unreachable;
  tento_client* client = nullptr;  // what tento.api-context/1 gives
  int lookups = 0;                 // how often the call's interfaces were asked for
  int secrets_given = 0;           // how often the secret was handed over
  // How often another thread than the one that calls the slots called an interface.
  std::atomic<int> strange_threads{0};

  void tell(std::string where, tento_str text) { said.push_back({std::move(where), std::string(view(text))}); }
  void tell(const std::string& where, const tento_cell_batch& batch);
  // Keeps what an error says, beside a failed slot.
  void tell(const std::string& where, tento_status status, const tento_error& error);

  // A credential that no service gave out; it holds no part of a word.
  static constexpr std::string_view secret = "Zq7!conduct#9f3Kx-made-up-0815";
  // What sits where the credential was: given out until `forget`.
  void forget() { handed_.assign(handed_.size(), '\0'); }

  [[nodiscard]] const tento_lookup* lifetime() const { return &lifetime_; }  // log and a clock that a look at moves
  [[nodiscard]] const tento_lookup* deps() const { return &deps_; }

 private:
  friend struct Slots;
  tento_lookup lifetime_{}, deps_{};
  std::string handed_;
  std::string shown_;  // the body that a view was given of, and its padding
  std::int64_t now_us_;
  std::size_t body_at_ = 0;
  std::thread::id slots_thread_ = std::this_thread::get_id();
};

}  // namespace tento::conduct
