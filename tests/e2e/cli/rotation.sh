#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kills a rotation of keys by SIGKILL at random instants: each credential can be opened after every one of them, and what the
# next rotation leaves is sealed by one key. usage: as the others here, with the number of kills behind; SEED repeats a campaign.
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
kills=$4
RANDOM=${SEED:=$RANDOM}
echo "seed $SEED"
credentials=25
export TENTO_DATA_DIR=$work/data
TENTO_PLUGIN_PATH=$(plugins net tento-net.so)
export TENTO_PLUGIN_PATH
for i in $(seq "$credentials"); do
  printf 'secret-%d' "$i" | "$tento" account connect net --id "a$i" --secret-stdin --no-check >/dev/null 2>&1 || bad "connect $i"
done

start=$(date +%s%N)
"$tento" key rotate >/dev/null 2>&1 || bad 'a rotation that nobody disturbs'
within=$(($(date +%s%N) - start))
cut=0
for try in $(seq "$kills"); do
  "$tento" key rotate >/dev/null 2>&1 &
  pid=$!
  sleep "$(awk -v r="$RANDOM" -v t="$within" 'BEGIN { printf "%.4f", r / 32768 * t / 1e9 }')"
  kill -KILL $pid 2>/dev/null || true
  ended=0
  wait $pid 2>/dev/null || ended=$?
  # Where they have become faster than the first one was, the next ones are killed sooner.
  if [ "$ended" = 137 ]; then cut=$((cut + 1)); else within=$((within * 7 / 8)); fi
  # Each is opened by the key that sealed it, and sealed by a new one.
  run 0 key rotate --output json
  json "d['resealed'] == $credentials" || echo "after kill $try"
done
run 0 key list --output json
json "len(d) == 1 and d[0]['credentials'] == $credentials"
run 0 doctor --deep
if grep -rlF secret- "$TENTO_DATA_DIR" >/dev/null; then bad 'a secret lies in the clear'; else ok; fi
if [ "$cut" -gt 0 ]; then ok; else bad 'no rotation was cut off'; fi
echo "$cut of $kills rotations were killed in mid-run"
finish
