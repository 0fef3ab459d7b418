// SPDX-License-Identifier: Apache-2.0
// Runs the server until it is asked to end; a hangup makes it read its configuration again.
#include "host/cli/serve.hpp"

#include <unistd.h>

#include <condition_variable>
#include <mutex>

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/base/text.hpp"
#include "host/base/version.hpp"
#include "host/cli/text_out.hpp"
#include "host/metrics/metrics.hpp"
#include "host/operations/upkeep.hpp"
#include "host/server/api.hpp"
#include "host/server/server.hpp"
#include "host/server/socket_file.hpp"
#include "host/store/store_files.hpp"

namespace tento::cli {
namespace {

using host::Config;
using host::lower;
using host::server::RequestPolicy;

constexpr std::chrono::seconds drain_time{30};
constexpr std::chrono::seconds tick_every{30};

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

// What a hangup cannot change, by name.
std::string needs_restart(const Config& before, const Config& after) {
  std::string names;
  for (const auto& entry : after.entries) {
    static constexpr std::string_view live[] = {"server.public_url", "server.hosts", "server.cors_origins",
                                                "server.open_loopback", "audit.keep_days"};
    if (std::find(std::begin(live), std::end(live), entry.key) != std::end(live)) continue;
    for (const auto& old : before.entries)
      if (old.key == entry.key && old.value != entry.value) names += (names.empty() ? "" : ", ") + entry.key;
  }
  return names;
}

// Old entries go when the host starts, and then once a day, as the configuration says by then.
class Upkeep {
 public:
  Upkeep(host::Store& store, const host::Log& log) : store_(store), log_(log) {}
  void look(const Config& config) {
    const auto now = std::chrono::steady_clock::now();
    if (now < due_) return;
    due_ = now + host::upkeep_every;
    const auto done = host::forget_what_is_old(store_, config, host::unix_now_us());
    if (!done) return log_(host::LogLevel::error, "old entries could not be dropped: " + done.error().message);
    if (done->audit > 0)
      log_(host::LogLevel::info, "dropped " + std::to_string(done->audit) + " old entries of the audit log");
  }

 private:
  host::Store& store_;
  const host::Log& log_;
  std::chrono::steady_clock::time_point due_;
};

// A store that nobody wrote to for a while is brought into its one file.
class Rest {
 public:
  explicit Rest(host::Store& store) : store_(store) {}
  void look() {
    const auto writes = store_.changes().version();
    if (writes != seen_)
      seen_ = writes;
    else
      static_cast<void>(store_.maintenance().settle());  // what is left is taken in the next time
  }

 private:
  host::Store& store_;
  std::uint64_t seen_ = 0;
};

// What the signals' thread tells this one.
struct Wishes {
  std::mutex lock;
  std::condition_variable changed;
  bool end = false;
  bool reload = false;
};

}  // namespace

Result<void> serve(host::Engine& engine, Signals& signals, TextOut& out, const std::function<Result<Config>()>& reload,
                   const host::Log& log) {
  const Config& config = engine.config();
  engine.measure(std::make_shared<host::Metrics>(std::string(host::host_version())));
  TENTO_TRY_ASSIGN(auto* host, engine.host());
  TENTO_TRY(host->start_syncing());
  TENTO_TRY(host->account_service().resume_devices());

  host::server::ServerOptions options;
  options.listen = config.listen;
  options.socket_file = host::server::socket_file(config.data_dir);
  options.certificate = config.certificate;
  options.private_key = config.private_key;
  options.log = log;
  host::server::Api api(engine, policy_of(config, config.listen), log);
  TENTO_TRY_ASSIGN(const auto server, host::server::Server::start(std::move(options), api));
  const RequestPolicy policy = policy_of(config, server->address());
  api.set_policy(policy);

  Config now = config;
  Upkeep upkeep(host->store(), log);
  upkeep.look(now);
  Rest rest(host->store());

  const auto wishes = std::make_shared<Wishes>();
  signals.on_interrupt([wishes] {
    const std::scoped_lock hold(wishes->lock);
    wishes->end = true;
    wishes->changed.notify_all();
  });
  signals.on_hangup([wishes] {
    const std::scoped_lock hold(wishes->lock);
    wishes->reload = true;
    wishes->changed.notify_all();
  });
  // Whoever reads this may end it at once.
  out.write("listening on " + policy.public_url + "\n");
  out.flush();
  std::unique_lock hold(wishes->lock);
  for (;;) {
    const bool wished = wishes->changed.wait_for(hold, tick_every, [&] { return wishes->end || wishes->reload; });
    if (wishes->end) break;
    if (!wished) {
      hold.unlock();
      api.tick();
      upkeep.look(now);
      rest.look();
      hold.lock();
      continue;
    }
    wishes->reload = false;
    hold.unlock();
    auto fresh = reload();
    const auto certificate = server->reload_certificate();
    if (fresh) {
      api.set_policy(policy_of(*fresh, server->address()));
      const auto names = needs_restart(config, *fresh);
      now = std::move(*fresh);
      log(host::LogLevel::info, "the configuration was read again");
      if (!names.empty()) log(host::LogLevel::warn, "these settings wait for a restart: " + names);
    } else {
      log(host::LogLevel::error, "the configuration stays as it was: " + fresh.error().message);
    }
    if (!certificate) log(host::LogLevel::error, "the certificate stays as it was: " + certificate.error().message);
    hold.lock();
  }
  hold.unlock();
  api.not_ready();
  log(host::LogLevel::info, "ending: answers under way finish");
  if (!server->drain(drain_time)) log(host::LogLevel::warn, "some answers took too long and were cut");
  server->stop();
  api.tick();
  return {};
}

}  // namespace tento::cli
