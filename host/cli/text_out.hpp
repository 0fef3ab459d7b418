// SPDX-License-Identifier: Apache-2.0
// Buffered output to a descriptor that knows when its reader is gone.
#pragma once

#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

namespace tento::cli {

class TextOut {
 public:
  explicit TextOut(int descriptor) : descriptor_(descriptor) {}
  ~TextOut() { flush(); }
  TextOut(const TextOut&) = delete;
  TextOut& operator=(const TextOut&) = delete;

  // False once nothing more can be written: stop.
  bool write(std::string_view text);
  bool flush();
  // The reader closed the pipe: no failure, only nothing more to do.
  [[nodiscard]] bool closed() const;
  // What is wrong, when something is.
  [[nodiscard]] Result<void> result() const;

 private:
  int descriptor_;
  int error_ = 0;  // errno of the first failure
  std::string buffer_;
};

}  // namespace tento::cli
