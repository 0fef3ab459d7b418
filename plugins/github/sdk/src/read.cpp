// SPDX-License-Identifier: Apache-2.0
// Members by name and type, the record's own bytes beside them.
#include "read.hpp"

#include <tento/cell.h>

#include <algorithm>
#include <tento/sdk/json_structure.hpp>

namespace github {
namespace {

using simdjson::SUCCESS;
using tento::Error;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::Result;
namespace ondemand = simdjson::ondemand;

constexpr std::string_view odd_record_tag = "github_odd_record";

tl::unexpected<Error> odd(std::string why) {
  return tento::fail(ErrorCode::invalid_data, ErrorClass::provider, std::move(why), std::string(odd_record_tag));
}

// Whether an error of simdjson says something of one value alone. After any other its iterator is at an end: what is
// wrong is the answer, and nothing more may be read of it.
bool is_of_value(simdjson::error_code error) {
  return error == simdjson::INCORRECT_TYPE || error == simdjson::STRING_ERROR || error == simdjson::NUMBER_ERROR ||
         error == simdjson::NUMBER_OUT_OF_RANGE;
}

// One object whose members are read. An error that is not odd is of the whole answer.
class Members {
 public:
  explicit Members(ondemand::object& object) : object_(object) {}

  Result<std::string_view> text(std::string_view name) {
    TENTO_TRY_ASSIGN(ondemand::value value, find(name));
    std::string_view out;
    if (const auto error = value.get_string().get(out); error != SUCCESS) return wrong(name, "not text", error);
    return out;
  }
  // Empty where it is missing or of another type: for members that a record can do without.
  Result<std::string_view> text_if(std::string_view name) {
    auto out = text(name);
    if (!out && is_odd(out.error())) return std::string_view();
    return out;
  }
  Result<std::int64_t> number(std::string_view name, std::string_view* token = nullptr) {
    TENTO_TRY_ASSIGN(ondemand::value value, find(name));
    std::string_view raw = value.raw_json_token();
    std::int64_t out = 0;
    if (const auto error = value.get_int64().get(out); error != SUCCESS)
      return wrong(name, "not a whole number", error);
    if (out < 0) return wrong(name, "a negative number", SUCCESS);
    raw = raw.substr(0, raw.find_first_not_of("0123456789"));
    if (token != nullptr) *token = raw;
    return out;
  }
  Result<tento::SemanticTime> time(std::string_view name) {
    TENTO_TRY_ASSIGN(const std::string_view text_of, text(name));
    auto out = tento::SemanticTime::parse(text_of);
    if (!out || !out->is_instant()) {
      return odd("`" + std::string(name) + "` holds `" + std::string(text_of.substr(0, 40)) + "`, which is not a time");
    }
    return out;
  }
  Result<ondemand::object> object(std::string_view name) {
    TENTO_TRY_ASSIGN(ondemand::value value, find(name));
    ondemand::object out;
    if (const auto error = value.get_object().get(out); error != SUCCESS) return wrong(name, "not an object", error);
    return out;
  }

 private:
  Result<ondemand::value> find(std::string_view name) {
    ondemand::value value;
    const auto error = object_.find_field_unordered(name).get(value);
    if (error == simdjson::NO_SUCH_FIELD) return odd("`" + std::string(name) + "` is missing");
    if (error != SUCCESS) return wrong(name, "not to be found", error);
    // Where no value can begin, simdjson says of each type that it is another one, and loses its place.
    if (value.type().error() != SUCCESS) return bad_answer({}, "`" + std::string(name) + "` has no value: not JSON");
    return value;
  }
  static tl::unexpected<Error> wrong(std::string_view name, std::string_view what, simdjson::error_code error) {
    std::string why = "`" + std::string(name) + "` is " + std::string(what);
    if (error != SUCCESS && error != simdjson::INCORRECT_TYPE) {
      why += " (";
      why.append(simdjson::error_message(error)).append(")");
    }
    if (error != SUCCESS && !is_of_value(error)) return bad_answer({}, why);
    return odd(std::move(why));
  }

  ondemand::object& object_;
};

// The time of one of a commit's two people.
Result<tento::SemanticTime> person_date(ondemand::object& commit, std::string_view who) {
  TENTO_TRY_ASSIGN(ondemand::object person, Members(commit).object(who));
  auto date = Members(person).time("date");
  if (date || !is_odd(date.error())) return date;
  return odd("`" + std::string(who) + "`: " + date.error().message);
}

// The committer's, else the author's: either may be missing, null, or at a time that there is not.
Result<tento::SemanticTime> commit_date(Members& members) {
  TENTO_TRY_ASSIGN(ondemand::object commit, members.object("commit"));
  auto committed = person_date(commit, "committer");
  if (committed || !is_odd(committed.error())) return committed;
  auto written = person_date(commit, "author");
  if (written || !is_odd(written.error())) return written;
  return odd(committed.error().message + ", and " + written.error().message);
}

// Their order is what tells which of them are held, so an id of another kind cannot be placed.
bool is_event_id(std::string_view id) {
  return id.size() <= 20 && id.find_first_not_of("0123456789") == std::string_view::npos;
}

// Records as deep as no service has them would be refused by a store, and all that travel with them.
bool is_too_deep(std::string_view json) {
  constexpr std::ptrdiff_t most = 1000;
  if (std::count_if(json.begin(), json.end(), [](char c) { return (c | 0x20) == '{'; }) <= most) return false;
  std::ptrdiff_t depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > most) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// The bytes of the record, which is read to its end by that.
Result<std::string_view> bytes_of(ondemand::object& object) {
  bool some = false;
  std::string_view out;
  if (const auto error = object.reset().get(some); error != SUCCESS) {
    return bad_answer({}, simdjson::error_message(error));
  }
  if (const auto error = simdjson::to_json_string(object).get(out); error != SUCCESS) {
    return bad_answer({}, simdjson::error_message(error));
  }
  out = out.substr(0, out.find_last_not_of(" \t\r\n") + 1);
  // What was passed over was counted by its brackets alone; one of the other kind ends no object.
  if (!out.ends_with('}')) return bad_answer({}, "the object is not closed");
  return out;
}

Result<void> read_members(Members members, Kind kind, Record& out) {
  // In the order in which the service writes them, so that the object is read once.
  switch (kind) {
    case Kind::issue: {
      TENTO_TRY_ASSIGN(out.home, members.text_if("repository_url"));
      TENTO_TRY(members.number("number", &out.id));
      TENTO_TRY_ASSIGN(out.date, members.time("created_at"));
      TENTO_TRY_ASSIGN(out.updated_at, members.text_if("updated_at"));
      break;
    }
    case Kind::repository: {
      TENTO_TRY(members.number("id", &out.id));
      TENTO_TRY_ASSIGN(out.home, members.text("full_name"));
      TENTO_TRY_ASSIGN(out.date, members.time("created_at"));
      break;
    }
    case Kind::commit: {
      TENTO_TRY_ASSIGN(out.id, members.text("sha"));
      TENTO_TRY_ASSIGN(out.date, commit_date(members));
      break;
    }
    case Kind::event: {
      TENTO_TRY_ASSIGN(out.id, members.text("id"));
      if (!is_event_id(out.id))
        return odd("`id` holds `" + std::string(out.id.substr(0, 40)) + "`, which is not a number");
      TENTO_TRY_ASSIGN(out.date, members.time("created_at"));
      break;
    }
    case Kind::notification: {
      TENTO_TRY_ASSIGN(out.id, members.text("id"));
      TENTO_TRY_ASSIGN(out.date, members.time("updated_at"));
      break;
    }
  }
  if (out.id.empty()) return odd("its id is empty");
  if (out.id.size() > TENTO_MAX_CELL_ID) return odd("its id has " + std::to_string(out.id.size()) + " bytes");
  return {};
}

}  // namespace

tl::unexpected<Error> bad_answer(std::string_view where, std::string_view why) {
  std::string message(where);
  if (!message.empty()) message += ": ";
  return tento::fail(ErrorCode::invalid_data, ErrorClass::provider, message.append(why), "github_bad_answer");
}

bool is_odd(const Error& error) noexcept {
  return error.tag == odd_record_tag;
}

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::issue:
      return "issue";
    case Kind::repository:
      return "repository";
    case Kind::commit:
      return "commit";
    case Kind::event:
      return "event";
    case Kind::notification:
      return "notification";
  }
  return "record";
}

Result<Record> read_record(ondemand::object& object, Kind kind, std::string_view& odd_id) {
  Record out{.id = {}, .date = tento::PartialDate(), .json = {}};
  const Result<void> members = read_members(Members(object), kind, out);
  if (!members && !is_odd(members.error())) return tento::fail(members.error());
  TENTO_TRY_ASSIGN(out.json, bytes_of(object));
  odd_id = out.id.size() <= TENTO_MAX_CELL_ID && (kind != Kind::event || is_event_id(out.id)) ? out.id : "";
  if (!members) return tento::fail(members.error());
  if (out.json.size() > TENTO_MAX_CELL_BYTES / 2) return odd("it has " + std::to_string(out.json.size()) + " bytes");
  if (is_too_deep(out.json)) return odd("its JSON is nested too deeply");
  return out;
}

Result<Single> read_single(std::string body, Kind kind, std::string_view where) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (!tento::is_structured_json(body)) return bad_answer(where, "not JSON");
  if (const auto error = parser.iterate(body.data(), body.size(), body.capacity()).get(document); error != SUCCESS) {
    return bad_answer(where, std::string("not JSON: ") + simdjson::error_message(error));
  }
  if (const auto error = document.get_object().get(object); error != SUCCESS) {
    return bad_answer(where, std::string("not an object: ") + simdjson::error_message(error));
  }
  std::string_view id;
  const auto record = read_record(object, kind, id);
  if (!record) return bad_answer(where, record.error().message);
  return Single{std::string(record->id), record->date, std::string(record->json), std::string(record->home),
                std::string(record->updated_at)};
}

Result<User> read_user(std::string body, std::string_view where) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (!tento::is_structured_json(body) ||
      parser.iterate(body.data(), body.size(), body.capacity()).get(document) != SUCCESS ||
      document.get_object().get(object) != SUCCESS) {
    return bad_answer(where, "not a JSON object");
  }
  Members members(object);
  User out;
  const auto login = members.text("login");
  if (!login) return bad_answer(where, login.error().message);
  out.login = *login;
  const auto id = members.number("id");
  if (!id) return bad_answer(where, id.error().message);
  out.id = *id;
  if (out.login.empty()) return bad_answer(where, "`login` is empty");
  return out;
}

std::string read_message(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  std::string_view message;
  if (parser.parse(body).get(document) != SUCCESS || document["message"].get(message) != SUCCESS) return {};
  std::string out(message);
  simdjson::dom::array errors;
  if (document["errors"].get(errors) != SUCCESS) return out;
  // `errors` says which member was refused, as objects or as sentences.
  std::string_view lead = ": ";
  for (const simdjson::dom::element error : errors) {
    std::string_view sentence;
    std::string_view field;
    std::string_view code;
    if (error.get(sentence) != SUCCESS && error["message"].get(sentence) != SUCCESS) sentence = {};
    const bool coded = error["field"].get(field) == SUCCESS && error["code"].get(code) == SUCCESS;
    if (sentence.empty() && !coded) continue;
    out += lead;
    lead = ", ";
    if (coded) out.append(field).append(" ").append(code);
    if (!sentence.empty()) out.append(coded ? " (" : "").append(sentence).append(coded ? ")" : "");
  }
  return out;
}

}  // namespace github
