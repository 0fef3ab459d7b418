// SPDX-License-Identifier: Apache-2.0
// An embedder: a program with data of its own runs the host inside itself, and gives its providers a rich interface.
//   embed-example DATA_DIR PLUGIN_DIR KEY   reads a row through one of them
//   embed-example DATA_DIR PLUGIN_DIR       answers over HTTP on this machine, until its standard input ends
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "acme/ledger.h"
#include "host/app/app.hpp"
#include "host/app/serving.hpp"
#include "host/base/error_registry.hpp"
#include "host/store/cells_json.hpp"

namespace {

using namespace tento;
using namespace tento::host;

// What the program has anyway.
class Books {
 public:
  [[nodiscard]] const std::int64_t* balance(std::string_view account) const {
    const auto it = cents_.find(account);
    return it == cents_.end() ? nullptr : &it->second;
  }

 private:
  std::map<std::string, std::int64_t, std::less<>> cents_{{"petty-cash", 12'345}, {"travel", -500}};
};

tento_status balance(void* self, const tento_call* call, tento_str account, std::int64_t* cents,
                     tento_error* err) noexcept {
  if (call->check(call) != TENTO_CHECK_GO) return TENTO_STOPPED;
  if (const auto* found = static_cast<const Books*>(self)->balance(view(account))) {
    *cents = *found;
    return TENTO_OK;
  }
  *err = tento_error{};
  err->code = TENTO_E_NOT_FOUND;
  err->error_class = TENTO_CLASS_CONFIG;
  err->retry_after_ms = -1;
  std::snprintf(err->message, sizeof err->message, "the books have no account %.*s", static_cast<int>(account.size),
                account.data);
  return TENTO_FAILED;
}

constexpr acme_ledger ledger{sizeof(acme_ledger), 0, balance};

Result<std::unique_ptr<App>> open(const char* data_dir, const char* plugin_dir, Books& books) {
  AppOptions options;
  options.config.data_dir = data_dir;
  options.config.plugin_dirs = {plugin_dir};
  options.config.listen = "127.0.0.1:0";
  options.config.open_loopback = true;
  options.register_deps = [&books](DepsRegistry& deps) { return deps.register_deps(ACME_LEDGER_ID, &ledger, &books); };
  return App::open(std::move(options));
}

Result<void> print_row(App& app, const char* key) {
  const Host& host = app.host();
  TENTO_TRY_ASSIGN(const auto owner, host.store.users().default_user());
  TENTO_TRY_ASSIGN(const auto target, host.dispatcher.resolve(owner, key, TENTO_VERB_GET));
  std::string line;
  return host.dispatcher.list_cells(target, Span{}, 0, CallOptions{}, [&](const CellView& cell) {
    line.clear();
    append_cell_json(line, cell);
    std::puts(line.c_str());
    return true;
  });
}

Result<void> serve(App& app) {
  TENTO_TRY_ASSIGN(const auto serving, Serving::start(app));
  std::puts(serving->public_url().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  serving->end(std::chrono::seconds(2));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fputs("usage: embed-example DATA_DIR PLUGIN_DIR [KEY]\n", stderr);
    return 2;
  }
  Books books;
  const auto app = open(argv[1], argv[2], books);
  auto done = app ? (argc == 4 ? print_row(**app, argv[3]) : serve(**app)) : Result<void>(fail(app.error()));
  if (!done) std::fprintf(stderr, "embed-example: %s\n", done.error().message.c_str());
  constexpr std::int64_t drain_ms = 2000;
  if (app && !(*app)->shutdown(drain_ms)) std::fputs("embed-example: a provider did not come back\n", stderr);
  std::fflush(nullptr);
  // As every program with providers in it: not through static destructors.
  ::_exit(done ? 0 : exit_code_of(done.error()));
}
