// SPDX-License-Identifier: Apache-2.0
// The stub's process, and short ways to say things.
#include "world.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace weather::test {

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

std::string side(const std::optional<tento::SemanticTime>& time) {
  return time ? time->text() : "open";
}

}  // namespace

Service::Service() {
  int ends[2];
  int life[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  REQUIRE(pipe2(life, O_CLOEXEC) == 0);
  const char* const node = setting("NODE");
  const char* const script = setting("SERVICE");
  const char* const ajv = setting("AJV");
  const char* const published = setting("PUBLISHED");
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], 1);
    dup2(life[0], 0);
    execl(node, node, script, ajv, published, nullptr);
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
  for (const std::string host : {"api", "archive-api", "air-quality-api", "geocoding-api"}) {
    const std::string real = "https://" + host + ".open-meteo.com/";
    if (sent.url.starts_with(real)) sent.url = origin_ + "/" + sent.url.substr(real.size());
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

void Service::answer_next(const std::string& match, int status, const std::string& body, const json::object& more) {
  json::object answer{{"match", match}, {"status", status}, {"body", body}};
  for (const auto& member : more) answer.insert(member);
  tell("next", json::array{answer});
}

void Service::edit(const std::string& match, json::object change) {
  change["match"] = match;
  tell("edit", json::array{change});
}

std::vector<std::string> Service::requests() {
  return json::value_to<std::vector<std::string>>(tell("requests"));
}

std::size_t Service::asked(const std::string& part) {
  const auto all = requests();
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [&](const std::string& one) { return one.find(part) != std::string::npos; }));
}

json::object Service::days(const std::string& latitude, const std::string& longitude, const std::string& from,
                           const std::string& to) {
  return tell("days", {{"latitude", latitude}, {"longitude", longitude}, {"from", from}, {"to", to}}).as_object();
}

World::World() : service(the_service()) {
  service.tell("reset");
  host.http.use(service);
  auto loaded = FakeProvider::load(host, {&tento_plugin, &tento_connector, &tento_sync_plugin});
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
  provider = std::move(*loaded);
}

World::~World() {
  const json::value violations = service.tell("violations");
  CHECK_MESSAGE(violations.as_array().empty(), json::serialize(violations));
}

SyncOutcome World::sync(const std::string& key, const std::string& stage) {
  const auto done = provider->sync(key, stage);
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
  CHECK(host.store.open_transactions() == 0);
  return *done;
}

SyncOutcome World::sync_days(const std::string& key, std::string_view from, std::string_view to) {
  const auto done = provider->sync(key, "viewport", {}, test::days(from, to));
  REQUIRE_MESSAGE(done.has_value(), (done ? "" : done.error().message));
  return *done;
}

tento::Error World::failed_sync(const std::string& key, const std::string& stage) {
  const auto done = provider->sync(key, stage);
  REQUIRE_FALSE(done.has_value());
  CHECK(host.store.open_transactions() == 0);
  return done.error();
}

void World::set_now(std::string_view rfc3339) {
  const tento::Instant at = tento::datetime(rfc3339);
  host.clock.advance(at - host.clock.now());
  service.tell("set", {{"now", std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count()}});
}

std::vector<std::string> World::dates(const std::string& key) {
  std::vector<std::string> out;
  for (const auto& cell : host.store.cells(key)) out.push_back(cell.date->local_text());
  return out;
}

json::object World::day(const std::string& key, std::string_view date) {
  for (const auto& cell : host.store.cells(key)) {
    if (cell.date->text() == "ymd-" + std::string(date)) return json::parse(cell.data).as_object();
  }
  FAIL("no cell of ", date);
  return {};
}

std::vector<std::string> World::coverage(const std::string& key) {
  static constexpr const char* names[] = {"?", "have", "empty", "stale", "failed"};
  std::vector<std::string> out;
  for (const auto& one : host.store.coverage(key)) {
    out.push_back(std::string(names[one.state]) + " " + side(one.span.from) + " " + side(one.span.to));
  }
  return out;
}

tento::Span days(std::string_view from, std::string_view to) {
  return {tento::PartialDate::ymd(tento::naivedate(from)), tento::PartialDate::ymd(tento::naivedate(to))};
}

}  // namespace weather::test
