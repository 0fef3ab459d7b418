// SPDX-License-Identifier: Apache-2.0
// CPU of the server a request: a range of a stored row through the whole of it (host check, token, route, key, guards,
// coverage, cells), against bare Beast with one prepared SELECT inline; the same range again, and unchanged, against
// bare Beast that sends those bytes, and nginx that sends them from a file. Our requests carry a token.
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <fstream>
#include <functional>
#include <thread>

#include "host/access/token_text.hpp"
#include "host/app/app.hpp"
#include "host/server/api.hpp"
#include "host/server/server.hpp"
#include "host/store/cells_json.hpp"
#include "host/store/store.hpp"
#include "tests/bench/harness.hpp"
#include "tests/bench/server/allocations.hpp"
#include "tests/bench/server/bare_server.hpp"
#include "tests/bench/server/client.hpp"
#include "tests/bench/store_fixture.hpp"

namespace {

using namespace tento;
using namespace tento::bench;

constexpr std::uint64_t stored = 100'000;
constexpr std::uint64_t requests = 4'000;
constexpr const char* key = ":~sample:a:events";

std::string instant(std::int64_t us) {
  tento_semantic_time time{};
  time.kind = TENTO_TIME_INSTANT;
  time.unix_us = us;
  std::string out;
  host::append_semantic_time(out, time);
  return out;
}

host::Moments range_of(std::uint64_t nth, std::uint64_t cells) {
  const auto first = (nth * 7919) % (stored - cells);
  return {sample(first).at_us, sample(first + cells).at_us};
}
std::string our_target(const host::Moments& range) {
  return std::string("/api/rows/") + key + "/cells?from=" + instant(range.from_us) + "&to=" + instant(range.to_us);
}

// The program's own parts, put together as it does: an app over a folder with a provider, its API, its server.
class Ours {
 public:
  explicit Ours(const std::string& folder) : app_(must(host::App::open({.config = config(folder)}))) {
    const auto& host = app_->host();
    const auto owner = must(host.store.users().default_user());
    host::AccountRecord account;
    account.owner = owner.id;
    account.provider = account.kind = "sample";
    account.integration = "Sample";
    account.auth_id = "a";
    must(host.store.accounts().put(account, std::nullopt));
    row_ = must(host.dispatcher.resolve(owner, key, TENTO_VERB_GET)).row;
    row_ = must(host.store.rows().ensure(row_));
    std::vector<Sample> samples(1000);
    std::vector<host::CellInput> cells(1000);
    for (std::uint64_t n = 0; n < stored; n += 1000) {
      for (std::uint64_t i = 0; i < 1000; ++i) cells[i] = input(samples[i] = sample(n + i));
      must(host.store.cells().persist(row_.id, cells, {}));
    }
    host::CoverageInput all;
    all.span = {0, sample(stored).at_us};
    must(host.store.rows().add_coverage(row_.id, std::span(&all, 1)));

    const auto text = host::new_token();
    host::TokenRecord token;
    token.id = host::new_token_id();
    token.owner = owner.id;
    token.name = "bench";
    token.hash = host::token_hash(text);
    token.scopes = {"read"};
    must(host.store.tokens().add(token));
    fields_ = "Accept: application/json\r\nAuthorization: Bearer " + text + "\r\n";

    host::server::RequestPolicy policy;
    policy.hosts = {"localhost"};
    api_ = std::make_unique<host::server::Api>(*app_, host, app_->metrics(), policy, nullptr);
    host::server::ServerOptions options;
    options.listen = "127.0.0.1:0";
    server_ = must(host::server::Server::start(options, *api_));
  }
  // What each request says beside its target; the bare server is asked without the token.
  [[nodiscard]] const std::string& fields() const { return fields_; }
  [[nodiscard]] std::uint16_t port() const {
    const auto& address = server_->address();
    return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  }
  void end() {
    server_.reset();
    api_.reset();
    app_->shutdown(3000);
  }
  host::Store& store() { return app_->host().store; }
  const Uuid& row() const { return row_.id; }

 private:
  static host::Config config(const std::string& folder) {
    host::Config out;
    out.data_dir = folder + "/data";
    out.plugin_dirs = {folder + "/plugins"};
    out.time_zone = "UTC";
    return out;
  }
  const std::unique_ptr<host::App> app_;
  host::RowRecord row_;
  std::string fields_;
  std::unique_ptr<host::server::Api> api_;
  std::unique_ptr<host::server::Server> server_;
};

std::string_view text(sqlite3_stmt* statement, int column) {
  return {static_cast<const char*>(sqlite3_column_blob(statement, column)),
          static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

// The cells of a range, as bench-range does it.
void append_range(sqlite3_stmt* statement, std::int64_t from, std::int64_t to, std::string& out) {
  bool first = true;
  sqlite3_bind_int64(statement, 1, from);
  sqlite3_bind_int64(statement, 2, to);
  out += "{\"cells\":[";
  while (sqlite3_step(statement) == SQLITE_ROW) {
    out += first ? "{\"id\":\"" : ",{\"id\":\"";
    first = false;
    out += text(statement, 0);
    out += "\",\"date\":\"";
    host::append_semantic_time(
        out, host::unpack_time(sqlite3_column_int64(statement, 1), sqlite3_column_int64(statement, 2)));
    out += "\",\"end_date\":null,\"data\":";
    out += text(statement, 3);
    out += '}';
  }
  out += "]}";
  sqlite3_reset(statement);
}

// What a request costs beside its CPU, of both: calls of malloc, page faults (a buffer that is mapped for it has many),
// and how often threads changed (to the client and back; a hop to another of ours is one more).
struct Spent {
  double allocations = 0, faults = 0, switches = 0;
};
Spent spent_by(const std::function<std::uint64_t()>& work) {
  const auto now = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return Spent{static_cast<double>(allocations()), static_cast<double>(usage.ru_minflt),
                 static_cast<double>(usage.ru_nvcsw + usage.ru_nivcsw)};
  };
  const auto before = now();
  const auto count = static_cast<double>(work());
  const auto after = now();
  return {(after.allocations - before.allocations) / count, (after.faults - before.faults) / count,
          (after.switches - before.switches) / count};
}
void report_spent(Report& report, const std::string& of, const std::function<std::uint64_t()>& ours,
                  const std::function<std::uint64_t()>& bare) {
  const auto us = spent_by(ours);
  const auto them = spent_by(bare);
  report.value(of + ", allocations", us.allocations, them.allocations, informative());
  report.number(of + ", page faults", us.faults, at_most(0.5));
  report.value(of + ", switches of threads", us.switches, them.switches, at_most(1.25));
}

// CPU of all of a process's threads so far, in seconds.
double cpu_of(pid_t pid) {
  double sum = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(thread.path() / "schedstat");
    double ns = 0;
    file >> ns;
    sum += ns * 1e-9;
  }
  return sum;
}

// From here on this thread, and what it starts, runs on the processor of that number.
void run_on(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(processor), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

// How long reads take while somebody writes as fast as the store takes it, as a sync does, beside an idle host. The
// host has one processor, who asks it another where there is one; the writer gives way as a provider's thread does.
void report_waits(Report& report, Ours& ours, const std::string& at) {
  const auto asked = [&](std::uint64_t from) {
    std::vector<std::string> targets;
    for (std::uint64_t i = 0; i < requests; ++i) targets.push_back(our_target(range_of(from + i, 3)));
    write_requests(at + "/reads", targets, ours.fields());
    return time_all(ours.port(), at + "/reads");
  };
  const bool apart = std::thread::hardware_concurrency() > 1 || ::sysconf(_SC_NPROCESSORS_ONLN) > 1;
  if (apart) run_on(1);
  const auto idle = asked(500'000);
  std::atomic<bool> enough{false};
  std::thread writer([&] {
    run_on(0);
    ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + 5);
    std::vector<Sample> samples(1000);
    std::vector<host::CellInput> cells(1000);
    for (std::uint64_t n = 2 * stored; !enough; n += 1000) {
      for (std::uint64_t i = 0; i < 1000; ++i) cells[i] = input(samples[i] = sample(n + i));
      must(ours.store().cells().persist(ours.row(), cells, {}));
    }
  });
  const auto busy = asked(600'000);
  enough = true;
  writer.join();
  report.value("p50 of a read of 3 cells while a sync writes, us", busy.p50_us, idle.p50_us, informative());
  report.value("p99 of a read of 3 cells while a sync writes, us", busy.p99_us, idle.p99_us,
               apart ? at_most(3) : informative());
}

// nginx with one worker that serves a folder; absent where it is not installed.
class Nginx {
 public:
  explicit Nginx(const std::string& folder) {
    std::ofstream(folder + "/nginx.conf")
        << "daemon off; master_process off; pid " << folder << "/nginx.pid; error_log " << folder
        << "/nginx.log; events {} http { access_log off; keepalive_requests "
        << "1000000; client_body_temp_path " << folder << "; server { listen 127.0.0.1:" << port << "; root " << folder
        << "/www; } }";
    const std::string file = folder + "/nginx.conf";
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execlp("nginx", "nginx", "-p", folder.c_str(), "-c", file.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
  }
  ~Nginx() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;
  [[nodiscard]] bool runs() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }
  [[nodiscard]] double cpu() const { return cpu_of(pid_); }
  static constexpr std::uint16_t port = 17'991;

 private:
  pid_t pid_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (is_client(argc, argv)) return run_client(argc, argv);
  Report report("server", argc, argv);
  const Folder folder;
  const std::string& at = folder.path();
  std::filesystem::create_directories(at + "/plugins");
  std::filesystem::permissions(at + "/plugins", std::filesystem::perms(0755));
  std::filesystem::copy_file(TENTO_SAMPLE_PLUGIN, at + "/plugins/tento-sample.so");
  std::filesystem::permissions(at + "/plugins/tento-sample.so", std::filesystem::perms(0755));
  Ours ours(at);
  Bare bare(at + "/data");
  auto* statement = bare.prepare(
      "SELECT ident, date, start_us, data, end_date, end_us FROM cells WHERE row = 1 AND start_us >= ?1 AND start_us < "
      "?2 ORDER BY start_us, end_us DESC, ident");
  std::string fixed;
  bool send_fixed = false;
  BareServer beast([&](std::string_view target, std::string& out) {
    if (send_fixed) {
      out = fixed;
      return;
    }
    // Not NUL-terminated: what stands behind it is anything.
    const char* const last = target.data() + target.size();
    std::int64_t from = 0, to = 0;
    const auto dash = std::from_chars(target.data() + 1, last, from).ptr;
    std::from_chars(dash + 1, last, to);
    append_range(statement, from, to, out);
  });
  const auto sends = [&](std::uint16_t port, const std::string& file) {
    return [port, file] {
      send_all(port, file);
      return requests;
    };
  };
  const PairOptions options{.cpu = Cpu::process, .pairs = 9};

  std::uint64_t next = 1;  // ranges that nobody asked for before
  for (const std::uint64_t cells : {std::uint64_t{3}, std::uint64_t{300}}) {
    const auto fresh = [&](std::uint16_t port, bool is_ours) {
      return [&, port, is_ours, cells] {
        std::vector<std::string> targets;
        for (std::uint64_t i = 0; i < requests; ++i) {
          const auto range = range_of(next + i, cells);
          targets.push_back(is_ours ? our_target(range)
                                    : "/" + std::to_string(range.from_us) + "-" + std::to_string(range.to_us));
        }
        next += is_ours ? requests : 0;
        const std::string file = at + "/requests";
        write_requests(file, targets, is_ours ? ours.fields() : "Accept: application/json\r\n");
        return file;
      };
    };
    // The files are made outside of what is measured.
    std::vector<std::string> our_files, bare_files;
    const auto make = [&](std::vector<std::string>& files, const std::string& name, bool is_ours) {
      for (int i = 0; i < 30; ++i) {
        std::filesystem::rename(fresh(0, is_ours)(), at + "/" + name + std::to_string(i));
        files.push_back(at + "/" + name + std::to_string(i));
      }
    };
    make(our_files, "ours", true);
    make(bare_files, "bare", false);
    std::size_t our_turn = 0, bare_turn = 0;
    report.pair(
        "a range of " + std::to_string(cells) + " cells from the store, us CPU", 1e6, at_most(1.25),
        [&] { return sends(ours.port(), our_files[our_turn++ % our_files.size()])(); },
        [&] { return sends(beast.port(), bare_files[bare_turn++ % bare_files.size()])(); }, options);
    report_spent(report, "a request for " + std::to_string(cells) + " cells",
                 sends(ours.port(), our_files[our_turn++ % our_files.size()]),
                 sends(beast.port(), bare_files[bare_turn++ % bare_files.size()]));
  }

  send_fixed = true;
  const auto target = our_target(range_of(1, 2));
  const auto answer = fetch(ours.port(), target, ours.fields());
  const auto head_end = answer.find("\r\n\r\n");
  fixed = answer.substr(head_end + 4);
  const auto tag_at = answer.find("ETag: ") + 6;
  const auto tag = answer.substr(tag_at, answer.find("\r\n", tag_at) - tag_at);
  write_requests(at + "/again", std::vector<std::string>(requests, target), ours.fields());
  write_requests(at + "/unchanged", std::vector<std::string>(requests, target),
                 ours.fields() + "If-None-Match: " + tag + "\r\n");
  write_requests(at + "/fixed", std::vector<std::string>(requests, "/file.json"), "Accept: application/json\r\n");
  report.pair("the same range again (" + std::to_string(fixed.size()) + " bytes), us CPU", 1e6, at_most(1.25),
              sends(ours.port(), at + "/again"), sends(beast.port(), at + "/fixed"), options);
  report_spent(report, "the same request again", sends(ours.port(), at + "/again"), sends(beast.port(), at + "/fixed"));
  {
    std::filesystem::create_directories(at + "/www");
    std::ofstream(at + "/www/file.json", std::ios::binary) << fixed;
    const Nginx nginx(at);
    if (nginx.runs()) {
      std::vector<double> us, them;
      for (int i = 0; i < 9; ++i) {
        auto before = cpu_seconds(Cpu::process);
        send_all(ours.port(), at + "/again");
        us.push_back((cpu_seconds(Cpu::process) - before) * 1e6 / requests);
        before = nginx.cpu();
        send_all(Nginx::port, at + "/fixed");
        them.push_back((nginx.cpu() - before) * 1e6 / requests);
      }
      report.value("the same range again, over nginx and a file, us CPU", median(us), median(them), at_most(1.5));
    }
  }
  beast.answer_not_modified(true);
  report.pair("the same range unchanged (304), us CPU", 1e6, at_most(1.25), sends(ours.port(), at + "/unchanged"),
              sends(beast.port(), at + "/fixed"), options);
  report_spent(report, "an unchanged request (304)", sends(ours.port(), at + "/unchanged"),
               sends(beast.port(), at + "/fixed"));
  report_waits(report, ours, at);
  ours.end();
  return report.finish();
}
