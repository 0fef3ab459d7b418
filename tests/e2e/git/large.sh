#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A hundred thousand commits: memory against a thousand, time beside git's own walk, and what an unchanged repository costs.
# shellcheck source=tests/e2e/git/lib.sh
. "$(dirname "$0")/lib.sh"

commits=${1:-100000}
measure() { # LABEL COMMAND...: prints seconds and peak memory, keeps the latter in $peak
  local label=$1
  shift
  /usr/bin/env time -f '%e %U %M' -o "$work/time" "$@" >/dev/null
  read -r wall cpu peak <"$work/time"
  printf '%-46s %7.2f s  %7.2f s CPU  %7d KiB peak\n' "$label" "$wall" "$cpu" "$peak"
}

long_repository "$work/small" 1000
long_repository "$work/middle" $((commits / 4))
long_repository "$work/large" "$commits"
connect small "$work/small"
connect middle "$work/middle"
connect large "$work/large"
measure 'sync of 1,000 commits' "$TENTO" row sync :~git:small:commits
small=$peak
measure "sync of $((commits / 4)) commits" "$TENTO" row sync :~git:middle:commits
middle=$peak
measure "sync of $commits commits" "$TENTO" row sync :~git:large:commits
large=$peak
awk -v n="$commits" -v w="$wall" 'BEGIN { printf "%.0f commits/s\n", n / w }'
measure 'the same again, unchanged' "$TENTO" row sync :~git:large:commits
measure 'git log --numstat' git -C "$work/large" log --no-renames --numstat --diff-merges=first-parent --format=%H
git_peak=$peak
commit "$work/large" 'one more'
measure 'one commit more' "$TENTO" row sync :~git:large:commits
git -C "$work/large" commit -q --amend --allow-empty -m amended
measure 'one commit amended' "$TENTO" row sync :~git:large:commits
measure 'days of all commits' "$TENTO" row get :~git:large:commits:daily --output jsonl
same 'every commit is there' "$(git -C "$work/large" rev-list --count HEAD)" "$(cells large | wc -l)"
same 'files and lines are those of git' "$(git_numbers "$work/large" | sha256sum)" "$(our_numbers large | sha256sum)"

# What grows, and how far. Caches, which are full long before the middle: 16 MiB of delta bases, 8 MiB of mapped pack, half a
# mebibyte of objects (2.5 MiB parsed), at most 2 MiB of a transaction: 28 MiB. For each commit, for good: some 90 bytes of
# pack index (three objects a commit, mapped, of which the system may take back what it likes) and 25 to 50 bytes of the
# walk, which has to know what it has met. So, with what malloc rounds up: 28 MiB and 200 bytes a commit.
fixed=28672
each=200
echo "memory grew by $((large - small)) KiB from 1,000 commits, by $(((large - middle) * 1024 / (commits - commits / 4))) bytes a commit from $((commits / 4))"
checks=$((checks + 2))
[ $((large - small)) -lt $((fixed + commits * each / 1024)) ] || fail "memory grew by $((large - small)) KiB"
[ $(((large - middle) * 1024)) -lt $(((commits - commits / 4) * each)) ] || fail "memory grew by more than $each bytes a commit"
checks=$((checks + 1))
[ "$large" -lt "$git_peak" ] || fail "the sync took $large KiB, more than git's own log with $git_peak KiB"
passed
