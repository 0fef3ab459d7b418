// SPDX-License-Identifier: Apache-2.0
// Steps 7 and 8: from entry functions to a negotiated instance with checked tables.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "host/loader/provider.hpp"
#include "host/loader/static_provider.hpp"

namespace tento::host {

// Where the entries come from, and what the provider needs for as long as it lives: `library` keeps its code mapped,
// `lease` its private copy on the disk, `lookup` what `create` got.
struct Origin {
  std::filesystem::path file;
  std::string sha256;
  std::shared_ptr<void> library;
  std::shared_ptr<const void> lease;
  std::shared_ptr<const tento_lookup> lookup;
  std::string crash_record = {};
};

// Negotiates, creates, takes the connector and the sync-plugin, checks every table. Runs the provider's code on the
// calling thread; an exception that comes out of it is a rejection. `step` is told what is about to run, for the
// message of a caller that waits no longer; it may be empty.
[[nodiscard]] Accepted<std::shared_ptr<Provider>> make_instance(const NoteData& note, const ProviderEntries& entries,
                                                                const tento_lookup* lifetime_lookup, Origin origin,
                                                                const std::function<void(const char*)>& step = {});

}  // namespace tento::host
