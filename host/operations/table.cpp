// SPDX-License-Identifier: Apache-2.0
// The whole table of operations.
#include <iterator>

#include "host/operations/operation.hpp"

namespace tento::host {

std::string_view to_string(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
  }
  return "GET";
}

std::string Operation::name() const {
  return noun.empty() ? std::string(verb) : std::string(noun) + " " + std::string(verb);
}

bool takes_no_value(const Param& param) {
  return param.type == ParamType::flag || param.type == ParamType::secret;
}

std::string option_name(const Param& param) {
  return std::string(param.name) + (param.type == ParamType::input    ? "-file"
                                    : param.type == ParamType::secret ? "-stdin"
                                                                      : "");
}

HttpPlace http_place(const Operation& operation, const Param& param) {
  if (operation.http.path.find("{" + std::string(param.name) + "}") != std::string_view::npos) return HttpPlace::path;
  if (!param.header.empty()) return HttpPlace::header;
  if (param.type == ParamType::input) return HttpPlace::body;
  bool taken = operation.http.method == Method::get || operation.http.method == Method::del;
  for (const auto& p : operation.params) taken = taken || p.type == ParamType::input;
  return taken ? HttpPlace::query : HttpPlace::member;
}

std::span<const Operation> operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> out;
    for (auto family : {provider_operations, row_operations, cell_operations, change_operations, run_operations,
                        schedule_operations, account_operations, user_operations, token_operations, grant_operations,
                        audit_operations, key_operations, store_operations, host_operations}) {
      auto part = family();
      out.insert(out.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    }
    return out;
  }();
  return all;
}

const Operation* find_operation(std::string_view noun, std::string_view verb) {
  for (const auto& o : operations())
    if (o.noun == noun && o.verb == verb) return &o;
  return nullptr;
}

std::string_view noun_help(std::string_view noun) {
  if (noun == "provider") return "the providers of the plugin folders, loaded and rejected";
  if (noun == "row") return "rows: their patterns, their cells, syncing and writing them";
  if (noun == "cell") return "single cells of rows";
  if (noun == "change") return "what became of cells";
  if (noun == "run") return "what ran, when, and how it ended";
  if (noun == "account") return "accounts connected at providers";
  if (noun == "user") return "users: each has rows, accounts and tokens of their own";
  if (noun == "token") return "tokens of programs that use the API";
  if (noun == "grant") return "rows that other users may use";
  if (noun == "audit") return "who did what";
  if (noun == "key") return "keys that what accounts authenticate with is sealed with";
  if (noun == "store") return "what is stored";
  if (noun == "config") return "the configuration in effect";
  return {};
}

}  // namespace tento::host
