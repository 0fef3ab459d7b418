// SPDX-License-Identifier: Apache-2.0
// The stub's process, and short ways to say things.
#include "world.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace whoop::test {

namespace json = boost::json;
using namespace tento::testing;

namespace {

constexpr std::string_view real_origin = "https://api.prod.whoop.com";

std::string setting(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  REQUIRE_MESSAGE(value != nullptr, name);
  return value;
}

Service& the_service() {
  static Service service;
  return service;
}

// The day `n` days after a day, `2026-04-29`.
std::string day_after(const std::string& day, int n) {
  const auto parsed = tento::PartialDate::parse("ymd-" + day);
  REQUIRE_MESSAGE(parsed.has_value(), day);
  const tento::Date moved(std::chrono::sys_days(parsed->start()) + std::chrono::days(n));
  return tento::PartialDate::ymd(moved).text().substr(4);
}

// A moment by a clock with an offset, in UTC as the service writes it.
std::string in_utc(const std::string& local, const std::string& offset) {
  const auto time = tento::SemanticTime::parse(local + offset);
  REQUIRE_MESSAGE(time.has_value(), (local + offset));
  std::string text = time->text();
  return text.substr(0, text.size() - 6) + ".000Z";
}

}  // namespace

Service::Service() {
  std::array<int, 2> ends{};
  std::array<int, 2> life{};
  REQUIRE(pipe2(ends.data(), O_CLOEXEC) == 0);
  REQUIRE(pipe2(life.data(), O_CLOEXEC) == 0);
  const std::string node = setting("NODE");
  const std::string script = setting("SERVICE");
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], 1);
    dup2(life[0], 0);
    execl(node.c_str(), node.c_str(), script.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  close(life[0]);
  life_ = life[1];
  std::string port;
  for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';) port += c;
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
  if (!sent.url.starts_with(real_origin)) {
    return tento::fail(tento::ErrorCode::io, tento::ErrorClass::transient, "no such host: " + request.url);
  }
  sent.url = origin_ + sent.url.substr(real_origin.size());
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

void Service::put(const std::string& kind, std::initializer_list<json::value> records) {
  tell("put", {{"kind", kind}, {"records", json::array(records.begin(), records.end())}});
}

void Service::remove(const std::string& kind, const std::string& id) {
  tell("remove", {{"kind", kind}, {"id", id}});
}

void Service::seed(int days) {
  tell("seed", {{"days", days}, {"last", "2026-04-29"}});
}

void Service::answer_next(const std::string& match, int status, const std::string& body, const json::object& headers) {
  tell("next", json::array{json::object{{"match", match}, {"status", status}, {"body", body}, {"headers", headers}}});
}

void Service::spoil(const std::string& match, const std::string& fault, bool keep) {
  tell("fault", {{"match", match}, {"fault", fault}, {"keep", keep}});
}

std::vector<std::string> Service::requests() {
  return json::value_to<std::vector<std::string>>(tell("requests"));
}

std::string fixture(const std::string& name) {
  std::ifstream file(setting("FIXTURES") + "/" + name);
  std::ostringstream out;
  out << file.rdbuf();
  REQUIRE_MESSAGE(!out.str().empty(), name);
  return out.str();
}

json::object record(const std::string& kind, const json::object& members) {
  json::object out = json::parse(fixture(kind + ".json")).as_object();
  for (const auto& [name, value] : members) {
    if (value.is_null()) {
      out.erase(name);
    } else {
      out[name] = value;
    }
  }
  return out;
}

json::object night(const std::string& id, const std::string& day, const std::string& offset, int cycle) {
  return record("sleep", {{"id", id},
                          {"cycle_id", cycle},
                          {"start", in_utc(day_after(day, -1) + "T23:00:00", offset == "Z" ? "+00:00" : offset)},
                          {"end", in_utc(day + "T07:00:00", offset == "Z" ? "+00:00" : offset)},
                          {"timezone_offset", offset}});
}

World::World() : service(the_service()) {
  service.tell("reset");
  host.auth.put({.kind = "whoop", .auth_id = "4711", .label = "mo@example.com", .time_zone = "Europe/Berlin"});
  host.zones.set_zone("Europe/Berlin", 120);
  host.http.use(service);
  auto loaded = FakeProvider::load(host, {&tento_plugin, &tento_connector, &tento_sync_plugin});
  REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.error().message));
  provider = std::move(*loaded);
}

SyncOutcome World::sync(const std::string& stage, const std::string& key, CallPlan plan) {
  const auto done = provider->sync(key, stage, plan);
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

std::vector<std::string> World::cells(const std::string& key) {
  std::vector<std::string> out;
  for (const auto& cell : host.store.cells(key)) out.push_back(cell.id + "@" + cell.date->text());
  return out;
}

json::object World::data(const std::string& id, const std::string& key) {
  const auto found = host.store.cell(key, id);
  REQUIRE_MESSAGE(found.has_value(), id);
  return json::parse(found->data).as_object();
}

std::string World::coverage(const std::string& day, const std::string& key) {
  const auto wanted = tento::PartialDate::parse("ymd-" + day);
  REQUIRE(wanted.has_value());
  std::string out = "unknown";
  for (const auto& said : host.store.coverage(key)) {
    if (said.span.from->start() > wanted->start() || said.span.to->start() <= wanted->start()) continue;
    static constexpr std::array<const char*, 5> words{"unknown", "have", "empty", "stale", "failed"};
    out = words.at(said.state);
  }
  return out;
}

std::vector<std::string> World::changes() {
  static constexpr std::array<const char*, 3> words{"created ", "updated ", "deleted "};
  std::vector<std::string> out;
  for (const auto& change : host.store.changes()) {
    out.push_back(words.at(static_cast<std::size_t>(change.kind)) + change.id);
  }
  host.store.forget_changes();
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace whoop::test
