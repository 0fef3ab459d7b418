#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program as a process: interrupts, stuck providers, closed pipes, two at once, completion, mistakes in arguments.
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
dir=$(plugins good tento-sample.so)
export TENTO_PLUGIN_PATH=$dir
for mode in ok slow stuck; do
  "$tento" account connect sample --integration Sample --id "$mode" --set root=/ --set mode=$mode --no-check >/dev/null 2>&1 || bad "connect $mode"
done

# mistakes
run 2 provider list --ouput json
err_has 'did you mean "--output"?'
run 2 provdier list
err_has 'did you mean "provider"?'
run 2 row
run 2 provider list --output yaml
run 2 row get
err_has "KEY is missing"
run 0 row get --help
out_has --from
run 2 row get :~x --output json --form ymd-2026-01-01
err_has 'did you mean "--from"?'

# Until the sync of that process runs.
runs() {
  for _ in $(seq 1200); do
    case $(cat "$XDG_DATA_HOME/tento/store.lock" 2>/dev/null) in "$1"*)
      [ "$(sqlite3 -readonly "$XDG_DATA_HOME/tento/store.sqlite" 'SELECT count(*) FROM runs WHERE status = 0')" = 1 ] && return ;;
    esac
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  bad "no sync of process $1 runs"
}

# an interrupt ends a sync cleanly; the job stays queued
"$tento" row sync :~sample:slow:events --stage viewport >"$work/out" 2>"$work/err" &
pid=$!
runs "$pid"
# two at once: the second waits for the store, then names who holds it
start=$(date +%s)
run 1 account list
err_has "$pid"
waited=$(($(date +%s) - start))
if [ "$waited" -ge 4 ]; then ok; else bad "waited $waited s for the store"; fi
kill -INT "$pid"
wait "$pid"
code=$?
if [ "$code" = 130 ]; then ok; else bad "an interrupted sync ended with $code"; fi
run 0 run list --row :~sample:slow:events --limit 1 --output json
json 'd[0]["status"] in ("stopped", "interrupted")'

# a second CLI that waits gets its turn
"$tento" row sync :~sample:slow:events --stage viewport >/dev/null 2>&1 &
pid=$!
runs "$pid"
(sleep 0.2; kill -INT "$pid") &
run 0 account list
wait "$pid"

# the process ends by a drain and without a provider's own clean-up, which would meet threads that are still in it
SAMPLE_TRACE=$work/trace run 0 provider list
if [ "$(cat "$work/trace")" = destroyed ]; then ok; else bad "not destroyed alone: $(cat "$work/trace")"; fi

# a provider that does not come back cannot keep the process
start=$(date +%s)
SAMPLE_TRACE=$work/stuck "$tento" row sync :~sample:stuck:events --stage viewport --timeout 2 >"$work/out" 2>"$work/err"
code=$?
took=$(($(date +%s) - start))
if [ "$code" != 0 ] && [ "$took" -le 200 ]; then ok; else bad "stuck: exit $code after $took s"; fi
if [ ! -e "$work/stuck" ]; then ok; else bad "ended under a call: $(cat "$work/stuck")"; fi

# a provider that ends the process in use is set aside the second time, and what was stored is readable
mkdir -p "$work/crashing"
crashing() { XDG_DATA_HOME=$work/crashing "$tento" "$@" 2>"$work/err" >"$work/out"; }
crashing account connect sample --integration Sample --id crash --set root=/ --set mode=crash --no-check || bad "connect crash"
for _ in 1 2; do
  code=0
  crashing row sync :~sample:crash:events --stage viewport || code=$?
  if [ "$code" = 134 ]; then ok; else bad "a sync that aborts ended with $code: $(cat "$work/err")"; fi
  err_has "the provider sample crashed (SIGABRT) in sync of"
done
code=0
crashing provider list --output json || code=$?
if [ "$code" = 1 ]; then ok; else bad "provider list of a crashed provider ended with $code"; fi
json 'd[0]["state"] == "rejected" and "SIGABRT in sync of" in d[0]["reason"] and "crashes" in d[0]["remedy"]'
crashing doctor && bad "doctor finds nothing wrong with a provider that was set aside"
out_has "it ended the host 2 times within a day"
crashing row list || true
rm "$work/crashing"/tento/images/*/crashes
crashing provider list --output json || bad "a provider whose record was removed is not tried again"

# a sync that ends the process without a word is begun by two later starts, not by the third
mkdir -p "$work/exiting"
exiting() { XDG_DATA_HOME=$work/exiting "$tento" "$@" 2>"$work/err" >"$work/out"; }
exiting account connect sample --integration Sample --id exit --set root=/ --set mode=exit --no-check || bad "connect exit"
for command in 'row sync :~sample:exit:events --stage viewport' serve serve; do
  code=0
  # shellcheck disable=SC2086 # words
  exiting $command || code=$?
  if [ "$code" = 9 ]; then ok; else bad "$command with a sync that exits ended with $code"; fi
done
XDG_DATA_HOME=$work/exiting "$tento" serve >"$work/serve.out" 2>"$work/serve.log" &
pid=$!
for _ in $(seq 1200); do
  grep -q '^listening' "$work/serve.out" && break
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.1
done
exiting run list --output json || bad "no list of runs"
json 'd[0]["status"] == "failed" and "ended 3 times in a row" in d[0]["message"]'
kill "$pid"
if wait "$pid"; then ok; else bad "the host that does not begin the sync again ended with $?: $(cat "$work/serve.log")"; fi

# what the operator says of limits holds
printf '[server]\nopen_loopback = true\n[limits]\nbody_mib = 1\nsyncs = 1\nwaits = 1\n' >"$work/limits.toml"
"$tento" serve --config "$work/limits.toml" --listen 127.0.0.1:0 >"$work/serve.out" 2>"$work/serve.log" &
pid=$!
for _ in $(seq 1200); do
  grep -q '^listening' "$work/serve.out" && break
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.1
done
python3 - "$(grep -o 'http://[^ ]*' "$work/serve.out" | head -1)" >"$work/out" 2>&1 <<'PY'
import sys, threading, time, urllib.error, urllib.request

def sync(wait):
    request = urllib.request.Request(sys.argv[1] + "/api/rows/:~sample:slow:events/sync", b"{}",
                                     {"Content-Type": "application/json", "Prefer": f"wait={wait}"}, method="POST")
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0

def wait_long():
    while sync(60) == 429:  # the other one came first
        time.sleep(0.05)

threading.Thread(target=wait_long, daemon=True).start()
for _ in range(100):
    if sync(1) == 429:
        print("a second one that waits is refused")
        break
    time.sleep(0.1)
for size in (1 << 20, (1 << 20) + 1):
    request = urllib.request.Request(sys.argv[1] + "/api/rows/:~sample:ok:events/cells", b'"' + b"x" * (size - 2) + b'"',
                                     {"Content-Type": "application/json"}, method="POST")
    try:
        print(size, urllib.request.urlopen(request).status)
    except urllib.error.HTTPError as refused:
        print(size, refused.code)
    except OSError as cut:
        print(size, cut)
PY
out_has "1048577 413"
out_has "a second one that waits is refused"
out_lacks "1048576 413"
kill "$pid"
wait "$pid"

# a closed pipe
run 0 row sync :~sample:ok:events --stage viewport
"$tento" store dump 2>"$work/err" | head -c 1 >/dev/null
code=${PIPESTATUS[0]}
if [ "$code" = 0 ] && [ ! -s "$work/err" ]; then ok; else bad "closed pipe: exit $code"; fi
"$tento" provider list >/dev/full 2>"$work/err"
code=$?
if [ "$code" = 1 ]; then ok; else bad "full disk: exit $code"; fi
err_has "cannot be written"

# completion
"$tento" completion bash >"$work/completion.sh"
complete_words() {
  bash --norc -c 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tento; echo "${COMPREPLY[*]}"' - "$work/completion.sh" "$@" >"$work/out"
}
if bash --norc -c 'source "$1"; complete -p tento' - "$work/completion.sh" | grep -q -- "-F _tento tento"; then ok; else bad "complete -F"; fi
complete_words tento pro
out_has provider
complete_words tento row ""
out_has sync
complete_words tento --data-dir /x row get :~a:b --
out_has --from
out_has --output
complete_words tento row sync k --st
out_has --stage
complete_words tento --output j
out_has "json jsonl"
complete_words tento account connect --sec
out_has --secret-stdin
complete_words tento --config "$work/compl"
out_has completion.sh
finish
