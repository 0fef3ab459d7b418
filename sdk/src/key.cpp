// SPDX-License-Identifier: Apache-2.0
// Lookup keys: the one pass that checks them, percent coding (RFC 3986 section 2.1), and matching against a pattern.
#include <tento/sdk/key.hpp>

#include <algorithm>

#include "digits.hpp"

namespace tento {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The byte that the escape at the front of `text` stands for; -1 when it is none.
int escape(std::string_view text) noexcept {
  if (text.size() < 3) return -1;
  const int high = hex_digit(text[1]), low = hex_digit(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// UTF-8 (RFC 3629) byte by byte: no overlong forms, no surrogates, nothing above U+10FFFF.
class Utf8Check {
 public:
  bool take(unsigned char byte) noexcept {
    if (left_ > 0) {
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80, high_ = 0xbf;
      --left_;
      return true;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    left_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte == 0xe0) low_ = 0xa0;
    if (byte == 0xed) high_ = 0x9f;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
    return true;
  }
  [[nodiscard]] bool complete() const noexcept { return left_ == 0; }

 private:
  int left_ = 0;
  unsigned char low_ = 0x80, high_ = 0xbf;
};

// Whether a decoded text is what one segment may hold.
class SegmentCheck {
 public:
  KeyDefect take(unsigned char byte) noexcept {
    if (byte == 0) return KeyDefect::nul;
    if (!utf8_.take(byte)) return KeyDefect::not_utf8;
    only_dots_ = only_dots_ && byte == '.';
    return ++size_ > TENTO_MAX_PARAM ? KeyDefect::long_segment : KeyDefect::none;
  }
  [[nodiscard]] KeyDefect end() const noexcept {
    if (size_ == 0) return KeyDefect::empty_segment;
    if (!utf8_.complete()) return KeyDefect::not_utf8;
    return only_dots_ && size_ <= 2 ? KeyDefect::dot_segment : KeyDefect::none;
  }

 private:
  Utf8Check utf8_;
  std::size_t size_ = 0;
  bool only_dots_ = true;
};

KeyDefect check_segment(std::string_view segment) noexcept {
  SegmentCheck check;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    int byte = static_cast<unsigned char>(segment[i]);
    if (byte == '%') {
      byte = escape(segment.substr(i));
      if (byte < 0) return KeyDefect::bad_escape;
      i += 2;
    }
    if (const KeyDefect defect = check.take(static_cast<unsigned char>(byte)); defect != KeyDefect::none) return defect;
  }
  return check.end();
}

KeyDefect check_value(std::string_view value) noexcept {
  SegmentCheck check;
  for (const char c : value) {
    if (const KeyDefect defect = check.take(static_cast<unsigned char>(c)); defect != KeyDefect::none) return defect;
  }
  return check.end();
}

std::string_view describe(KeyDefect defect) noexcept {
  switch (defect) {
    case KeyDefect::none:
      break;
    case KeyDefect::too_long:
      return "is longer than 4096 bytes";
    case KeyDefect::no_colon:
      return "does not begin with a colon, as in `:~provider:account:row`";
    case KeyDefect::empty_segment:
      return "is empty";
    case KeyDefect::nul:
      return "holds a NUL";
    case KeyDefect::bad_escape:
      return "holds a percent sign that two hex digits do not follow; write %25 for a percent sign";
    case KeyDefect::dot_segment:
      return "is `.` or `..`, which is not allowed";
    case KeyDefect::not_utf8:
      return "is not UTF-8";
    case KeyDefect::long_segment:
      return "is longer than 1024 bytes once decoded";
  }
  return "is in order";
}
static_assert(TENTO_MAX_KEY == 4096 && TENTO_MAX_PARAM == 1024, "the texts above name the limits");

tl::unexpected<Error> invalid_key(ErrorCode code, std::string message) {
  return fail(code, ErrorClass::config, std::move(message),
              code == ErrorCode::too_large ? "key_too_large" : "invalid_key");
}

}  // namespace

KeyDefect check_key(std::string_view key) noexcept {
  if (key.size() > TENTO_MAX_KEY) return KeyDefect::too_long;
  if (!key.starts_with(':')) return KeyDefect::no_colon;
  for (const std::string_view segment : KeySegments(key)) {
    if (const KeyDefect defect = check_segment(segment); defect != KeyDefect::none) return defect;
  }
  return KeyDefect::none;
}

Error key_error(KeyDefect defect, std::string_view key) {
  const bool large = defect == KeyDefect::too_long || defect == KeyDefect::long_segment;
  const ErrorCode code = large ? ErrorCode::too_large : ErrorCode::invalid_argument;
  std::string message = "the key " + quoted(key) + " ";
  if (defect != KeyDefect::too_long && defect != KeyDefect::no_colon) {
    std::size_t number = 0;
    for (const std::string_view segment : KeySegments(key)) {
      ++number;
      if (check_segment(segment) == defect) break;
    }
    message += "is invalid: its segment " + std::to_string(number) + " ";
  }
  message += describe(defect);
  return invalid_key(code, std::move(message)).value();
}

Result<std::vector<std::string_view>> split_key(std::string_view key) {
  if (const KeyDefect defect = check_key(key); defect != KeyDefect::none) return fail(key_error(defect, key));
  const KeySegments segments(key);
  return std::vector<std::string_view>(segments.begin(), segments.end());
}

void append_percent_decoded(std::string& out, std::string_view segment) {
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const int byte = segment[i] == '%' ? escape(segment.substr(i)) : -1;
    if (byte < 0) {
      out += segment[i];
    } else {
      out += static_cast<char>(byte);
      i += 2;
    }
  }
}

Result<std::string> percent_decode(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
    if (escape(text.substr(at)) < 0) {
      return invalid_key(ErrorCode::invalid_argument,
                         "the text " + quoted(text) + " " + std::string(describe(KeyDefect::bad_escape)));
    }
  }
  std::string out;
  out.reserve(text.size());
  append_percent_decoded(out, text);
  return out;
}

void append_percent_encoded(std::string& out, std::string_view value) {
  static constexpr char hex_digits[] = "0123456789ABCDEF";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && c != '%' && c != ':') {
      out += c;
    } else {
      out += '%';
      out += hex_digits[byte >> 4];
      out += hex_digits[byte & 15];
    }
  }
}

std::string percent_encode_param(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  append_percent_encoded(out, value);
  return out;
}

bool matches(const Pattern& pattern, std::string_view key, std::span<std::string_view> raw) noexcept {
  const std::vector<Segment>& wanted = pattern.segments();
  std::size_t at = 0, params = 0;
  for (const std::string_view segment : KeySegments(key)) {
    if (at == wanted.size()) return false;
    const Segment& want = wanted[at++];
    if (!want.param) {
      if (segment != want.text) return false;
    } else if (segment.empty()) {
      return false;
    } else if (params < raw.size()) {
      raw[params++] = segment;
    }
  }
  return at == wanted.size();
}

Result<std::vector<Param>> match_pattern(const Pattern& pattern, std::string_view key) {
  if (const KeyDefect defect = check_key(key); defect != KeyDefect::none) return fail(key_error(defect, key));
  if (!matches(pattern, key)) {
    return fail(ErrorCode::not_found, ErrorClass::config,
                "the key " + quoted(key) + " is not of the form " + quoted(pattern.text()), "no_match");
  }
  std::vector<Param> out;
  auto segment = KeySegments(key).begin();
  for (const Segment& want : pattern.segments()) {
    if (want.param) append_percent_decoded(out.emplace_back(Param{want.text, {}}).value, *segment);
    ++segment;
  }
  return out;
}

Result<Pattern> Pattern::parse(std::string_view text) {
  const auto wrong = [text](std::size_t number, std::string_view why) {
    std::string message = "the pattern " + quoted(text) + " is invalid: ";
    if (number > 0) message += "segment " + std::to_string(number) + " ";
    return fail(ErrorCode::invalid_argument, ErrorClass::internal, message.append(why), "invalid_pattern");
  };
  if (text.size() > TENTO_MAX_KEY) return wrong(0, describe(KeyDefect::too_long));
  if (!text.starts_with(':')) return wrong(0, "it does not begin with a colon");

  Pattern out;
  out.text_ = text;
  for (std::string_view segment : KeySegments(text)) {
    const std::size_t number = out.segments_.size() + 1;
    const bool param = segment.starts_with('{') && segment.ends_with('}') && segment.size() >= 2;
    if (param) segment = segment.substr(1, segment.size() - 2);
    if (number == 1) {
      if (param || !is_key_prefix(segment)) return wrong(1, "is not a prefix such as `~provider`");
    } else if (segment.empty() && !param) {
      return wrong(number, "is empty");
    } else if (!is_camel_case(segment)) {
      return wrong(number, param ? "is a parameter whose name is not a camelCase word"
                                 : "is neither a camelCase word nor a {parameter}");
    }
    if (segment.size() > TENTO_MAX_PARAM) return wrong(number, "is longer than 1024 bytes");
    const Segment made{std::string(segment), param};
    if (param && std::find(out.segments_.begin(), out.segments_.end(), made) != out.segments_.end()) {
      return wrong(number, "names a parameter that an earlier segment has");
    }
    out.segments_.push_back(made);
  }
  return out;
}

Result<std::string> Pattern::key(const std::vector<Param>& params) const {
  const auto wrong = [this](ErrorCode code, std::string_view name, std::string_view why) {
    return invalid_key(
        code, "no key of the form " + quoted(text_) + ": the parameter " + quoted(name) + " " + std::string(why));
  };
  std::string out;
  out.reserve(text_.size() + 32);
  std::size_t used = 0;
  for (const Segment& segment : segments_) {
    out += ':';
    if (!segment.param) {
      out += segment.text;
      continue;
    }
    const auto named = [&segment](const Param& p) { return p.name == segment.text; };
    const auto found = std::find_if(params.begin(), params.end(), named);
    if (found == params.end()) return wrong(ErrorCode::invalid_argument, segment.text, "is missing");
    if (std::find_if(found + 1, params.end(), named) != params.end()) {
      return wrong(ErrorCode::invalid_argument, segment.text, "is given twice");
    }
    if (const KeyDefect defect = check_value(found->value); defect != KeyDefect::none) {
      return wrong(defect == KeyDefect::long_segment ? ErrorCode::too_large : ErrorCode::invalid_argument, segment.text,
                   describe(defect));
    }
    append_percent_encoded(out, found->value);
    ++used;
  }
  if (used != params.size()) {
    for (const Param& p : params) {
      if (std::find(segments_.begin(), segments_.end(), Segment{p.name, true}) == segments_.end()) {
        return wrong(ErrorCode::invalid_argument, p.name, "is unknown");
      }
    }
  }
  if (out.size() > TENTO_MAX_KEY) return fail(key_error(KeyDefect::too_long, out));
  return out;
}

}  // namespace tento
