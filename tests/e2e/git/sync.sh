#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Connect, sync, get and compare with git's own words: content, ranges, increments, rewrites, days, logs.
# shellcheck source=tests/e2e/git/lib.sh
. "$(dirname "$0")/lib.sh"

repository "$work/repo" 30
git -C "$work/repo" switch -q -c side HEAD~10
for i in $(seq 1 5); do commit "$work/repo" "side $i" "side$i" "$i
"; done
git -C "$work/repo" switch -q main
GIT_COMMITTER_DATE='1767230000 +0000' GIT_AUTHOR_DATE='1767230000 +0000' git -C "$work/repo" merge -q --no-ff -m merged side
head -c 2000 /dev/urandom >"$work/repo/binary"
printf '\0' >>"$work/repo/binary"
commit "$work/repo" 'a binary file'

provider=$(tento provider list --output json)
same 'the provider is loaded' loaded "$(jq -r '.[] | select(.id == "git") | .state' <<<"$provider")"

connect repo "$work/repo"
sync repo
same 'every commit is there' "$(revisions "$work/repo")" "$(ids repo)"
same 'files and lines are those of git' "$(git_numbers "$work/repo")" "$(our_numbers repo)"
same 'as many as git counts' "$(git -C "$work/repo" rev-list --count HEAD)" "$(cells repo | wc -l)"
head=$(git -C "$work/repo" rev-parse HEAD)
same 'a commit tells what git tells' "$(git -C "$work/repo" log -1 --format='%s|%an|%ae|%aI|%P' HEAD~1)" \
  "$(cells repo | jq -r --arg id "$(git -C "$work/repo" rev-parse HEAD~1)" 'select(.id == $id).data | [.subject, .author.name, .author.email, .author.time, (.parents | join(" "))] | join("|")')"

from=2026-01-01T00:10:00Z
to=2026-01-01T00:20:00Z
same 'a range has what git has between its ends' \
  "$(git -C "$work/repo" log --format='%at %H' | awk -v a="$(date -d $from +%s)" -v b="$(date -d $to +%s)" '$1 >= a && $1 < b { print $2 }' | sort)" \
  "$(tento row get :~git:repo:commits --from $from --to $to --output jsonl | jq -r .id | sort)"

before=$(dump repo)
sync repo
same 'a second sync changes nothing' "$before" "$(dump repo)"
commit "$work/repo" new fresh 'x
'
sync repo
same 'a new commit arrives' "$(revisions "$work/repo")" "$(ids repo)"

git -C "$work/repo" commit -q --amend --allow-empty -m amended
sync repo
same 'what was amended away is gone' "$(revisions "$work/repo")" "$(ids repo)"
git -C "$work/repo" reset -q --hard HEAD~7
git -C "$work/repo" branch -q -D side
git -C "$work/repo" reflog expire --expire=now --all
git -C "$work/repo" gc -q --prune=now
commit "$work/repo" 'after the rewrite'
sync repo
same 'what was rewritten and pruned is gone' "$(revisions "$work/repo")" "$(ids repo)"
[ "$(git -C "$work/repo" rev-parse HEAD)" != "$head" ] || fail 'the history was rewritten'

same 'days are those of git' \
  "$(git -C "$work/repo" log --no-renames --numstat --diff-merges=first-parent --date=format:%Y-%m-%d --format='C %ad' |
    awk '/^C / { day = $2; n[day]++; next } NF && $1 != "-" { a[day] += $1; d[day] += $2 } END { for (day in n) print "ymd-" day, n[day], a[day] + 0, d[day] + 0 }' | sort)" \
  "$(tento row get :~git:repo:commits:daily --output jsonl | jq -r '[.date, .data.commits, .data.insertions, .data.deletions] | join(" ")')"
checks=$((checks + 1))
[ "$(tento row get :~git:repo:commits:logs --output jsonl | wc -l)" -ge 4 ] || fail 'the runs are in the logs'

git -C "$work/repo" switch -q -c topic
commit "$work/repo" 'on a topic'
git -C "$work/repo" switch -q main
connect both "$work/repo" 'topic'
sync both
same 'a reference adds its commits' "$(revisions "$work/repo" HEAD topic)" "$(ids both)"
git -C "$work/repo" branch -q -D topic
sync both
same 'and takes them along' "$(revisions "$work/repo")" "$(ids both)"

git -C "$work/repo" checkout -q --detach HEAD~2
connect detached "$work/repo"
sync detached
same 'a detached head' "$(revisions "$work/repo")" "$(ids detached)"
passed
