// SPDX-License-Identifier: Apache-2.0
// Negotiation, creation and the tables, with whatever a provider does wrong turned into a rejection.
#include "host/loader/instance.hpp"

#include <spdlog/fmt/fmt.h>

#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "host/loader/descriptors.hpp"
#include "host/loader/grammar.hpp"
#include "host/loader/note.hpp"
#include "host/loader/table_checks.hpp"

namespace tento::host {
namespace {

constexpr const char* tell_author = "tell the provider's author; another version of it may do";

tl::unexpected<Rejection> reject_instance(std::string code, std::string reason, std::string remedy = tell_author) {
  return tl::unexpected<Rejection>({std::move(code), std::move(reason), std::move(remedy)});
}

// Calls provider code; gives the rejection for an exception that came out of it.
template <class Call>
std::optional<Rejection> guarded(const char* what, Call call) {
  try {
    call();
    return std::nullopt;
  } catch (const std::exception& e) {
    return Rejection{"threw", fmt::format("{} threw: {}", what, grammar::printable(e.what(), 400)), tell_author};
  } catch (...) {
    return Rejection{"threw", fmt::format("{} threw something that is not a std::exception", what), tell_author};
  }
}

tento_status find_nothing(const tento_lookup*, tento_str, std::uint32_t, tento_iface*) noexcept {
  return TENTO_FAILED;
}

const tento_lookup* empty_lookup() {
  static constexpr tento_lookup lookup{sizeof(tento_lookup), 0, nullptr, &find_nothing};
  return &lookup;
}

class Instance final : public Provider {
 public:
  Instance(NoteData note, Origin origin, tento_provider* self, const tento_plugin_api& api)
      : note_(std::move(note)), origin_(std::move(origin)), self_(self), destroy_(api.destroy) {}

  [[nodiscard]] const NoteData& note() const override { return note_; }
  [[nodiscard]] tento_provider* instance() const override { return self_; }
  [[nodiscard]] const tento_connector_api& connector() const override { return *connector_; }
  [[nodiscard]] const tento_sync_api* sync_api() const override { return sync_; }
  [[nodiscard]] std::filesystem::path file() const override { return origin_.file; }
  [[nodiscard]] std::string sha256() const override { return origin_.sha256; }
  [[nodiscard]] const char* crash_record() const override { return origin_.crash_record.c_str(); }
  void destroy() override {
    if (tento_provider* const self = std::exchange(self_, nullptr); self != nullptr)
      (void)guarded("destroy", [&] { may_throw(destroy_)(self); });
  }

  void take_tables(const tento_connector_api* connector, const tento_sync_api* sync) {
    connector_ = connector;
    sync_ = sync;
  }

 private:
  NoteData note_;
  Origin origin_;
  tento_provider* self_;
  void (*destroy_)(tento_provider*) noexcept;
  const tento_connector_api* connector_ = nullptr;
  const tento_sync_api* sync_ = nullptr;
};

std::string range_text(std::uint32_t lowest, std::uint32_t highest) {
  return lowest == highest ? fmt::format("ABI {}", lowest) : fmt::format("ABI {} to {}", lowest, highest);
}

// Step 7.
Accepted<tento_plugin_api> negotiate(const NoteData& note, const ProviderEntries& entries) {
  const tento_plugin_api* given = nullptr;
  if (auto threw = guarded("tento_plugin", [&] { given = may_throw(entries.plugin)(abi_min, abi_max); }))
    return tl::unexpected(*threw);
  if (given == nullptr)
    return reject_instance("refused",
                           fmt::format("it refused this host: the host speaks {}, the provider was built for ABI {}.{}",
                                       range_text(abi_min, abi_max), note.abi_major, note.abi_minor),
                           "install a build of the provider for this host's ABI, or another version of the host");
  TableProblems problems;
  if (!problems.appendable(given, "", "what tento_plugin gave")) return tl::unexpected(problems.rejection());
  const tento_plugin_api api = *read_appendable(given);
  if (api.abi_picked < abi_min || api.abi_picked > abi_max)
    return reject_instance("bad_negotiation", fmt::format("it picked ABI {}, and the host offered {}", api.abi_picked,
                                                          range_text(abi_min, abi_max)));
  if (problems.required_text(api.id, "", "id") && text_of(api.id) != note.id)
    problems.add(
        "note_mismatch", "",
        fmt::format("it calls itself `{}`, and its note says `{}`", grammar::printable(text_of(api.id)), note.id));
  if (problems.required_text(api.version, "", "version") && text_of(api.version) != note.version)
    problems.add("note_mismatch", "",
                 fmt::format("it says it is version `{}`, and its note says `{}`",
                             grammar::printable(text_of(api.version)), note.version));
  problems.slot(api.create, "", "create", "every provider makes instances");
  problems.slot(api.destroy, "", "destroy", "every provider ends its instances");
  if (!problems.empty()) return tl::unexpected(problems.rejection());
  return api;
}

// The callee filled it if and only if it failed, and it may be garbage all the same.
std::string error_text(const tento_error& error) {
  const std::string message = grammar::printable({error.message, strnlen(error.message, sizeof error.message)}, 400);
  return message.empty() ? "it gave no message" : message;
}

Accepted<tento_provider*> create(const tento_plugin_api& api, const tento_lookup* lookup) {
  tento_provider* self = nullptr;
  tento_error error;
  error.message[0] = '\0';
  tento_status status = TENTO_FAILED;
  if (auto threw = guarded("create", [&] { status = may_throw(api.create)(lookup, &self, &error); }))
    return tl::unexpected(*threw);
  if (status == TENTO_FAILED)
    return reject_instance("create_failed", fmt::format("create failed: {}", error_text(error)),
                           "do what the message says, then restart");
  if (status != TENTO_OK)
    return reject_instance("create_failed", fmt::format("create answered status {} instead of OK or FAILED", status));
  if (self == nullptr) return reject_instance("create_failed", "create answered OK and gave no instance");
  return self;
}

// Step 8 after create; the instance is ended again when something is wrong with it.
Accepted<void> take_entries(const ProviderEntries& entries, Instance& instance) {
  tento_provider* const self = instance.instance();
  const tento_connector_api* connector = nullptr;
  const tento_sync_api* sync = nullptr;
  if (auto threw = guarded("tento_connector", [&] { connector = may_throw(entries.connector)(self); }))
    return tl::unexpected(*threw);
  if (entries.sync_plugin != nullptr)
    if (auto threw = guarded("tento_sync_plugin", [&] { sync = may_throw(entries.sync_plugin)(self); }))
      return tl::unexpected(*threw);
  if (connector == nullptr)
    return reject_instance("no_connector", "tento_connector gave null: it has no rows to serve");
  TableProblems problems;
  if (auto threw = guarded("tento_sync_plugin's shape",
                           [&] { check_connector(instance.note(), self, connector, sync, problems); }))
    return tl::unexpected(*threw);
  if (!problems.empty()) return tl::unexpected(problems.rejection());
  instance.take_tables(connector, sync);
  return {};
}

}  // namespace

Accepted<std::shared_ptr<Provider>> make_instance(const NoteData& note, const ProviderEntries& entries,
                                                  const tento_lookup* lifetime_lookup, Origin origin,
                                                  const std::function<void(const char*)>& step) {
  const auto about_to = [&](const char* what) {
    if (step) step(what);
  };
  if (entries.plugin == nullptr || entries.connector == nullptr)
    return reject_instance("missing_entry",
                           fmt::format("the entry {} is missing",
                                       entries.plugin == nullptr ? TENTO_SYMBOL_PLUGIN : TENTO_SYMBOL_CONNECTOR));
  about_to("tento_plugin");
  const auto api = negotiate(note, entries);
  if (!api) return tl::unexpected(api.error());
  about_to("create");
  const auto self = create(*api, lifetime_lookup == nullptr ? empty_lookup() : lifetime_lookup);
  if (!self) return tl::unexpected(self.error());
  auto instance = std::make_shared<Instance>(note, std::move(origin), *self, *api);
  about_to("tento_connector");
  if (auto taken = take_entries(entries, *instance); !taken) {
    about_to("destroy");
    instance->destroy();
    return tl::unexpected(taken.error());
  }
  return instance;
}

Accepted<std::shared_ptr<Provider>> make_static_provider(const NoteData& note, const ProviderEntries& entries,
                                                         const tento_lookup* lifetime_lookup) {
  if (auto ok = check_note(note); !ok) return tl::unexpected(ok.error());
  return make_instance(note, entries, lifetime_lookup, {});
}

Accepted<std::shared_ptr<Provider>> make_static_provider(const tento_note& note, const ProviderEntries& entries,
                                                         const tento_lookup* lifetime_lookup) {
  const auto decoded = decode_note(note);
  if (!decoded) return tl::unexpected(decoded.error());
  return make_instance(*decoded, entries, lifetime_lookup, {});
}

}  // namespace tento::host
