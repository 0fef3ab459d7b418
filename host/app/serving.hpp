// SPDX-License-Identifier: Apache-2.0
// An app that answers over HTTP.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "host/app/app.hpp"

namespace tento::host {

class Serving {
 public:
  // Starts the app, and answers where its configuration says: on the address `listen`, where there is one, and on a
  // socket file in the data folder, by which commands of this user find the host. The app outlives it. Errors: see
  // App::start() and Server::start().
  static Result<std::unique_ptr<Serving>> start(App& app);
  // Cuts what end() did not wait for.
  ~Serving();
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  // Where others reach it: `http://127.0.0.1:7700`.
  [[nodiscard]] const std::string& public_url() const;
  // Reads the certificate again, and takes over what of a configuration that was read again can change while it runs.
  // The log says what became of it, and what waits for a restart.
  void reload(const Result<Config>& fresh);
  // Says that it is not ready any more, takes nothing new, and lets answers under way finish. False: the deadline came
  // first, and the rest was cut.
  bool end(std::chrono::milliseconds deadline);

 private:
  struct Impl;
  explicit Serving(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tento::host
