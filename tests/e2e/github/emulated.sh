#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program and the provider against an emulation of the service that others wrote: connect, discover, sync, read, write,
# what changed upstream, what the emulation does not have, and its enforced limit.
# shellcheck source=tests/e2e/github/lib.sh
. "$(dirname "$0")/lib.sh"
command -v jq >/dev/null || fail 'jq is not installed: run scripts/setup --test'

start_service
upstream POST /repos/octo/hello/issues '{"title":"issue %N","body":"written upstream"}' 250 >/dev/null
id=$(upstream GET /user | jq -r .id)
row=:~github:$id:repo:octo:hello:issues
cells() { tento row get "$row" --output jsonl; }

# Connecting asks who the token belongs to, and the secret is shown nowhere.
said=$(printf 'token-of-the-tests\n' | tento account connect github --secret-stdin 2>&1)
holds 'the account has the number of the user' "id           $id" "$said"
holds 'and its name' 'label        octo' "$said"
holds 'discover found the repository' "$row" "$said"
holds 'the host knows where it sends to' "$api stands in the place of" "$(tento doctor 2>&1)"

# The first sync has every page; the cells are the service's records.
tento row sync "$row" >/dev/null
same 'all issues are there' 250 "$(cells | wc -l)"
same 'and they are the records of the service' "$(upstream GET /repos/octo/hello/issues/7 | jq -S .)" \
  "$(cells | jq -S 'select(.id == "7") | .data')"
tento row sync "$row" >/dev/null
same 'the same again changes nothing' '0 0 0' \
  "$(tento run list --row "$row" --limit 1 --output json | jq -r '.[0] | [.added, .updated, .deleted] | join(" ")')"

# What changed upstream, and only that; also when it changed in the very second of the last answer.
upstream PATCH /repos/octo/hello/issues/3 '{"state":"closed"}' >/dev/null
upstream POST /repos/octo/hello/issues '{"title":"one more"}' >/dev/null
tento row sync "$row" >/dev/null
same 'the closed one is closed' closed "$(cells | jq -r 'select(.id == "3") | .data.state')"
same 'the new one is there, none is gone' 251 "$(cells | wc -l)"

# Writing: the service has it, and what it made is what is stored.
printf '{"title":"written by tento"}' | tento row post "$row" >/dev/null
same 'the service has the new issue' 'written by tento' "$(upstream GET /repos/octo/hello/issues/252 | jq -r .title)"
same 'and so has the store' 'written by tento' "$(cells | jq -r 'select(.id == "252") | .data.title')"
printf '{"title":"changed by tento","state":"closed"}' | tento row patch "$row" --id 252 >/dev/null
same 'the service has the change' 'changed by tento closed' \
  "$(upstream GET /repos/octo/hello/issues/252 | jq -r '.title + " " + .state')"
same 'and so has the store' 'changed by tento' "$(cells | jq -r 'select(.id == "252") | .data.title')"

# A write for a version: not when the issue changed behind the store's back.
version=$(cells | jq -r 'select(.id == "252") | .data.updated_at')
sleep 1.1 # versions are whole seconds
upstream PATCH /repos/octo/hello/issues/252 '{"title":"changed upstream"}' >/dev/null
printf '{"title":"too late"}' >"$work/late"
refused 'a write for an older version' 1 "the write is for $version" \
  bash -c '"$1" row patch "$2" --id 252 --if-version "$3" <"$4"' - "$TENTO" "$row" "$version" "$work/late"
same 'it changed nothing' 'changed upstream' "$(upstream GET /repos/octo/hello/issues/252 | jq -r .title)"
version=$(upstream GET /repos/octo/hello/issues/252 | jq -r .updated_at)
printf '{"title":"in time"}' | tento row patch "$row" --id 252 --if-version "$version" >/dev/null
same 'one for the version that is there does' 'in time' "$(upstream GET /repos/octo/hello/issues/252 | jq -r .title)"

# The other rows.
tento row sync ":~github:$id:repos" >/dev/null
same 'the repository' octo/hello "$(tento row get ":~github:$id:repos" --output jsonl | jq -r .data.full_name)"
tento row sync ":~github:$id:repo:octo:hello:commits" >/dev/null
same 'its commit' "$(upstream GET /repos/octo/hello/commits | jq -r '.[].sha')" \
  "$(tento row get ":~github:$id:repo:octo:hello:commits" --output jsonl | jq -r .id)"
commits() { tento row get ":~github:$id:repo:octo:hello:commits" --output jsonl | jq -r .id | sort; }
upstream_commits() { upstream GET '/repos/octo/hello/commits?per_page=100' | jq -r '.[].sha' | sort; }
# new_commit PARENT MESSAGE: a commit upstream that no branch leads to yet
tree=$(upstream GET /repos/octo/hello/commits | jq -r '.[0].commit.tree.sha')
new_commit() {
  upstream POST /repos/octo/hello/git/commits \
    "$(jq -n --arg tree "$tree" --arg parent "$1" --arg message "$2" '{$tree, $message, parents: [$parent]}')" | jq -r .sha
}
move_branch() { # SHA
  upstream PATCH /repos/octo/hello/git/refs/heads/main "{\"sha\":\"$1\",\"force\":true}" >/dev/null
}
root=$(upstream_commits)
old=$(new_commit "$(new_commit "$root" second)" third)
move_branch "$old"
tento row sync ":~github:$id:repo:octo:hello:commits" >/dev/null
same 'what was pushed' "$(upstream_commits)" "$(commits)"
same 'three commits' 3 "$(commits | wc -l)"
move_branch "$(new_commit "$root" 'second, rewritten')"
tento row sync ":~github:$id:repo:octo:hello:commits" --stage viewport >/dev/null
same 'what was rewritten by force' "$(upstream_commits)" "$(commits)"
same 'two commits' 2 "$(commits | wc -l)"
move_branch "$root"
tento row sync ":~github:$id:repo:octo:hello:commits" --stage viewport >/dev/null
same 'what was reset' "$root" "$(commits)"
same 'the day of that commit' 1 "$(tento row get ":~github:$id:activity:daily" --output jsonl | jq -r .data.commits)"
holds 'runs are a row, too' '"status":"ok"' "$(tento row get "$row:logs" --output jsonl)"

# What the emulation lacks is told as what it is.
refused 'no events there' 1 'the events: the service answered 404' tento row sync ":~github:$id:events"
refused 'no such repository' 1 'the issues of octo/none: the service answered 404' \
  tento row sync ":~github:$id:repo:octo:none:issues"

# Five thousand an hour are enforced without a Retry-After; the wait is until the budget is full again.
printf 'token-that-is-spent\n' | tento account connect github --id spent --secret-stdin --no-check >/dev/null 2>&1
upstream GET /rate_limit '' 5000 token-that-is-spent >/dev/null
refused 'the budget is used up' 4 'rate limit' tento row sync ":~github:spent:repos"

if grep -rqF -e token-of-the-tests -e token-that-is-spent <(tento store dump 2>&1) <(tento run list --output json) \
  <(tento account list --output json); then
  fail 'a token is shown'
fi
checks=$((checks + 1))
passed
