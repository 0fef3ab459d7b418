// SPDX-License-Identifier: Apache-2.0
// The head of an answer as text: what is sent so often that a tree of fields and its serializer would be most of the
// work.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tento::host::server {

class HeadWriter {
 public:
  // Begins with the status line; what was in `out` is gone. `version`: 10 or 11.
  HeadWriter(std::string& out, unsigned version, unsigned status);
  // Appends fields alone.
  explicit HeadWriter(std::string& out) : out_(out) {}
  // A value ends where a line would: nothing that was put into one begins another field.
  void field(std::string_view name, std::string_view value);
  void field(std::string_view name, std::size_t value);
  // Fields that were written before, by one of these.
  void lines(std::string_view written) { out_ += written; }
  void end();

 private:
  std::string& out_;
};

}  // namespace tento::host::server
