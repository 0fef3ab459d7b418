// SPDX-License-Identifier: Apache-2.0
// Compression of answers (RFC 1952): of what is there as a whole, and of what goes out piece by piece.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tento::host::server {

// Whether a list of codings (RFC 9110, 12.5.3) takes gzip. `gzip;q=0` does not.
[[nodiscard]] bool takes_gzip(std::string_view accept_encoding);

// Nothing when it cannot be done: then it is sent as it is.
[[nodiscard]] std::optional<std::string> gzipped(const std::string& text);

// One compressed body, made while its text comes.
class Gzip {
 public:
  // Null when there is no memory for it.
  static std::unique_ptr<Gzip> begin();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // What is ready to be sent, borrowed until the next call; may be empty.
  std::string_view add(std::string_view text) { return run(text, false); }
  std::string_view end() { return run({}, true); }

 private:
  struct Stream;
  explicit Gzip(std::unique_ptr<Stream> stream);
  std::string_view run(std::string_view text, bool last);

  std::unique_ptr<Stream> stream_;
  std::string out_;
};

}  // namespace tento::host::server
