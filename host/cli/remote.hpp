// SPDX-License-Identifier: Apache-2.0
// A command that is carried out by the host that runs over the same data folder.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "host/operations/context.hpp"

namespace tento::cli {

// A connection to the host's socket file.
class Remote {
 public:
  // Nothing when no host runs there.
  static std::optional<Remote> connect(const std::filesystem::path& data_dir);
  Remote(Remote&& other) noexcept;
  Remote& operator=(Remote&&) = delete;
  ~Remote();

  // Sends the operation and reads its output; the rest of that is read while it is used, so it must not outlive this.
  // `owner`: whose rows are meant; empty = as the host is configured. It takes as long as it takes; but a host that
  // says nothing for a while is asked on another connection whether it is there: one that does not answer that either
  // is given up (`host_silent`).
  Result<host::Output> perform(const host::Operation& operation, const host::RawArgs& args, std::string_view owner,
                               host::Caller& caller);
  // Of another thread: the command was interrupted.
  void interrupt() const;

 private:
  Remote(int descriptor, std::filesystem::path socket_file)
      : descriptor_(descriptor), socket_file_(std::move(socket_file)) {}
  int descriptor_;
  std::filesystem::path socket_file_;
};

}  // namespace tento::cli
