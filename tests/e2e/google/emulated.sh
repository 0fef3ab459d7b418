#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program and the provider against an emulation of the service that others wrote: calendars, pages of events, creating
# and deleting. It has neither sync tokens nor single events: each backfill lists everything.
# shellcheck source=tests/e2e/google/lib.sh
. "$(dirname "$0")/lib.sh"
start_emulation
cells() { tento row get "$row" --output jsonl; }
create() { # TITLE HOUR
  upstream POST "/calendar/v3/calendars/team@group.calendar.google.com/events" \
    "{\"summary\":\"$1\",\"start\":{\"dateTime\":\"${today}T$2:00:00Z\"},\"end\":{\"dateTime\":\"${today}T$2:30:00Z\"}}" | jq -r .id
}
today=$(date -u +%F)
for hour in 08 09 10 11 12; do create "event $hour" "$hour" >/dev/null; done
gone=$(create 'event 13' 13)

connect
row=:~google:$account:calendar:team@group.calendar.google.com:events
holds 'discover found the calendar' "$row" "$said"
same 'both calendars' 2 "$(tento row get ":~google:$account:calendars" --output jsonl | wc -l)"
tento row sync "$row" >/dev/null
same 'all events are there' 6 "$(cells | wc -l)"
same 'as the service tells them' "$(upstream GET "/calendar/v3/calendars/team@group.calendar.google.com/events" | jq -r '.items[].summary' | sort)" \
  "$(cells | jq -r .data.title | sort)"
tento row sync "$row" >/dev/null
same 'the same again changes nothing' '0 0 0' \
  "$(tento run list --row "$row" --limit 1 --output json | jq -r '.[0] | [.added, .updated, .deleted] | join(" ")')"

upstream DELETE "/calendar/v3/calendars/team@group.calendar.google.com/events/$gone" >/dev/null
tento row sync "$row" --stage viewport >/dev/null
same 'what is gone upstream is gone' 5 "$(cells | wc -l)"
made=$(printf '{"title":"written by tento","start":"%sT15:00:00Z","end":"%sT16:00:00Z"}' "$today" "$today" |
  tento row post "$row" --output json | jq -r '.cells[0].id')
same 'the service has it' 1 "$(upstream GET "/calendar/v3/calendars/team@group.calendar.google.com/events" | jq '.items[] | select(.summary == "written by tento") | 1')"
same 'and so has the store' 'written by tento' "$(cells | jq -r "select(.id == \"$made\") | .data.title")"
tento row delete "$row" --id "$made" >/dev/null
same 'deleted here and there' '5 5' \
  "$(cells | wc -l) $(upstream GET "/calendar/v3/calendars/team@group.calendar.google.com/events" | jq '.items | length')"
passed
