#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program and the provider against a stub that has what the emulation lacks: sync tokens and 410, series, single
# events, versions.
# shellcheck source=tests/e2e/google/lib.sh
. "$(dirname "$0")/lib.sh"
start_stub
cells() { tento row get "$row" --output jsonl "$@"; }
last_run() { tento run list --row "$row" --limit 1 --output json | jq -r ".[0] | [.added, .updated, .deleted] | join(\" \")"; }
put() { upstream POST /stub/put "{\"events\":[$1]}" >/dev/null; }
asked() { upstream POST /stub/requests | jq -r '.[]'; }
timed() { # ID DAY HOUR [MORE]
  printf '{"id":"%s","summary":"%s","start":{"dateTime":"%sT%s:00:00Z","timeZone":"Europe/Berlin"},"end":{"dateTime":"%sT%s:30:00Z","timeZone":"Europe/Berlin"}%s}' \
    "$1" "$1" "$2" "$3" "$2" "$3" "${4:-}"
}

today=$(date -u +%F)
tomorrow=$(date -u -d tomorrow +%F)
daily=',"recurrence":["RRULE:FREQ=DAILY;COUNT=10"]'
put "$(timed lunch "$today" 11),$(timed old 2019-04-29 11),$(timed series "$today" 08 "$daily")"
connect
row=:~google:$account:calendar:me@example.com:events
holds 'the account is there' 'me@example.com' "$said"
holds 'discover found the calendar' "$row" "$said"

tento row sync "$row" >/dev/null
same 'everything is there: an event, an old one, ten instances' 12 "$(cells | wc -l)"
same 'lists: a window, then everything once' 'true false' \
  "$(asked | sed -n 's/.*events?.*singleEvents=\([a-z]*\).*/\1/p' | paste -sd' ')"
tento row sync "$row" >/dev/null
same 'then only what changed is asked for' 2 "$(asked | grep -c syncToken)"
same 'and nothing is written' '0 0 0' "$(last_run)"
same 'the instance of tomorrow' "series_${tomorrow//-/}T080000Z" \
  "$(cells --from "ymd-$tomorrow" --to "ymd-$tomorrow" | jq -r .id)"

# As CSV and as a calendar, by the fields of the encoding alone.
holds 'a table has titles' 'lunch' "$(tento row get "$row" --output csv)"

# Changes upstream.
put "$(timed lunch "$tomorrow" 12),$(timed series "$today" 09 "$daily")"
tento row sync "$row" --stage viewport >/dev/null
same 'one moved, ten others in the place of ten' '10 1 10' "$(last_run)"
upstream DELETE "/calendar/v3/calendars/me@example.com/events/old" >/dev/null
upstream POST /stub/forget >/dev/null
upstream POST /stub/expire >/dev/null
tento row sync "$row" >/dev/null
same 'a token that is too old: no ghost' 11 "$(cells | wc -l)"

# Writes: the service has it, and what it made is what is stored.
id=$(printf '{"title":"written","start":"%sT15:00:00Z","end":"%sT16:00:00Z"}' "$today" "$today" |
  tento row post "$row" --idempotency-key once --output json | jq -r '.cells[0].id')
again=$(printf '{"title":"written","start":"%sT15:00:00Z","end":"%sT16:00:00Z"}' "$today" "$today" |
  tento row post "$row" --idempotency-key once --output json | jq -r '.cells[0].id')
same 'the same write makes one event' "$id" "$again"
same 'which the service has' written "$(upstream GET "/calendar/v3/calendars/me@example.com/events/$id" | jq -r .summary)"
version=$(tento row get "$row" --output json | jq -r ".cells[] | select(.id == \"$id\") | .version")
printf '{"title":"changed"}' | tento row patch "$row" --id "$id" --if-version "$version" >/dev/null
same 'the change is stored' changed "$(cells | jq -r "select(.id == \"$id\") | .data.title")"
printf '{"title":"late"}' >"$work/late"
refused 'a change for an older version' 1 'changed meanwhile' \
  bash -c '"$1" row patch "$2" --id "$3" --if-version "$4" <"$5"' - "$TENTO" "$row" "$id" "$version" "$work/late"
tento row delete "$row" --id "series_${tomorrow//-/}T090000Z" >/dev/null
same 'one instance less' 11 "$(cells | wc -l)"
tento row delete "$row" --id series >/dev/null
same 'the series is gone, its instances with it' 2 "$(cells | wc -l)"
tento row sync "$row" >/dev/null
same 'and the sync agrees' '0 0 0' "$(last_run)"

# Busy times, and the list of calendars.
same 'busy when there is an event' 2 "$(tento row get "$row:freebusy" --from "ymd-$today" --to "ymd-$tomorrow" --output jsonl | wc -l)"
same 'the calendar' 'me@example.com' "$(tento row get ":~google:$account:calendars" --output jsonl | jq -r .id)"

# Trouble.
upstream POST /stub/next '[{"match":"/events","status":403,"body":"{\"error\":{\"errors\":[{\"reason\":\"rateLimitExceeded\"}]}}","headers":{"Retry-After":"120"}}]' >/dev/null
refused 'the budget is used up' 4 '403' tento row sync "$row"
upstream POST /stub/remove-calendar '{"id":"me@example.com"}' >/dev/null
if grep -rqF "$token" <(tento store dump 2>&1) <(tento run list --output json) <(tento account list --output json); then
  fail 'a token is shown'
fi
checks=$((checks + 1))
passed
