// SPDX-License-Identifier: Apache-2.0
// How an account is connected, as a document for whoever draws a card or a form of it.
#pragma once

#include <tento/auth.h>

#include <string>

namespace tento::host {

// {title,text,icon,colour,docs,takes_token,device,scopes:[{name,help,required,scopes}],settings_schema}, where the last
// is a JSON Schema (draft 2020-12) of the settings. Null for an account type with nothing to connect.
[[nodiscard]] std::string connect_json(const tento_auth* auth);

}  // namespace tento::host
