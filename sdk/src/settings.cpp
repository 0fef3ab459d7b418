// SPDX-License-Identifier: Apache-2.0
// Settings as JSON. Read by hand: what a provider links has to work without a library of its own, and a host writes
// these few values itself.
#include <tento/sdk/settings.hpp>

#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

namespace tento {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | (point >> 6));
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3f));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

tl::unexpected<Error> wrong(std::string_view name, std::string_view wanted) {
  return fail(ErrorCode::invalid_data, ErrorClass::config,
              "the setting '" + std::string(name) + "' is not " + std::string(wanted) + "; correct it on the account");
}

}  // namespace

// A strict reader of RFC 8259. Each function eats what it is named after, or gives false.
struct Settings::Reader {
  static constexpr int kDeepest = 64;
  std::string_view rest;

  void blank() {
    const std::size_t end = rest.find_first_not_of(" \t\r\n");
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  }
  bool eat(char c) {
    blank();
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool word(std::string_view text) {
    if (!rest.starts_with(text)) return false;
    rest.remove_prefix(text.size());
    return true;
  }
  bool hex4(std::uint32_t& out) {
    if (rest.size() < 4) return false;
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + 4, out, 16);
    if (problem != std::errc() || end != rest.data() + 4) return false;
    rest.remove_prefix(4);
    return true;
  }
  bool escape(std::string& out) {
    if (rest.empty()) return false;
    const char c = rest.front();
    rest.remove_prefix(1);
    static constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = kNames.find(c); at != std::string_view::npos) {
      out += kMeant[at];
      return true;
    }
    std::uint32_t point = 0;
    if (c != 'u' || !hex4(point)) return false;
    if (point >= 0xdc00 && point < 0xe000) return false;
    if (point >= 0xd800 && point < 0xdc00) {
      std::uint32_t low = 0;
      if (!word("\\u") || !hex4(low) || low < 0xdc00 || low >= 0xe000) return false;
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(out, point);
    return true;
  }
  bool text(std::string& out) {
    if (!eat('"')) return false;
    while (!rest.empty()) {
      const char c = rest.front();
      rest.remove_prefix(1);
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return false;
  }
  bool digits() {
    const std::size_t before = rest.size();
    while (!rest.empty() && is_digit(rest.front())) rest.remove_prefix(1);
    return rest.size() != before;
  }
  bool number(std::string& out) {
    const std::string_view from = rest;
    if (rest.starts_with('-')) rest.remove_prefix(1);
    if (rest.starts_with('0')) {
      rest.remove_prefix(1);
    } else if (!digits()) {
      return false;
    }
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      if (!digits()) return false;
    }
    if (rest.starts_with('e') || rest.starts_with('E')) {
      rest.remove_prefix(1);
      if (rest.starts_with('+') || rest.starts_with('-')) rest.remove_prefix(1);
      if (!digits()) return false;
    }
    out = from.substr(0, from.size() - rest.size());
    return true;
  }
  bool list(Value& out, int depth) {
    Texts texts;
    bool all_texts = true;
    if (!eat(']')) {
      do {
        Value item;
        if (!value(item, depth + 1)) return false;
        if (auto* one = std::get_if<std::string>(&item)) {
          texts.push_back(std::move(*one));
        } else {
          all_texts = false;
        }
      } while (eat(','));
      if (!eat(']')) return false;
    }
    if (all_texts) {
      out = std::move(texts);
    } else {
      out = Other{};
    }
    return true;
  }
  template <class Take>
  bool members(int depth, Take take) {
    if (eat('}')) return true;
    do {
      Entry entry;
      if (!text(entry.name) || !eat(':') || !value(entry.value, depth + 1)) return false;
      take(std::move(entry));
    } while (eat(','));
    return eat('}');
  }
  bool value(Value& out, int depth) {
    if (depth > kDeepest) return false;
    blank();
    if (rest.empty()) return false;
    if (rest.front() == '"') return text(out.emplace<std::string>());
    if (word("null")) return true;
    if (word("true")) {
      out = true;
      return true;
    }
    if (word("false")) {
      out = false;
      return true;
    }
    if (eat('[')) return list(out, depth);
    if (eat('{')) {
      out = Other{};
      return members(depth, [](Entry&&) {});
    }
    return number(out.emplace<Number>().text);
  }
};

Result<Settings> Settings::parse(std::string_view json) {
  Settings out;
  Reader reader{json};
  const bool read =
      reader.eat('{') && reader.members(1, [&out](Entry&& entry) { out.entries_.push_back(std::move(entry)); });
  reader.blank();
  if (!read || !reader.rest.empty()) {
    return fail(ErrorCode::invalid_data, ErrorClass::config, "the account's settings are not a JSON object");
  }
  return out;
}

template <class T>
Result<const T*> Settings::get(std::string_view name, std::string_view wanted) const {
  for (const Entry& entry : entries_) {
    if (entry.name != name) continue;
    if (std::holds_alternative<std::monostate>(entry.value)) return nullptr;
    if (const T* found = std::get_if<T>(&entry.value)) return found;
    return wrong(name, wanted);
  }
  return nullptr;
}

Result<std::optional<std::string>> Settings::string(std::string_view name) const {
  TENTO_TRY_ASSIGN(const std::string* found, get<std::string>(name, "a text"));
  if (found == nullptr) return std::optional<std::string>();
  return std::optional<std::string>(*found);
}

Result<std::string> Settings::required_string(std::string_view name) const {
  TENTO_TRY_ASSIGN(std::optional<std::string> found, string(name));
  if (!found || found->empty()) {
    return fail(ErrorCode::invalid_argument, ErrorClass::config,
                "the setting '" + std::string(name) + "' is missing; set it on the account");
  }
  return std::move(*found);
}

Result<std::optional<std::int64_t>> Settings::integer(std::string_view name) const {
  TENTO_TRY_ASSIGN(const Number* found, get<Number>(name, "a whole number"));
  if (found == nullptr) return std::optional<std::int64_t>();
  std::int64_t out = 0;
  const char* last = found->text.data() + found->text.size();
  const auto [end, problem] = std::from_chars(found->text.data(), last, out);
  if (problem != std::errc() || end != last) return wrong(name, "a whole number");
  return std::optional<std::int64_t>(out);
}

Result<std::optional<double>> Settings::number(std::string_view name) const {
  TENTO_TRY_ASSIGN(const Number* found, get<Number>(name, "a number"));
  if (found == nullptr) return std::optional<double>();
  double out = 0;
  const char* last = found->text.data() + found->text.size();
  const auto [end, problem] = std::from_chars(found->text.data(), last, out);
  if (problem != std::errc() || end != last || !std::isfinite(out)) return wrong(name, "a number");
  return std::optional<double>(out);
}

Result<std::optional<bool>> Settings::boolean(std::string_view name) const {
  TENTO_TRY_ASSIGN(const bool* found, get<bool>(name, "true or false"));
  if (found == nullptr) return std::optional<bool>();
  return std::optional<bool>(*found);
}

Result<std::vector<std::string>> Settings::list(std::string_view name) const {
  TENTO_TRY_ASSIGN(const Texts* found, get<Texts>(name, "a list of texts"));
  return found == nullptr ? Texts() : *found;
}

}  // namespace tento
