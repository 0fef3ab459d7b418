// SPDX-License-Identifier: Apache-2.0
// Members by name and type, the record's own bytes beside them.
#include "read.hpp"

namespace github {
namespace {

using simdjson::SUCCESS;
using tento::Error;
using tento::ErrorClass;
using tento::ErrorCode;
using tento::Result;
namespace ondemand = simdjson::ondemand;

// One object whose members are read; `where` says which one it is.
class Members {
 public:
  Members(ondemand::object& object, std::string_view where) : object_(object), where_(where) {}

  Result<std::string_view> text(std::string_view name) {
    TENTO_TRY_ASSIGN(ondemand::value value, find(name));
    std::string_view out;
    if (const auto error = value.get_string().get(out); error != SUCCESS) return wrong(name, "no text", error);
    return out;
  }
  Result<std::int64_t> number(std::string_view name, std::string_view* token = nullptr) {
    TENTO_TRY_ASSIGN(ondemand::value value, find(name));
    std::string_view raw = value.raw_json_token();
    std::int64_t out = 0;
    if (const auto error = value.get_int64().get(out); error != SUCCESS) return wrong(name, "no whole number", error);
    if (out < 0) return wrong(name, "a negative number", SUCCESS);
    raw = raw.substr(0, raw.find_first_not_of("0123456789"));
    if (token != nullptr) *token = raw;
    return out;
  }
  Result<tento::SemanticTime> time(std::string_view name) {
    TENTO_TRY_ASSIGN(const std::string_view text_of, text(name));
    auto out = tento::SemanticTime::parse(text_of);
    if (!out || !out->is_instant()) {
      return bad_answer(where_, "`" + std::string(name) + "` is no time" + (out ? "" : ": " + out.error().message));
    }
    return out;
  }
  Result<ondemand::object> object(std::string_view name) {
    TENTO_TRY_ASSIGN(ondemand::value value, find(name));
    ondemand::object out;
    if (const auto error = value.get_object().get(out); error != SUCCESS) return wrong(name, "no object", error);
    return out;
  }

 private:
  Result<ondemand::value> find(std::string_view name) {
    ondemand::value value;
    const auto error = object_.find_field_unordered(name).get(value);
    if (error == simdjson::NO_SUCH_FIELD) return bad_answer(where_, "`" + std::string(name) + "` is missing");
    if (error != SUCCESS) return wrong(name, "not to be found", error);
    return value;
  }
  tl::unexpected<Error> wrong(std::string_view name, std::string_view what, simdjson::error_code error) {
    std::string why = "`" + std::string(name) + "` is " + std::string(what);
    if (error != SUCCESS && error != simdjson::INCORRECT_TYPE) {
      why += " (";
      why.append(simdjson::error_message(error)).append(")");
    }
    return bad_answer(where_, why);
  }

  ondemand::object& object_;
  std::string_view where_;
};

Result<tento::SemanticTime> committer_date(Members& members, std::string_view where) {
  TENTO_TRY_ASSIGN(ondemand::object commit, members.object("commit"));
  Members in_commit(commit, where);
  TENTO_TRY_ASSIGN(ondemand::object committer, in_commit.object("committer"));
  return Members(committer, where).time("date");
}

}  // namespace

tl::unexpected<Error> bad_answer(std::string_view where, std::string_view why) {
  return tento::fail(ErrorCode::invalid_data, ErrorClass::provider, std::string(where) + ": " + std::string(why),
                     "github_bad_answer");
}

Result<Record> read_record(ondemand::object& object, Kind kind, std::string_view where) {
  Members members(object, where);
  Record out{.id = {}, .date = tento::PartialDate(), .json = {}};
  // In the order in which the service writes them, so that the object is read once.
  switch (kind) {
    case Kind::issue: {
      TENTO_TRY_ASSIGN(out.home, members.text("repository_url"));
      TENTO_TRY(members.number("number", &out.id));
      TENTO_TRY_ASSIGN(out.date, members.time("created_at"));
      TENTO_TRY_ASSIGN(out.updated_at, members.text("updated_at"));
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
      TENTO_TRY_ASSIGN(out.date, committer_date(members, where));
      break;
    }
    case Kind::event: {
      TENTO_TRY_ASSIGN(out.id, members.text("id"));
      TENTO_TRY_ASSIGN(out.date, members.time("created_at"));
      break;
    }
    case Kind::notification: {
      TENTO_TRY_ASSIGN(out.id, members.text("id"));
      TENTO_TRY_ASSIGN(out.date, members.time("updated_at"));
      break;
    }
  }
  if (out.id.empty()) return bad_answer(where, "its id is empty");
  bool some = false;
  if (const auto error = object.reset().get(some); error != SUCCESS) {
    return bad_answer(where, simdjson::error_message(error));
  }
  if (const auto error = simdjson::to_json_string(object).get(out.json); error != SUCCESS) {
    return bad_answer(where, simdjson::error_message(error));
  }
  out.json = out.json.substr(0, out.json.find_last_not_of(" \t\r\n") + 1);
  // What was passed over was counted by its brackets alone; one of the other kind ends no object.
  if (!out.json.ends_with('}')) return bad_answer(where, "the object is not closed");
  return out;
}

Result<Single> read_single(std::string body, Kind kind, std::string_view where) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (const auto error = parser.iterate(body.data(), body.size(), body.capacity()).get(document); error != SUCCESS) {
    return bad_answer(where, std::string("no JSON: ") + simdjson::error_message(error));
  }
  if (const auto error = document.get_object().get(object); error != SUCCESS) {
    return bad_answer(where, std::string("no object: ") + simdjson::error_message(error));
  }
  TENTO_TRY_ASSIGN(const Record record, read_record(object, kind, where));
  return Single{std::string(record.id), record.date, std::string(record.json), std::string(record.home),
                std::string(record.updated_at)};
}

Result<User> read_user(std::string body, std::string_view where) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(body.data(), body.size(), body.capacity()).get(document) != SUCCESS ||
      document.get_object().get(object) != SUCCESS) {
    return bad_answer(where, "no JSON object");
  }
  Members members(object, where);
  User out;
  TENTO_TRY_ASSIGN(out.login, members.text("login"));
  TENTO_TRY_ASSIGN(out.id, members.number("id"));
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
