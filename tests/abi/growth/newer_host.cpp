// SPDX-License-Identifier: Apache-2.0
// A host of tomorrow with a provider of today: newer-host PROVIDER... loads each file and has it called as a host
// calls. Built against the grown headers, so every struct that this side makes or reads is longer than 1.0's.
#include <dlfcn.h>

#include <cstdio>
#include <string>
#include <tento/sdk/testing/fake_provider.hpp>

namespace {

using namespace tento;
using namespace tento::testing;

template <class F>
F* symbol(void* library, const char* name) {
  return reinterpret_cast<F*>(::dlsym(library, name));
}

Result<void> wrong(std::string what) {
  return fail(ErrorCode::invalid_data, ErrorClass::internal, std::move(what));
}

Result<void> run(const char* file) {
  void* const library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);  // stays: a provider is not unloaded while it may run
  if (library == nullptr) return wrong(::dlerror());
  const Entries entries{symbol<const tento_plugin_api*(std::uint32_t, std::uint32_t) noexcept>(library, "tento_plugin"),
                        symbol<const tento_connector_api*(tento_provider*) noexcept>(library, "tento_connector")};
  FakeHost host;
  FakeAccount account;
  account.kind = "everydep";
  account.auth_id = "me";
  account.secret = "12345";
  host.auth.put(account);
  host.auth.allow_raw_credentials();
  host.defaults.account = account;
  TENTO_TRY_ASSIGN(const auto provider, FakeProvider::load(host, entries));
  constexpr std::string_view words_key = ":~everydep:me:words";
  for (const char* runs : {"1", "2"}) {
    TENTO_TRY_ASSIGN(const std::uint64_t seen, provider->sync_all(words_key));
    if (seen != 3) return wrong("the sync saw " + std::to_string(seen) + " words, not 3");
    if (host.store.cursor(words_key, "runs") != runs) return wrong("the cursor is not what the provider wrote");
  }
  TENTO_TRY_ASSIGN(const std::vector<StoredCell> words, provider->get(words_key));
  if (words.size() != 3 || words[0].data != "{\"length\":5}") return wrong("the stored words are not what was put");
  TENTO_TRY_ASSIGN(const std::vector<StoredCell> counts, provider->get(std::string(words_key) + ":counts"));
  if (counts.size() != 1 || counts[0].data != "{\"words\":3}") return wrong("the computed cell counts other words");
  TENTO_TRY_ASSIGN(const std::string attributes, provider->attributes(words_key));
  if (attributes != "{\"every\":true}") return wrong("the attributes are " + attributes);
  TENTO_TRY_ASSIGN(const PushedAccount pushed, provider->check_account("EveryDep", account));
  if (pushed.auth_id != "me" || pushed.label != "Me") return wrong("the account is " + pushed.auth_id);
  return {};
}

}  // namespace

int main(int count, char** files) {
  int failed = 0;
  for (int i = 1; i < count; ++i) {
    const Result<void> done = run(files[i]);
    std::printf("%s: %s\n", files[i], done ? "ok" : done.error().message.c_str());
    failed += done ? 0 : 1;
  }
  std::printf("%d passed, %d failed\n", count - 1 - failed, failed);
  return failed == 0 && count > 1 ? 0 : 1;
}
