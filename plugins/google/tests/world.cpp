// SPDX-License-Identifier: Apache-2.0
// The stub's process, and short ways to say things.
#include "world.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace google::test {

namespace json = boost::json;
using namespace tento::testing;

namespace {

const char* setting(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  REQUIRE_MESSAGE(value != nullptr, name);
  return value;
}

Service& the_service() {
  static Service service;
  return service;
}

}  // namespace

Service::Service() {
  int ends[2];
  int life[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(pipe2(life, O_CLOEXEC) == 0);
  const char* const node = setting("NODE");
  const char* const script = setting("SERVICE");
  const char* const ical = setting("ICAL_JS");
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], 1);
    dup2(life[0], 0);
    execl(node, node, script, ical, nullptr);
    _exit(127);
  }
  close(ends[1]);
  close(life[0]);
  life_ = life[1];
  std::string port;
  char c = 0;
  while (read(ends[0], &c, 1) == 1 && c != '\n') port += c;
  close(ends[0]);
  REQUIRE_MESSAGE(!port.empty(), "the stub did not start: run scripts/setup --test");
  origin_ = "http://127.0.0.1:" + port;
  auto made = tento::http::Client::create();
  REQUIRE(made.has_value());
  http_ = std::move(*made);
}

Service::~Service() {
  close(life_);
  waitpid(pid_, nullptr, 0);
}

tento::Result<tento::http::Response> Service::send(const tento::http::Request& request) {
  tento::http::Request sent = request;
  for (const std::string real : {"https://www.googleapis.com", "https://openidconnect.googleapis.com"}) {
    if (sent.url.starts_with(real)) sent.url = origin_ + sent.url.substr(real.size());
  }
  if (!sent.url.starts_with(origin_)) {
    return tento::fail(tento::ErrorCode::io, tento::ErrorClass::transient, "no such host: " + request.url);
  }
  return http_->send(sent);
}

json::value Service::tell(const std::string& what, const json::value& body) {
  tento::http::Request request;
  request.method = "POST";
  request.url = origin_ + "/stub/" + what;
  request.body = json::serialize(body);
  auto answer = http_->send(request);
  REQUIRE_MESSAGE(answer.has_value(), (answer ? "" : answer.error().message));
  const auto text = tento::http::read_all(*answer);
  REQUIRE(text.has_value());
  REQUIRE_MESSAGE(answer->status < 300, *text);
  return text->empty() ? json::value() : json::parse(*text);
}

void Service::put(std::initializer_list<json::value> events) {
  tell("put", {{"events", json::array(events.begin(), events.end())}});
}

void Service::answer_next(const std::string& match, int status, const std::string& body, const json::object& headers) {
  tell("next", json::array{json::object{{"match", match}, {"status", status}, {"body", body}, {"headers", headers}}});
}

std::vector<std::string> Service::requests() {
  return json::value_to<std::vector<std::string>>(tell("requests"));
}

std::string refusal(int code, const std::string& reason, const std::string& message) {
  const json::object one{{"domain", "usageLimits"}, {"reason", reason}, {"message", message}};
  return json::serialize(json::object{{"error", {{"code", code}, {"message", message}, {"errors", json::array{one}}}}});
}

json::object timed(const std::string& id, const std::string& start, const std::string& end, const std::string& title) {
  return {{"id", id},
          {"summary", title},
          {"start", {{"dateTime", start}, {"timeZone", "Europe/Berlin"}}},
          {"end", {{"dateTime", end}, {"timeZone", "Europe/Berlin"}}}};
}

json::object days(const std::string& id, const std::string& start, const std::string& end, const std::string& title) {
  return {{"id", id}, {"summary", title}, {"start", {{"date", start}}}, {"end", {{"date", end}}}};
}

json::object series(json::object event, std::initializer_list<json::string_view> lines) {
  event["recurrence"] = json::array(lines.begin(), lines.end());
  return event;
}

World::World() : service(the_service()) {
  service.tell("reset");
  host.auth.put({.kind = "google", .auth_id = "1", .label = "me@example.com"});
  host.http.use(service);
  auto loaded = FakeProvider::load(host, {&tento_plugin, &tento_connector, &tento_sync_plugin});
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
  provider = std::move(*loaded);
}

SyncOutcome World::sync(const std::string& stage, const std::string& key) {
  const auto done = provider->sync(key, stage);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
  CHECK(host.store.open_transactions() == 0);
  return *done;
}

tento::Error World::failed_sync(const std::string& stage, const std::string& key) {
  const auto done = provider->sync(key, stage);
  REQUIRE_FALSE(done.has_value());
  CHECK(host.store.open_transactions() == 0);
  return done.error();
}

std::vector<std::string> World::ids(const std::string& key) {
  std::vector<std::string> out;
  for (const auto& cell : host.store.cells(key)) out.push_back(cell.id);
  return out;
}

StoredCell World::cell(const std::string& id) {
  const auto found = host.store.cell(events_key, id);
  REQUIRE_MESSAGE(found.has_value(), id);
  return *found;
}

json::object World::data(const std::string& id) {
  return json::parse(cell(id).data).as_object();
}

std::vector<StoredCell> World::write(std::uint32_t verb, WriteArgs args) {
  auto done = provider->write(verb, events_key, std::move(args));
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
  return *done;
}

tento::Error World::failed_write(std::uint32_t verb, WriteArgs args) {
  auto done = provider->write(verb, events_key, std::move(args));
  REQUIRE_FALSE(done.has_value());
  return done.error();
}

std::vector<std::string> World::upstream_ids(const std::string& from, const std::string& to) {
  tento::http::Request request;
  request.url =
      "https://www.googleapis.com/calendar/v3/calendars/me%40example.com/"
      "events?maxResults=2500&singleEvents=true&timeMin=" +
      from + "&timeMax=" + to;
  auto answer = service.send(request);
  REQUIRE(answer.has_value());
  const auto text = tento::http::read_all(*answer);
  std::vector<std::string> out;
  const json::value body = json::parse(*text);
  for (const json::value& one : body.at("items").as_array()) out.push_back(json::value_to<std::string>(one.at("id")));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace google::test
