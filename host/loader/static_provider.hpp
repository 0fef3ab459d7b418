// SPDX-License-Identifier: Apache-2.0
// A Provider made of entry functions that are linked into this program: for embedders and for tests. It passes the same
// negotiation and the same table checks as one from a file.
#pragma once

#include <tento/connector.h>
#include <tento/note.h>
#include <tento/sync_plugin.h>

#include <memory>

#include "host/loader/provider.hpp"

namespace tento::host {

// The entries a file would export.
struct ProviderEntries {
  const tento_plugin_api* (*plugin)(std::uint32_t abi_min, std::uint32_t abi_max) noexcept = nullptr;
  const tento_connector_api* (*connector)(tento_provider* self) noexcept = nullptr;
  const tento_sync_api* (*sync_plugin)(tento_provider* self) noexcept = nullptr;  // null = it has none
};

// Negotiates, creates an instance and checks its tables (steps 7 and 8, without a deadline). `lifetime_lookup` outlives
// the provider; null = one that finds nothing.
[[nodiscard]] Accepted<std::shared_ptr<Provider>> make_static_provider(const NoteData& note,
                                                                       const ProviderEntries& entries,
                                                                       const tento_lookup* lifetime_lookup = nullptr);
// The same with the note as TENTO_NOTE writes it.
[[nodiscard]] Accepted<std::shared_ptr<Provider>> make_static_provider(const tento_note& note,
                                                                       const ProviderEntries& entries,
                                                                       const tento_lookup* lifetime_lookup = nullptr);

}  // namespace tento::host
