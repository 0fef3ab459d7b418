#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Connecting by OAuth against an emulation that others wrote: an app that the operator registered, the person's choice in a
# browser (two requests of curl), the answer, and what a refused answer says. Errors come with status 200 there, as they do
# at the service.
# shellcheck source=tests/e2e/github/lib.sh
. "$(dirname "$0")/lib.sh"
command -v jq >/dev/null || fail 'jq is not installed: run scripts/setup --test'

start_service
{
  printf 'client_id = "Iv1.of-the-tests"\nclient_secret_file = "github.secret"\n'
  printf '[providers.github.endpoints]\n"https://github.com" = "%s"\n' "$api"
} >>"$TENTO_CONFIG"
printf 'the-secret-of-the-app\n' >"$(dirname "$TENTO_CONFIG")/github.secret"

# sign_in [OPTION...]: begins a connection, goes through the service, and leaves the last page in $page and what the command
# said in $said.
sign_in() {
  local link at query answer jar=$work/jar.$RANDOM
  tento account connect github "$@" >"$work/connect.out" 2>&1 &
  local command=$!
  for _ in $(seq 2400); do
    link=$(sed -n 's/^  \(http.*\)$/\1/p' "$work/connect.out")
    [ -n "$link" ] && break
    sleep 0.05
  done
  [ -n "$link" ] || fail "no link: $(cat "$work/connect.out")"
  at=$(curl -s -c "$jar" -o /dev/null -w '%{redirect_url}' "$link")
  query=${at#*\?}
  of() { python3 -c 'import sys, urllib.parse as u; print(dict(u.parse_qsl(sys.argv[1])).get(sys.argv[2], ""))' "$query" "$1"; }
  scopes=$(of scope)
  authorize=${at%%\?*}
  answer=$(curl -s -o /dev/null -w '%{redirect_url}' "$api/login/oauth/callback" --data-urlencode "login=octo" \
    --data-urlencode "redirect_uri=$(of redirect_uri)" --data-urlencode "scope=$scopes" --data-urlencode "state=$(of state)" \
    --data-urlencode "client_id=$(of client_id)")
  [ -z "${edit:-}" ] || answer=$(printf '%s' "$answer" | sed "$edit")
  page=$(curl -s -b "$jar" "$answer")
  wait "$command" && code=0 || code=$?
  said=$(cat "$work/connect.out")
}

sign_in
same 'the person was sent to the service' "$api/login/oauth/authorize" "$authorize"
same 'for what the rows need' 'repo notifications' "$scopes"
holds 'and comes back to a page that says so' 'github is connected as octo' "$page"
same 'the command ends well' 0 "$code"
id=$(upstream GET /user | jq -r .id)
same 'the account is the user' "$id octo active" \
  "$(tento account list --output json | jq -r '.[0] | [.id, .label, .state] | join(" ")')"
same 'its access does not end' null "$(tento account list --output json | jq -r '.[0].expires')"
holds 'its repositories are found' ":~github:$id:repo:octo:hello:issues" "$said"
tento row sync ":~github:$id:repos" >/dev/null
same 'and synced with the token' octo/hello "$(tento row get ":~github:$id:repos" --output jsonl | jq -r .data.full_name)"

sign_in --scopes repositories --id "$id"
same 'some scopes alone' repo "$scopes"
holds 'the same account again' 'is connected again' "$said"
same 'there is one' 1 "$(tento account list --output json | jq length)"

edit='s/code=[^&]*/code=guessed/' sign_in
holds 'a code that is none' 'oauth_code_refused' "$page"
[ "$code" != 0 ] || fail 'the command ended well'
holds 'and the command says so' 'says' "$said"

holds 'the end says what is left to do' 'take the access away there' "$(tento account disconnect "$id" 2>&1)"
if grep -rqa 'the-secret-of-the-app' "$TENTO_DATA_DIR"; then fail 'the secret of the app lies in the data folder'; fi
passed
