// SPDX-License-Identifier: Apache-2.0
// Texts for people name operations and parameters by marks, and each face puts its own words in their place:
//
//   mark                        at the command line                 over HTTP
//   {op:run list}               `tento run list`                    `GET /api/runs`
//   {op:row sync :~a:b:c}       `tento row sync :~a:b:c`            `POST /api/rows/:~a:b:c/sync`
//   {op:row list provider=ID}   `tento row list --provider ID`      `GET /api/rows?provider=ID`
//   {param:to}                  --to                                to
//   {help:row list}             `tento row list --help`             /openapi.json
//
// So the rooms below say what to do without knowing how it is asked for. What has no way over HTTP has the command
// line's words there, too. A text that only looks like a mark stays as it is.
#pragma once

#include <string>
#include <string_view>

#include <tento/sdk/result.hpp>

#include "host/base/mark.hpp"
#include "host/operations/operation.hpp"

namespace tento::host {

enum class Face { command_line, http };

// `operation`: the one that was asked for, whose parameters have their places; null where there is none.
[[nodiscard]] std::string in_words_of(Face face, std::string_view text, const Operation* operation = nullptr);
// Its message and its remedy.
[[nodiscard]] Error in_words_of(Face face, Error error, const Operation* operation = nullptr);
// The notes of an output, and what is wrong beside it.
void put_in_words_of(Face face, Output& output, const Operation* operation = nullptr);

}  // namespace tento::host
