#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the emulation lacks, on the wire: a sync that finds nothing new downloads no body, one connection serves all pages,
# memory does not grow with their number; events with their polling interval; the secondary limit.
# shellcheck source=tests/e2e/github/lib.sh
. "$(dirname "$0")/lib.sh"
row=:~github:1:repo:octocat:Hello-World:issues
last_run() { tento run list --row "$1" --limit 1 --output json | jq -r "$2"; }
asked() { upstream GET /stub/state | jq -r "$1"; }

# start_stub ISSUES: a stub with so many issues, a fresh store and a connected account
start_stub() {
  [ -z "$service" ] || { kill "$service" && wait "$service" 2>/dev/null || true; }
  rm -f "$work/port"
  python3 "$(dirname "$0")/stub.py" "$FIXTURES" "$1" >"$work/port" 2>"$work/service.log" &
  service=$!
  for _ in $(seq 2400); do
    [ -s "$work/port" ] && break
    sleep 0.05
  done
  api=http://127.0.0.1:$(cat "$work/port")
  printf '[providers.github]\nendpoint = "%s"\n' "$api" >"$TENTO_CONFIG"
  rm -rf "$TENTO_DATA_DIR"
  printf 'token-of-the-tests\n' | tento account connect github --secret-stdin >"$work/said" 2>&1 || fail "connect: $(cat "$work/said")"
  asked . >/dev/null
}
# first_sync: syncs the issues and gives the peak memory of the program in KiB
first_sync() {
  python3 - "$TENTO" row sync "$row" <<'PY'
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
if done.returncode:
    sys.exit(done.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
}

start_stub 500
few=$(first_sync)
start_stub 10000
many=$(first_sync)
echo "peak memory: $few KiB for 500 issues, $many KiB for 10000 of them"
same 'all issues are there' 10000 "$(tento row get "$row" --output jsonl | wc -l)"
[ $((many - few)) -lt 16384 ] || fail "memory grew by $((many - few)) KiB with the pages"
checks=$((checks + 1))
same 'a hundred pages and one question, over one connection' '101 1' "$(asked '[.requests, .connections] | join(" ")')"

tento row sync "$row" >/dev/null 2>&1
same 'nothing new: one question, one 304, no body' '1 1 0' "$(asked '[.requests, .unchanged, .bytes] | join(" ")')"
upstream POST /stub/touch >/dev/null
tento row sync "$row" --stage viewport >/dev/null 2>&1
same 'one issue changed' '0 1 0' "$(last_run "$row" '.[0] | [.added, .updated, .deleted] | join(" ")')"
asked . >/dev/null
tento row sync "$row" >/dev/null 2>&1
same 'and then nothing again' '1 1 0' "$(asked '[.requests, .unchanged, .bytes] | join(" ")')"

# Repositories of one page: the same.
tento row sync :~github:1:repos >/dev/null 2>&1
asked . >/dev/null
tento row sync :~github:1:repos >/dev/null 2>&1
same 'repositories: one 304' '1 1 0' "$(asked '[.requests, .unchanged, .bytes] | join(" ")')"

# Events: three hundred, and no question before the interval is over. What is older than they are was not to be had.
tento row sync :~github:1:events >/dev/null 2>&1
same 'three hundred events' 300 "$(tento row get :~github:1:events --output jsonl | wc -l)"
same 'coverage tells lost from held' '1 4' \
  "$(tento store dump | jq -r 'select(.row == ":~github:1:events") | .. | objects | select(has("state") and has("error_class")) | .state' | sort -n | uniq | paste -sd' ')"
asked . >/dev/null
tento row sync :~github:1:events >/dev/null 2>&1
same 'not polled again so soon' 0 "$(asked .requests)"

# The secondary limit: the program does not wait a minute, it says so.
upstream POST /stub/limit >/dev/null
refused 'the secondary limit' 4 'secondary rate limit' tento row sync :~github:1:repos
printf 'another-token\n' | tento account connect github --id dead --secret-stdin --no-check >/dev/null 2>&1
refused 'a token that is refused' 3 'connected again' tento row sync :~github:dead:repos
printf 'another-token\n' >"$work/token"
refused 'and is found out when it is connected' 3 'Bad credentials' \
  bash -c '"$1" account connect github --secret-stdin <"$2"' - "$TENTO" "$work/token"
passed
