// SPDX-License-Identifier: Apache-2.0
// Building a page.
#include "host/server/html_page.hpp"

#include <algorithm>
#include <utility>

#include "host/base/crypto.hpp"
#include "host/base/encoding.hpp"
#include "host/base/text.hpp"

namespace tento::host::server {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const char c = text.front();
    const auto control = control_at_front(text);
    if (control > 0 && c != '\n') out += control_in_letters(text.substr(0, control));
    text.remove_prefix(std::max<std::size_t>(control, 1));
    if (control > 0 && c != '\n') continue;
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
}

}  // namespace

HtmlPage::HtmlPage(std::string_view title) {
  text_ =
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>";
  append_escaped(text_, title);
  text_ +=
      "</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
      "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem .3rem 0;"
      "border-bottom:1px solid #ccc;vertical-align:top}code{font-size:.9em}</style>";
  heading(title, 1);
}

void HtmlPage::heading(std::string_view text, int level) {
  const auto element = "h" + std::to_string(level);
  text_ += "<" + element + ">";
  append_escaped(text_, text);
  text_ += "</" + element + ">";
}

void HtmlPage::paragraph(std::string_view text) {
  text_ += "<p>";
  append_escaped(text_, text);
  text_ += "</p>";
}

void HtmlPage::link(std::string_view path, std::string_view text) {
  text_ += "<p><a href=\"";
  append_escaped(text_, path);
  text_ += "\">";
  append_escaped(text_, text);
  text_ += "</a></p>";
}

void HtmlPage::begin_table(std::initializer_list<std::string_view> titles) {
  text_ += "<table><tr>";
  for (const auto title : titles) {
    text_ += "<th>";
    append_escaped(text_, title);
  }
}

void HtmlPage::line(std::initializer_list<std::string_view> cells) {
  text_ += "<tr>";
  for (const auto cell : cells) {
    text_ += "<td>";
    append_escaped(text_, cell);
  }
}

void HtmlPage::end_table() {
  text_ += "</table>";
}

void HtmlPage::data(std::string_view id, std::string_view json) {
  text_ += "<p hidden id=\"";
  append_escaped(text_, id);
  text_ += "\">";
  append_escaped(text_, json);
  text_ += "</p>";
}

void HtmlPage::script(std::string_view text) {
  // By its digest (Content Security Policy Level 3), so that nothing else can run, whatever stands in the page.
  script_hash_ = "; script-src 'sha256-" + base64(sha256(text)) + "'";
  text_ += "<script>";
  text_ += text;
  text_ += "</script>";
}

Answer HtmlPage::answer(unsigned status) && {
  Answer out;
  out.status = status;
  out.content_type = "text/html; charset=utf-8";
  out.headers.emplace_back("Content-Security-Policy",
                           "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
                           "frame-ancestors 'none'" +
                               script_hash_);
  out.headers.emplace_back("X-Content-Type-Options", "nosniff");
  out.headers.emplace_back("Cache-Control", "no-cache");
  out.body = std::move(text_);
  return out;
}

Answer plain_text(unsigned status, std::string text) {
  Answer out;
  out.status = status;
  out.content_type = "text/plain; charset=utf-8";
  out.headers.emplace_back("Cache-Control", "no-store");
  out.body = std::move(text);
  return out;
}

}  // namespace tento::host::server
