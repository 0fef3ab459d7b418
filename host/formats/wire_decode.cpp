// SPDX-License-Identifier: Apache-2.0
// JSON lines -> Output, read as far as somebody wants it.
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <optional>

#include <tento/sdk/json_structure.hpp>

#include "host/base/error.hpp"
#include "host/base/json.hpp"
#include "host/formats/wire.hpp"
#include "host/formats/wire_names.hpp"
#include "host/operations/problem.hpp"

namespace tento::host {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

constexpr std::size_t most_of_a_line = std::size_t{256} << 20;

tl::unexpected<Error> cut() {
  return error(ErrorCode::io, ErrorClass::transient, "the host went away before its answer was complete")
      .tag("host_gone")
      .remedy("run the command again");
}
tl::unexpected<Error> unreadable(const std::string& why) {
  return error(ErrorCode::invalid_data, ErrorClass::internal, "the host's answer cannot be read: " + why)
      .remedy("use the command line of the host's own version");
}
tl::unexpected<Error> unreadable(simdjson::error_code why) {
  return unreadable(std::string(simdjson::error_message(why)));
}

// Takes lines out of a source of bytes. Behind each there is room for what the parser reads ahead.
class Lines {
 public:
  explicit Lines(ByteSource source) : source_(std::move(source)), buffer_(piece + simdjson::SIMDJSON_PADDING) {}

  // The next line without its end; a rest without a line end is none. It lives until the next call.
  Result<simdjson::padded_string_view> next() {
    std::size_t searched = begin_;
    for (;;) {
      const auto* found = static_cast<const char*>(std::memchr(buffer_.data() + searched, '\n', end_ - searched));
      if (found != nullptr) {
        const auto at = static_cast<std::size_t>(found - buffer_.data());
        const simdjson::padded_string_view line(buffer_.data() + begin_, at - begin_, buffer_.size() - begin_);
        begin_ = at + 1;
        return line;
      }
      if (end_ - begin_ > most_of_a_line) return unreadable("a line is too long");
      make_room();
      searched = end_;
      TENTO_TRY_ASSIGN(const auto n,
                       source_(buffer_.data() + end_, buffer_.size() - simdjson::SIMDJSON_PADDING - end_));
      if (n == 0) return cut();
      end_ += n;
    }
  }

 private:
  static constexpr std::size_t piece = std::size_t{64} * 1024;
  void make_room() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ + simdjson::SIMDJSON_PADDING + piece / 2 > buffer_.size()) buffer_.resize(buffer_.size() * 2);
  }
  ByteSource source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

// Members of an object, absent ones as nothing.
std::string text_in(dom::object object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}
bool flag_in(dom::object object, std::string_view name) {
  bool flag = false;
  return object[name].get(flag) == simdjson::SUCCESS && flag;
}
std::int64_t number_in(dom::object object, std::string_view name, std::int64_t otherwise) {
  std::int64_t number = 0;
  return object[name].get(number) == simdjson::SUCCESS ? number : otherwise;
}
bool object_in(dom::object object, std::string_view name, dom::object& found) {
  return object[name].get(found) == simdjson::SUCCESS;
}

Error error_of(dom::object object) {
  Error e;
  e.code = static_cast<ErrorCode>(static_cast<std::uint32_t>(number_in(object, "code", 0)));
  if (code_name(e.code) == code_name(ErrorCode::unspecified)) e.code = ErrorCode::unspecified;
  e.error_class = static_cast<ErrorClass>(static_cast<std::uint32_t>(number_in(object, "class", 0)));
  if (class_name(e.error_class) == class_name(ErrorClass::internal)) e.error_class = ErrorClass::internal;
  e.message = text_in(object, "message");
  e.tag = text_in(object, "tag");
  e.remedy = text_in(object, "remedy");
  e.retry_after_ms = number_in(object, "retry_after_ms", -1);
  e.http_status = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(number_in(object, "http_status", 0), 0, std::numeric_limits<std::int32_t>::max()));
  e.stopped = flag_in(object, "stopped");
  return e;
}

template <class Each>
void for_each_object(dom::object object, std::string_view name, const Each& each) {
  dom::array array;
  if (object[name].get(array) != simdjson::SUCCESS) return;
  for (const auto item : array) {
    dom::object found;
    if (item.get(found) == simdjson::SUCCESS) each(found);
  }
}

Column column_of(dom::object object) {
  Column column;
  column.name = text_in(object, "name");
  column.type = value_in(wire_types, text_in(object, "type"));
  column.nullable = flag_in(object, "nullable");
  column.count_in_table = flag_in(object, "count_in_table");
  column.only_in_data = flag_in(object, "only_in_data");
  column.internal = flag_in(object, "internal");
  for_each_object(object, "parts", [&](dom::object part) {
    column.parts.push_back({text_in(part, "pointer"), text_in(part, "title"),
                            value_in(wire_roles, text_in(part, "role")), text_in(part, "unit")});
  });
  return column;
}

// What a decoded output reads on from.
class Answer {
 public:
  explicit Answer(ByteSource source) : lines_(std::move(source)) {}

  Result<Output> header(const std::function<void(const Progress&)>& progress, bool& text) {
    for (;;) {
      TENTO_TRY_ASSIGN(const auto line, lines_.next());
      dom::object object, found;
      if (const auto error = dom_.parse(line.data(), line.size(), false).get(object)) return unreadable(error);
      if (object_in(object, "error", found)) return fail(error_of(found));
      if (object_in(object, "progress", found)) {
        if (progress) progress(progress_of(found));
        continue;
      }
      if (!object_in(object, "output", found)) return unreadable("it has no header");
      text = flag_in(found, "text");
      return output_of(found);
    }
  }

  // Hands on the records, or the pieces of a text, up to the end.
  Result<void> records(const RecordVisitor& visit) {
    return rest([&](simdjson::padded_string_view line) -> Result<bool> {
      ondemand::document document;
      ondemand::array values;
      if (!is_structured_json({line.data(), line.size()})) return unreadable("a record is not JSON");
      if (auto error = parser_.iterate(line).get(document)) return unreadable(error);
      if (auto error = document.get_array().get(values)) return unreadable(error);
      views_.clear();
      lists_.clear();
      for (auto item : values) {
        ondemand::value value;
        if (auto error = item.get(value)) return unreadable(error);
        if (auto error = add_view(value)) return unreadable(error);
      }
      return visit(views_);
    });
  }
  Result<void> texts(const TextVisitor& visit) {
    return rest([&](simdjson::padded_string_view line) -> Result<bool> {
      std::string_view text;
      if (const auto error = dom_.parse(line.data(), line.size(), false).get(text)) return unreadable(error);
      return visit(text);
    });
  }
  Result<std::vector<std::pair<std::string, Json>>> extras() {
    if (!ended_) TENTO_TRY(rest([](simdjson::padded_string_view) -> Result<bool> { return true; }));
    return extras_;
  }

 private:
  static Progress progress_of(dom::object object) {
    const auto count = [&](std::string_view name) {
      return static_cast<std::uint64_t>(std::max<std::int64_t>(number_in(object, name, 0), 0));
    };
    return {text_in(object, "stage"), count("done"),          count("total"), text_in(object, "text"),
            flag_in(object, "ended"), text_in(object, "line")};
  }

  static Output output_of(dom::object object) {
    Output out;
    for_each_object(object, "columns", [&](dom::object column) { out.columns.push_back(column_of(column)); });
    out.single = flag_in(object, "single");
    out.list_name = text_in(object, "list");
    dom::array notes;
    if (object["notes"].get(notes) == simdjson::SUCCESS)
      for (const auto item : notes) {
        std::string_view note;
        if (item.get(note) == simdjson::SUCCESS) out.notes.emplace_back(note);
      }
    dom::object found;
    if (object_in(object, "calendar", found))
      out.calendar = CalendarInfo{text_in(found, "id"), text_in(found, "name"), number_in(found, "refresh_s", 3600),
                                  text_in(found, "encoding")};
    if (object_in(object, "then", found)) out.then = error_of(found);
    return out;
  }

  // Each record line to `take`, until it wants no more or the last line.
  template <class Take>
  Result<void> rest(const Take& take) {
    while (!ended_) {
      TENTO_TRY_ASSIGN(const auto line, lines_.next());
      if (!line.empty() && line.front() == '{') return last(line);
      TENTO_TRY_ASSIGN(const bool more, take(line));
      if (!more) return {};
    }
    return {};
  }

  Result<void> last(simdjson::padded_string_view line) {
    ended_ = true;
    ondemand::document document;
    ondemand::object object;
    if (!is_structured_json({line.data(), line.size()})) return unreadable("its last line is not JSON");
    if (auto error = parser_.iterate(line).get(document)) return unreadable(error);
    if (document["end"]["extras"].get(object) == simdjson::SUCCESS) {
      for (auto field : object) {
        std::string_view name;
        ondemand::object wrapped;
        if (auto error = field.unescaped_key().get(name)) return unreadable(error);
        std::string key(name);
        if (auto error = field.value().get(wrapped)) return unreadable(error);
        std::string_view json;
        if (auto error = json_in(wrapped, json)) return unreadable(error);
        extras_.emplace_back(std::move(key), Json{std::string(json)});
      }
      return {};
    }
    dom::object root, found;
    if (const auto error = dom_.parse(line.data(), line.size(), false).get(root)) return unreadable(error);
    if (object_in(root, "error", found)) return fail(error_of(found));
    return unreadable("its last line is neither an end nor an error");
  }

  // The text of stored JSON, as it was copied.
  static simdjson::error_code json_in(ondemand::object object, std::string_view& json) {
    json = {};
    ondemand::value value;
    const auto error = object.find_field("j").get(value);
    if (error == simdjson::NO_SUCH_FIELD) return simdjson::SUCCESS;
    if (error) return error;
    return simdjson::to_json_string(value).get(json);
  }

  simdjson::error_code add_view(ondemand::value& value) {
    ondemand::json_type type{};
    if (const auto error = value.type().get(type)) return error;
    switch (type) {
      case ondemand::json_type::null:
        return add_null(value);
      case ondemand::json_type::boolean:
        return add<bool>(value);
      case ondemand::json_type::number:
        return add<std::int64_t>(value);
      case ondemand::json_type::string:
        return add<std::string_view>(value);
      case ondemand::json_type::object: {
        ondemand::object object;
        JsonView json;
        if (const auto error = value.get(object)) return error;
        if (const auto error = json_in(object, json.text)) return error;
        views_.emplace_back(json);
        return simdjson::SUCCESS;
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        if (const auto error = value.get(array)) return error;
        auto& list = lists_.emplace_back();
        for (auto item : array) {
          std::string_view text;
          if (const auto error = item.get(text)) return error;
          list.emplace_back(text);
        }
        views_.emplace_back(std::span<const std::string>(list));
        return simdjson::SUCCESS;
      }
    }
    return simdjson::INCORRECT_TYPE;
  }
  simdjson::error_code add_null(ondemand::value& value) {
    bool null = false;
    if (const auto error = simdjson::simdjson_result<bool>(value.is_null()).get(null)) return error;
    if (!null) return simdjson::N_ATOM_ERROR;
    views_.emplace_back();
    return simdjson::SUCCESS;
  }
  template <class T>
  simdjson::error_code add(ondemand::value& value) {
    T plain{};
    if (const auto error = value.get(plain)) return error;
    views_.emplace_back(plain);
    return simdjson::SUCCESS;
  }

  Lines lines_;
  dom::parser dom_;
  ondemand::parser parser_;
  std::vector<FieldView> views_;
  std::deque<std::vector<std::string>> lists_;  // what views of lists point to
  std::vector<std::pair<std::string, Json>> extras_;
  bool ended_ = false;
};

}  // namespace

Result<Output> decode_output(ByteSource source, const std::function<void(const Progress&)>& progress) {
  const auto answer = std::make_shared<Answer>(std::move(source));
  bool text = false;
  TENTO_TRY_ASSIGN(auto out, answer->header(progress, text));
  if (text)
    out.text = [answer](const TextVisitor& visit) { return answer->texts(visit); };
  else
    out.stream = [answer](const RecordVisitor& visit) { return answer->records(visit); };
  out.extras = [answer] { return answer->extras(); };
  return out;
}

}  // namespace tento::host
