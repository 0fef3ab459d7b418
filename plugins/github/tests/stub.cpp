// SPDX-License-Identifier: Apache-2.0
// Paths, pages, versions.
#include "stub.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

namespace github::test {
namespace {

namespace json = boost::json;
using tento::http::Headers;
using tento::http::Request;
using tento::http::Response;

constexpr std::string_view api_origin = "https://api.github.com";

std::string text(const json::object& object, std::string_view name) {
  // What is not a text sorts first and matches nothing: tests make records odd on purpose.
  const json::string* found = object.at(json::string_view(name.data(), name.size())).if_string();
  return found == nullptr ? std::string() : std::string(*found);
}

std::string param(const std::map<std::string, std::string>& query, const std::string& name,
                  const std::string& otherwise = "") {
  const auto at = query.find(name);
  return at == query.end() ? otherwise : at->second;
}

std::map<std::string, std::string> parse_query(std::string_view rest) {
  std::map<std::string, std::string> out;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equal = std::min(pair.find('='), pair.size());
    out.emplace(pair.substr(0, equal), pair.substr(std::min(equal + 1, pair.size())));
  }
  return out;
}

template <class Keep>
std::vector<json::object> only(const std::vector<json::object>& all, Keep&& keep) {
  std::vector<json::object> out;
  std::copy_if(all.begin(), all.end(), std::back_inserter(out), keep);
  return out;
}

}  // namespace

std::string fixture(const std::string& name) {
  std::ostringstream out;
  out << std::ifstream(std::string(GITHUB_FIXTURES) + "/" + name, std::ios::binary).rdbuf();
  return out.str();
}

Stub::Stub() {
  for (const char* name : {"commits", "events", "issues", "notifications", "repositories"}) {
    examples_[name] = json::parse(fixture("examples/" + std::string(name) + ".json")).at(0);
  }
}

void Stub::add_issue(int number, const std::string& created, const std::string& updated, bool pull_request) {
  json::object out = examples_.at("issues").as_object();
  out["number"] = number;
  out["created_at"] = created;
  out["updated_at"] = updated;
  if (!pull_request) out.erase("pull_request");
  issues.push_back(std::move(out));
}

void Stub::add_repository(int id, const std::string& name, const std::string& created) {
  json::object out = examples_.at("repositories").as_object();
  out["id"] = id;
  out["full_name"] = name;
  out["created_at"] = created;
  repositories.push_back(std::move(out));
}

void Stub::add_commit(const std::string& sha, const std::string& committed, std::int64_t author) {
  json::object out = examples_.at("commits").as_object();
  out["sha"] = sha;
  out["commit"].as_object()["committer"].as_object()["date"] = committed;
  out["author"].as_object()["id"] = author;
  commits.push_back(std::move(out));
}

void Stub::force_push(std::vector<json::object> now) {
  left_.push_back(std::move(commits));
  commits = std::move(now);
}

void Stub::add_event(const std::string& id, const std::string& type, const std::string& created,
                     const std::string& repo) {
  json::object out = examples_.at("events").as_object();
  out["id"] = id;
  out["type"] = type;
  out["created_at"] = created;
  out["repo"].as_object()["name"] = repo;
  events.push_back(std::move(out));
}

void Stub::add_notification(const std::string& id, const std::string& updated) {
  json::object out = examples_.at("notifications").as_object();
  out["id"] = id;
  out["updated_at"] = updated;
  notifications.push_back(std::move(out));
}

json::object& Stub::issue(int number) {
  return *std::find_if(issues.begin(), issues.end(),
                       [number](const json::object& i) { return i.at("number") == number; });
}

std::size_t Stub::asked(std::string_view part) const {
  return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), [part](const Request& request) {
    return request.url.find(part) != std::string::npos;
  }));
}

tento::Result<Response> Stub::send(const Request& request) {
  requests.push_back(request);
  std::string_view rest = request.url;
  if (!rest.starts_with(api_origin)) {
    return tento::fail(tento::ErrorCode::io, tento::ErrorClass::transient, "no such host: " + request.url);
  }
  rest.remove_prefix(api_origin.size());
  const std::string path(rest.substr(0, rest.find('?')));
  const auto query = parse_query(rest.substr(std::min(path.size() + 1, rest.size())));
  Answer answered;
  if (!next.empty() && request.url.find(next.front().first) != std::string::npos) {
    answered = next.front().second;
    next.pop_front();
  } else {
    answered = answer(request, path, query);
  }
  Response out;
  out.status = answered.status;
  out.headers = std::move(answered.headers);
  if (!date.empty()) out.headers.push_back({"Date", date});
  out.final_url = request.url;
  bodies += answered.body.size();
  if (!answered.body.empty()) out.body = std::make_unique<tento::http::MemoryBody>(std::move(answered.body), 777);
  return out;
}

Answer Stub::answer(const Request& request, const std::string& path, const Query& query) {
  if (const auto at = single.find(path); at != single.end()) return at->second;
  const std::string repo = "/repos/octocat/Hello-World";
  if (path == "/user") return {200, fixture("examples/user.json")};
  if (path == "/user/repos") return list(request, repositories, query);
  if (path == repo + "/issues" && request.method == "POST") return write_issue(request, std::nullopt);
  if (path == repo + "/issues") return list(request, issues_of(query), query);
  if (path.starts_with(repo + "/issues/")) return write_issue(request, std::stoi(path.substr(repo.size() + 8)));
  if (path == repo + "/commits") {
    const auto committed = [](const json::object& c) {
      const json::object* who = c.at("commit").at("committer").if_object();
      return who != nullptr ? text(*who, "date") : std::string("2026-04-28T00:00:00Z");  // an odd one is still listed
    };
    return list(request,
                only(commits,
                     [&](const json::object& c) {
                       return committed(c) >= param(query, "since") && committed(c) <= param(query, "until", "9999");
                     }),
                query);
  }
  if (const std::string lead = repo + "/compare/"; path.starts_with(lead)) {
    const std::string both = path.substr(lead.size());
    const std::size_t dots = both.find("...");
    return compare(request, both.substr(0, dots), both.substr(dots + 3), query);
  }
  if (path == "/users/octocat/events") {
    auto shown = events;
    if (shown.size() > 300) shown.resize(300);
    return list(request, shown, query);
  }
  if (path == "/notifications") {
    return list(request,
                only(notifications,
                     [&](const json::object& n) {
                       return text(n, "updated_at") >= param(query, "since") &&
                              text(n, "updated_at") < param(query, "before", "9999");
                     }),
                query);
  }
  return {404, R"({"message":"Not Found"})"};
}

std::vector<json::object> Stub::issues_of(const Query& query) const {
  const std::string since = param(query, "since");
  auto out = only(issues, [&](const json::object& i) {
    return text(i, "updated_at") > since || (!strict_since && text(i, "updated_at") == since);
  });
  const std::string key = param(query, "sort", "created") + "_at";
  const bool descending = param(query, "direction", "desc") == "desc";
  std::stable_sort(out.begin(), out.end(), [&](const json::object& a, const json::object& b) {
    return descending ? text(a, key) > text(b, key) : text(a, key) < text(b, key);
  });
  return out;
}

// Pages are of per_page records; what follows is at another path, by number, as the service does it.
Answer Stub::list(const Request& request, const std::vector<json::object>& all, const Query& query) {
  const std::size_t size = std::stoul(param(query, "per_page", "30"));
  const std::size_t page = std::stoul(param(query, "page", "1"));
  json::array shown;
  for (std::size_t i = (page - 1) * size; i < std::min(page * size, all.size()); ++i) shown.push_back(all[i]);
  Answer out;
  out.body = json::serialize(shown);
  const std::string version = "W/\"" + std::to_string(std::hash<std::string>{}(out.body)) + "\"";
  out.headers = {{"ETag", version}, {"X-RateLimit-Remaining", "4999"}, {"X-RateLimit-Reset", "1507651200000"}};
  if (!poll_interval.empty()) out.headers.push_back({"X-Poll-Interval", poll_interval});
  if (tento::http::find_header(request.headers, "If-None-Match") == std::string_view(version)) {
    return {304, "", out.headers};  // without a Link
  }
  if (page * size < all.size()) {
    std::string url = request.url.substr(0, request.url.find("&page="));
    out.headers.push_back({"Link", "<" + url + "&page=" + std::to_string(page + 1) + ">; rel=\"next\""});
  }
  return out;
}

// What a commit leads to, itself first: a branch is one line here.
std::vector<json::object> Stub::history(const std::string& sha) const {
  auto lines = left_;
  lines.push_back(commits);
  for (const auto& line : lines) {
    const auto at =
        std::find_if(line.begin(), line.end(), [&](const json::object& c) { return text(c, "sha") == sha; });
    if (at != line.end()) return {at, line.end()};
  }
  return {};
}

// What `head` leads to and `base` does not, oldest first, a page of it; and much else before and after.
Answer Stub::compare(const Request& request, const std::string& base, const std::string& head, const Query& query) {
  const auto from_base = history(base);
  const auto from_head = history(head);
  const auto in_base = [&](const json::object& c) {
    return std::any_of(from_base.begin(), from_base.end(),
                       [&](const json::object& b) { return text(b, "sha") == text(c, "sha"); });
  };
  const auto merge = std::find_if(from_head.begin(), from_head.end(), in_base);
  if (merge == from_head.end()) return {404, R"({"message":"No common ancestor between the two."})"};
  auto ahead = only(from_head, [&](const json::object& c) { return !in_base(c); });
  std::reverse(ahead.begin(), ahead.end());
  Answer out = list(request, ahead, query);
  json::object body;
  body["base_commit"] = from_base.front();
  body["merge_base_commit"] = *merge;
  body["status"] = ahead.empty() ? "behind" : "diverged";
  body["total_commits"] = ahead.size();
  body["commits"] = json::parse(out.body);
  body["files"] = json::array{json::object{{"sha", "a"}, {"filename", "f"}}};
  out.body = json::serialize(body);
  return out;
}

Answer Stub::write_issue(const Request& request, std::optional<int> number) {
  if (!number) {
    const json::value body = json::parse(request.body);
    const json::object& asked = body.as_object();
    if (!asked.contains("title")) {
      return {
          422,
          R"({"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing_field"}]})"};
    }
    const int made = static_cast<int>(issues.size()) + 1000;
    add_issue(made, "2026-04-29T12:00:00Z", "2026-04-29T12:00:00Z");
    issue(made)["title"] = asked.at("title");
    return {201, json::serialize(issue(made))};
  }
  const auto at =
      std::find_if(issues.begin(), issues.end(), [&](const json::object& i) { return i.at("number") == *number; });
  if (at == issues.end()) return {404, R"({"message":"Not Found"})"};
  if (request.method == "PATCH") {
    const json::value changes = json::parse(request.body);
    for (const auto& [name, value] : changes.as_object()) (*at)[name] = value;
    (*at)["updated_at"] = "2026-04-29T12:00:01Z";
  }
  return {200, json::serialize(*at)};
}

}  // namespace github::test
