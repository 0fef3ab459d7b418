// SPDX-License-Identifier: Apache-2.0
// An embedder: a program with data of its own runs the host inside itself, gives its providers a rich interface, and
// reads a row through one of them.   embed-example DATA_DIR PLUGIN_DIR KEY
#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>

#include "acme/ledger.h"
#include "host/embed/host.hpp"
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

Result<int> run(const char* data_dir, const char* plugin_dir, const char* key, Books& books) {
  HostOptions options;
  options.data_dir = data_dir;
  options.plugin_dirs = {plugin_dir};
  TENTO_TRY_ASSIGN(auto host, Host::open(std::move(options)));
  TENTO_TRY(host->deps().register_deps(ACME_LEDGER_ID, &ledger, &books));
  TENTO_TRY_ASSIGN(const auto report, host->start());
  if (!report.ok) {
    std::fprintf(stderr, "%s\n", report.message.c_str());
    return 78;
  }
  TENTO_TRY_ASSIGN(const auto owner, host->store().users().default_user());
  TENTO_TRY_ASSIGN(const auto target, host->dispatcher().resolve(owner, key, TENTO_VERB_GET));
  std::string line;
  TENTO_TRY(host->dispatcher().list_cells(target, Span{}, 0, CallOptions{}, [&](const CellView& cell) {
    line.clear();
    append_cell_json(line, cell);
    std::puts(line.c_str());
    return true;
  }));
  constexpr std::int64_t drain_ms = 2000;
  return host->shutdown(drain_ms) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: embed-example DATA_DIR PLUGIN_DIR KEY\n", stderr);
    return 2;
  }
  Books books;
  const auto code = run(argv[1], argv[2], argv[3], books);
  if (!code) std::fprintf(stderr, "embed-example: %s\n", code.error().message.c_str());
  std::fflush(nullptr);
  // As every program with providers in it: not through static destructors.
  ::_exit(code ? *code : 1);
}
