#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kills a sync by SIGKILL at random instants, lets the next one finish, and compares with a sync that was never disturbed.
# usage: crash.sh [KILLS]; SEED repeats a campaign.
# shellcheck source=tests/e2e/git/lib.sh
. "$(dirname "$0")/lib.sh"

kills=${1:-8}
RANDOM=${SEED:=$RANDOM}
echo "seed $SEED"
long_repository "$work/repo" 4000
git -C "$work/repo" branch -q old HEAD~500

# One store with a connected account, copied for each try; half of them hold an older state that was synced to its end, so
# that increments and deletions are cut off as well.
connect repo "$work/repo"
cp -a "$work/data" "$work/connected"
start=$(date +%s%N)
sync repo
took=$((($(date +%s%N) - start) / 1000000))
expected=$(dump repo)
same 'the undisturbed sync is whole' "$(revisions "$work/repo")" "$(ids repo)"

head=$(git -C "$work/repo" rev-parse main)
git -C "$work/repo" update-ref refs/heads/main old
GIT_COMMITTER_DATE='1710000000 +0000' GIT_AUTHOR_DATE='1710000000 +0000' \
  git -C "$work/repo" update-ref refs/heads/main "$(git -C "$work/repo" commit-tree -p old -m 'not to stay' 'old^{tree}')"
rm -rf "$work/data"
cp -a "$work/connected" "$work/data"
sync repo
cp -a "$work/data" "$work/older"
git -C "$work/repo" update-ref refs/heads/main "$head"

cut=0
within=$took
for try in $(seq 1 "$kills"); do
  rm -rf "$work/data"
  if [ $((try % 2)) = 0 ]; then cp -a "$work/older" "$work/data"; else cp -a "$work/connected" "$work/data"; fi
  for _ in 1 2; do
    "$TENTO" row sync :~git:repo:commits >/dev/null 2>&1 &
    pid=$!
    sleep "$(awk -v r="$RANDOM" -v t="$within" 'BEGIN { printf "%.3f", r / 32768 * t / 1000 }')"
    kill -9 $pid 2>/dev/null || true
    ended=0
    wait $pid 2>/dev/null || ended=$?
    # Where syncs have become faster than the first one was, the next ones are killed sooner.
    if [ "$ended" = 137 ]; then cut=$((cut + 1)); else within=$((within * 3 / 4)); fi
  done
  sync repo
  same "after kill $try the content is the same" "$expected" "$(dump repo)"
done
[ $cut -gt 0 ] || fail 'no sync was cut off'
same 'the store is sound' ok "$(sqlite3 "$work/data/store.sqlite" 'PRAGMA integrity_check')"
echo "$cut of $((kills * 2)) syncs were killed in mid-run ($took ms undisturbed)"
passed
