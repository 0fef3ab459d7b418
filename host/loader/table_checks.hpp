// SPDX-License-Identifier: Apache-2.0
// The checks of everything that an instance's entries hand over: sizes, slots, texts, agreement with the note.
#pragma once

#include "host/loader/table_problems.hpp"

namespace tento::host {

// All of a connector: integrations, rows, auth, needs, limits; with the sync-plugin's shapes where it gives some.
void check_connector(const NoteData& note, tento_provider* self, const tento_connector_api* connector,
                     const tento_sync_api* sync, TableProblems& problems);
// One row of an integration.
void check_row(const NoteData& note, tento_provider* self, const tento_row* row, const tento_sync_api* sync,
               std::string_view at, TableProblems& problems);
// A shape: stages, their order, their gates. Also for the answers of tento_sync_api.shape.
void check_sync_shape(const tento_sync_shape* shape, std::string_view at, TableProblems& problems);
// How an account is connected, and its settings.
void check_auth(const tento_auth* auth, std::string_view at, TableProblems& problems);
void check_settings(const tento_auth& auth, std::string_view at, TableProblems& problems);

}  // namespace tento::host
