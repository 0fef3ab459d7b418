// SPDX-License-Identifier: Apache-2.0
// Status lines and fields (RFC 9112, 4 and 5).
#include "host/server/head.hpp"

#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <ostream>  // what the status header of Beast forgets

namespace tento::host::server {

HeadWriter::HeadWriter(std::string& out, unsigned version, unsigned status) : out_(out) {
  out_ = version >= 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  for (const unsigned digit : {status / 100 % 10, status / 10 % 10, status % 10})
    out_ += static_cast<char>('0' + digit);
  out_ += ' ';
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  out_.append(reason.data(), reason.size());
  out_ += "\r\n";
}

void HeadWriter::field(std::string_view name, std::string_view value) {
  static constexpr std::string_view ends_a_line("\r\n\0", 3);
  out_ += name;
  out_ += ": ";
  out_ += value.substr(0, value.find_first_of(ends_a_line));
  out_ += "\r\n";
}

void HeadWriter::field(std::string_view name, std::size_t value) {
  std::array<char, 24> digits{};
  const auto [end, bad] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  field(name, std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

void HeadWriter::end() {
  out_ += "\r\n";
}

}  // namespace tento::host::server
