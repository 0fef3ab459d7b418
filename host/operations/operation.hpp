// SPDX-License-Identifier: Apache-2.0
// One thing the product can do, as data: name, params, scope, handler, help, the way to it over HTTP, what it answers.
// The faces (commands, HTTP, their documents) are made from the table of these, so they cannot drift.
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <tento/sdk/result.hpp>
#include <tento/sdk/time.hpp>

#include "host/base/secret.hpp"
#include "host/model/scope.hpp"
#include "host/operations/output.hpp"

namespace tento::host {

enum class ParamType {
  text,
  integer,   // not negative
  duration,  // `90`, `90s`, `5m`, `2h`, `30d`: seconds when no unit is given
  time,      // semantic time: a bucket or an instant
  choice,
  flag,    // there or not
  list,    // repeatable texts
  input,   // a file's content, read by the face; standard input for `-`
  secret,  // never an argument: a command reads it from standard input when `--<name>-stdin` is there
};

struct Param {
  std::string_view name;
  ParamType type = ParamType::text;
  std::string_view help;
  bool positional = false;
  bool required = false;
  std::string_view value_name = {};  // `KEY`, `D`; shown in help
  std::vector<std::string_view> choices = {};
  // Over HTTP a param is a `{name}` of the path; else, with this, a header; else the body if it is an input; else a
  // member of the query, or of the JSON body where the method has one and no input takes it.
  std::string_view header = {};
};

using ArgValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>, SemanticTime>;

// Checked arguments by param name.
class Args {
 public:
  Args() = default;
  // Some are secrets: none is left where they were.
  ~Args() {
    for (auto& [name, value] : values_) {
      if (auto* text = std::get_if<std::string>(&value)) wipe(*text);
      if (auto* texts = std::get_if<std::vector<std::string>>(&value))
        for (auto& each : *texts) wipe(each);
    }
  }
  Args(const Args&) = default;
  Args& operator=(const Args&) = default;
  Args(Args&&) = default;
  Args& operator=(Args&&) = default;
  void reserve(std::size_t count) { values_.reserve(count); }
  void set(std::string_view name, ArgValue value) {
    std::erase_if(values_, [name](const auto& known) { return known.first == name; });
    values_.emplace_back(name, std::move(value));
  }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] bool flag(std::string_view name) const { return has(name); }
  [[nodiscard]] std::string text(std::string_view name) const { return get<std::string>(name).value_or(std::string()); }
  // The same without a copy; as long as these arguments live.
  [[nodiscard]] std::string_view view(std::string_view name) const {
    const auto* found = find(name);
    const auto* text = found == nullptr ? nullptr : std::get_if<std::string>(found);
    return text == nullptr ? std::string_view() : std::string_view(*text);
  }
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const { return get<std::int64_t>(name); }
  [[nodiscard]] std::optional<SemanticTime> time(std::string_view name) const { return get<SemanticTime>(name); }
  [[nodiscard]] std::vector<std::string> list(std::string_view name) const {
    return get<std::vector<std::string>>(name).value_or(std::vector<std::string>());
  }

 private:
  [[nodiscard]] const ArgValue* find(std::string_view name) const {
    for (const auto& [known, value] : values_)
      if (known == name) return &value;
    return nullptr;
  }
  template <class T>
  [[nodiscard]] std::optional<T> get(std::string_view name) const {
    const auto* found = find(name);
    const auto* value = found == nullptr ? nullptr : std::get_if<T>(found);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }
  std::vector<std::pair<std::string, ArgValue>> values_;  // few: looked through
};

struct Context;
struct Host;
struct RowDocument;
struct StoreContext;
struct UserRecord;
struct HostContext;
// What runs it. Its first parameter says how much of the host is opened before it is called: nothing, the store, or all
// of it, started.
using Handler = std::variant<Result<Output> (*)(Context&, const Args&), Result<Output> (*)(StoreContext&, const Args&),
                             Result<Output> (*)(HostContext&, const Args&)>;

enum class Answers {
  later,    // it may wait for something
  at_once,  // it reads memory and the store only, a bounded amount
};
struct Caller;
// A document that is ready, or made from the store alone, without waiting. Null: the handler has to answer.
using KnownHandler = std::shared_ptr<const RowDocument> (*)(const Host& host, const UserRecord& user,
                                                            const Caller& caller, const Args& args);

enum class Method { get, post, put, patch, del };
[[nodiscard]] std::string_view to_string(Method method);  // `GET`

struct HttpBinding {
  Method method = Method::get;
  std::string_view path = {};  // `/api/rows/{key}/cells`; each {name} is a required param
};

// What it answers: the columns of its records, and how they stand in a document.
struct Shape {
  std::vector<Column> columns = {};
  bool single = false;              // one record, not a list
  std::string_view list = {};       // the list's name in an HTTP document
  std::string_view text = {};       // media type of an answer that is a text of its own, not records
  bool dated = false;               // the records are dated cells: they can be a calendar
  std::int64_t page = 0;            // a document lists at most so many unless `limit` says otherwise; 0 = all
  std::vector<Column> extras = {};  // beside the list, in a document
};

// Whose say an operation needs, beside the scope.
enum class Authority {
  user,  // it is of the caller's own: a token of any user does that has the scope
  host,  // it is of the host itself or of all users: for whoever runs the host, which a user's `admin` does not make of
         // them
};

struct Operation {
  std::string_view noun;  // `row`; empty for `doctor`, `version`
  std::string_view verb;  // `get`
  Scope scope = Scope::read;
  Authority authority = Authority::user;
  std::vector<Param> params;
  Handler handler = {};
  std::string_view help;
  HttpBinding http = {};
  Shape shape = {};
  Answers answers = Answers::later;
  KnownHandler known = nullptr;            // null: there is no other way than the handler
  [[nodiscard]] std::string name() const;  // `row get`
};

// Every operation, grouped by noun.
[[nodiscard]] std::span<const Operation> operations();
[[nodiscard]] const Operation* find_operation(std::string_view noun, std::string_view verb);
// One line about a noun, for help.
[[nodiscard]] std::string_view noun_help(std::string_view noun);

// The option of a param: its name, but `body-file` for the input `body`, `secret-stdin` for the secret `secret`.
[[nodiscard]] std::string option_name(const Param& param);
// Whether that option stands alone: flags, and secrets, which come by standard input.
[[nodiscard]] bool takes_no_value(const Param& param);
// Where a param of an operation stands over HTTP.
enum class HttpPlace { path, query, header, body, member };  // body: all of it; member: of its JSON object
[[nodiscard]] HttpPlace http_place(const Operation& operation, const Param& param);

// Texts as a face received them, by param name, in their order; a flag has no values. They are few, and a request
// takes no memory of its own for most of them.
class RawArgs {
 public:
  using Texts = boost::container::small_vector<std::string, 1>;
  using Entry = std::pair<std::string, Texts>;
  using Entries = boost::container::small_vector<Entry, 4>;

  RawArgs() = default;
  ~RawArgs() {
    for (auto& entry : entries_)
      for (auto& text : entry.second) wipe(text);
  }
  RawArgs(const RawArgs&) = default;
  RawArgs& operator=(const RawArgs&) = default;
  // To move them moves strings within rooms of one size, which needs no memory.
  RawArgs(RawArgs&&) = default;  // NOLINT(bugprone-exception-escape)
  RawArgs& operator=(RawArgs&&) = default;
  RawArgs(std::initializer_list<Entry> entries) : entries_(entries) {}

  // Those of this name; none yet: an empty entry is added.
  Texts& operator[](std::string_view name) {
    const auto it = find(name);
    return it == end() ? entries_.emplace_back(name, Texts()).second : it->second;
  }
  [[nodiscard]] bool contains(std::string_view name) const { return find(name) != end(); }
  [[nodiscard]] Entries::iterator find(std::string_view name) {
    return std::find_if(entries_.begin(), entries_.end(), [name](const Entry& e) { return e.first == name; });
  }
  [[nodiscard]] Entries::const_iterator find(std::string_view name) const {
    return std::find_if(entries_.begin(), entries_.end(), [name](const Entry& e) { return e.first == name; });
  }
  // Those of a name that is there.
  [[nodiscard]] const Texts& at(std::string_view name) const {
    const auto it = find(name);
    if (it == end()) throw std::out_of_range("there is no param " + std::string(name));
    return it->second;
  }
  [[nodiscard]] Entries::iterator end() { return entries_.end(); }
  [[nodiscard]] Entries::const_iterator begin() const { return entries_.begin(); }
  [[nodiscard]] Entries::const_iterator end() const { return entries_.end(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  Entries entries_;
};
// Checks presence, types and choices. Errors carry the tag `usage`.
[[nodiscard]] Result<Args> parse_args(const Operation& operation, RawArgs raw);

// The tag of a mistake in how an operation was asked for; programs end with 2 on it.
inline constexpr std::string_view usage_tag = "usage";
[[nodiscard]] Error usage_error(std::string message, std::string remedy);

// The parts of the table, one per family.
[[nodiscard]] std::vector<Operation> provider_operations();
[[nodiscard]] std::vector<Operation> row_operations();
[[nodiscard]] std::vector<Operation> cell_operations();
[[nodiscard]] std::vector<Operation> change_operations();
[[nodiscard]] std::vector<Operation> run_operations();
[[nodiscard]] std::vector<Operation> schedule_operations();
[[nodiscard]] std::vector<Operation> account_operations();
[[nodiscard]] std::vector<Operation> user_operations();
[[nodiscard]] std::vector<Operation> token_operations();
[[nodiscard]] std::vector<Operation> key_operations();
[[nodiscard]] std::vector<Operation> grant_operations();
[[nodiscard]] std::vector<Operation> audit_operations();
[[nodiscard]] std::vector<Operation> store_operations();
[[nodiscard]] std::vector<Operation> host_operations();  // doctor, config show, version

}  // namespace tento::host
