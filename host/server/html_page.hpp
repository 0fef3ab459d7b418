// SPDX-License-Identifier: Apache-2.0
// A page of HTML, built line by line: everything is escaped, and nothing is loaded from elsewhere.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "host/server/exchange.hpp"

namespace tento::host::server {

class HtmlPage {
 public:
  explicit HtmlPage(std::string_view title);
  void heading(std::string_view text, int level);
  void paragraph(std::string_view text);
  // `path` is one of this server's.
  void link(std::string_view path, std::string_view text);
  void begin_table(std::initializer_list<std::string_view> titles);
  void line(std::initializer_list<std::string_view> cells);
  void end_table();
  // JSON for the page's script, as the text of an element of that id.
  void data(std::string_view id, std::string_view json);
  // The one script that the page runs; the answer allows no other. Without a quote of the page's own data in it.
  void script(std::string_view text);
  [[nodiscard]] Answer answer(unsigned status) &&;

 private:
  std::string text_;
  std::string script_hash_;
};

[[nodiscard]] Answer plain_text(unsigned status, std::string text);

}  // namespace tento::host::server
