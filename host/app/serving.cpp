// SPDX-License-Identifier: Apache-2.0
// The API of an app behind a server.
#include "host/app/serving.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "host/base/text.hpp"
#include "host/server/api.hpp"
#include "host/server/server.hpp"
#include "host/server/socket_file.hpp"

namespace tento::host {
namespace {

using server::RequestPolicy;

constexpr std::chrono::seconds note_uses_every{30};
constexpr std::chrono::seconds stop_timeout{5};  // with workers whose clients are gone

// For the store, syncs, the socket file and what providers open.
constexpr std::size_t reserved_descriptors = 512;

// How many files this process may have open, raised towards what is wanted.
std::size_t raise_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur >= wanted) return wanted;
  const auto before = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  return static_cast<std::size_t>(limit.rlim_cur);
}

// Connections have what is left, and at least a half: a host that nobody can reach is none.
std::size_t connections_for(std::size_t descriptors, std::size_t wanted) {
  const std::size_t left =
      descriptors > 2 * reserved_descriptors ? descriptors - reserved_descriptors : descriptors / 2;
  return std::min(wanted, left);
}

// What comes behind the scheme.
std::string host_of(const std::string& url) {
  const auto at = url.find("://");
  return lower(at == std::string::npos ? url : url.substr(at + 3));
}

RequestPolicy policy_of(const Config& config, const std::string& address) {
  RequestPolicy policy;
  const std::string port = address.substr(address.rfind(':') + 1);
  policy.hosts = {address, "127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port};
  const std::string scheme = config.certificate.empty() ? "http://" : "https://";
  policy.public_url = config.public_url.empty() ? scheme + address : config.public_url;
  policy.hosts.push_back(host_of(policy.public_url));
  for (const auto& name : config.server_hosts) {
    policy.hosts.push_back(lower(name));
    if (name.find(':') == std::string::npos) policy.hosts.push_back(lower(name) + ":" + port);
  }
  for (const auto& name : {std::string("127.0.0.1"), std::string("localhost"), std::string("[::1]")})
    policy.origins.push_back(scheme + name + ":" + port);
  policy.origins.push_back(lower(policy.public_url));
  for (const auto& origin : config.cors_origins) policy.cors.push_back(lower(origin));
  policy.open_loopback = config.open_loopback;
  return policy;
}

// What changes only with a restart, by name.
std::string needs_restart(const Config& before, const Config& after) {
  std::vector<std::string_view> names;
  for (const auto& entry : after.entries) {
    static constexpr std::string_view live[] = {"server.public_url",    "server.hosts",    "server.cors_origins",
                                                "server.open_loopback", "audit.keep_days", "changes.keep_days"};
    if (std::find(std::begin(live), std::end(live), entry.key) != std::end(live)) continue;
    for (const auto& old : before.entries)
      if (old.key == entry.key && old.value != entry.value) names.push_back(entry.key);
  }
  return join(names);
}

}  // namespace

struct Serving::Impl {
  explicit Impl(App& of)
      : app(of), api(of, of.host(), of.metrics(), policy_of(of.config(), of.config().listen), of.log()) {}

  void say(LogLevel level, const std::string& text) const {
    if (app.log()) app.log()(level, text);
  }

  App& app;
  server::Api api;
  std::unique_ptr<server::Server> server;
  std::string public_url;
  Timetable::Entry uses;
};

Serving::Serving(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Serving::~Serving() {
  // What a request that is stuck in its provider may still use is left to the end of the process.
  if (!impl_->server->stop(stop_timeout)) static_cast<void>(impl_.release());
}

Result<std::unique_ptr<Serving>> Serving::start(App& app) {
  TENTO_TRY(app.start());
  const Config& config = app.config();
  auto impl = std::make_unique<Impl>(app);
  server::ServerOptions options;
  options.listen = config.listen;
  options.socket_file = server::socket_file(config.data_dir);
  options.certificate = config.certificate;
  options.private_key = config.private_key;
  options.log = app.log();
  const auto& limits = config.limits;
  options.limits.body_bytes = limits.body_bytes;
  options.limits.bodies = {limits.bodies_per_caller_bytes, limits.bodies_bytes};
  options.limits.workers = limits.requests_at_work;
  options.limits.waiting = limits.requests_in_line;
  options.limits.connections = limits.connections;
  options.limits.connections =
      connections_for(raise_descriptors(options.limits.connections + reserved_descriptors), options.limits.connections);
  TENTO_TRY_ASSIGN(impl->server, server::Server::start(std::move(options), impl->api));
  auto policy = policy_of(config, impl->server->address());
  impl->public_url = policy.public_url;
  impl->api.set_policy(std::move(policy));
  // What a burst of requests took goes back to the system: caches that nobody uses any more, and what the C library
  // keeps for the next burst.
  impl->uses = app.timetable().every(note_uses_every, [&api = impl->api, host = app.host()] {
    api.tick();
    host.row_documents.forget_unused();
    host.store.maintenance().release_unused_memory();
    ::malloc_trim(0);
  });
  return std::unique_ptr<Serving>(new Serving(std::move(impl)));
}

const std::string& Serving::public_url() const {
  return impl_->public_url;
}

void Serving::reload(const Result<Config>& fresh) {
  Impl& self = *impl_;
  if (fresh) {
    self.app.reload(*fresh);
    self.api.set_policy(policy_of(*fresh, self.server->address()));
    self.say(LogLevel::info, "the configuration was read again");
    if (const auto names = needs_restart(self.app.config(), *fresh); !names.empty())
      self.say(LogLevel::warn, "these settings wait for a restart: " + names);
  } else {
    self.say(LogLevel::error, "the configuration stays as it was: " + fresh.error().message);
  }
  if (const auto read = self.server->reload_certificate(); !read)
    self.say(LogLevel::error, "the certificate stays as it was: " + read.error().message);
}

bool Serving::end(std::chrono::milliseconds deadline) {
  Impl& self = *impl_;
  self.api.not_ready();
  self.say(LogLevel::info, "ending: answers under way finish");
  const bool drained = self.server->drain(deadline);
  if (!drained) self.say(LogLevel::warn, "some answers took too long and were cut");
  const bool all_came_back = self.server->stop(stop_timeout);
  self.uses.reset();
  self.api.tick();
  return drained && all_came_back;
}

}  // namespace tento::host
