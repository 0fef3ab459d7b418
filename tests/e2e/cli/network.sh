#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A provider that needs the network: connect with a check, sync, read, write; and the secret is seen by its service alone.
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
secret=geheim-4711-x/y
data=$work/data
export TENTO_DATA_DIR=$data TENTO_LOG_LEVEL=trace
folder=$(plugins net tento-net.so tento-netquery.so)
export TENTO_PLUGIN_PATH=$folder
everything=$work/everything # all that was ever printed or logged
: >"$everything"
: >"$work/requests"

python3 "$(dirname "$0")/network_server.py" "$secret" "$work/port" "$work/requests" &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
for _ in $(seq 1200); do [ -f "$work/port" ] || sleep 0.1; done
port=$(cat "$work/port")
mkdir -p "$XDG_CONFIG_HOME/tento"
cat >"$XDG_CONFIG_HOME/tento/tento.toml" <<EOF
[providers.net]
endpoint = "http://127.0.0.1:$port"
[providers.netquery.endpoints]
"https://api.net.example" = "http://127.0.0.1:$port"
EOF

kept() { cat "$work/out" "$work/err" >>"$everything"; }
# connect EXIT SECRET ARGS...
connect() {
  local want=$1 given=$2 got=0
  shift 2
  printf %s "$given" | "$tento" account connect "$@" --secret-stdin --output json >"$work/out" 2>"$work/err" || got=$?
  if [ "$got" = "$want" ]; then ok; else bad "exit $got, not $want: account connect $*"; fi
  kept
}
# requests EXPRESSION: over `d`, all requests the service saw
requests() {
  if python3 -c 'import json,sys; d=[json.loads(l) for l in open(sys.argv[1])]; assert eval(sys.argv[2]), d' \
    "$work/requests" "$1" 2>"$work/py"; then ok; else bad "requests: $1 does not hold"; tail -3 "$work/py"; fi
}

# A wrong secret is not saved, and neither is one that could not be tried.
connect 3 wrong-secret-1 net
err_has 'the service refused the login'
connect 4 busy net
err_has 'the service is busy'
run 0 account list --output json
json 'd == []'
requests 'len(d) == 2 and all(r["path"] == "/user" and not r["right"] for r in d)'
# Unless nobody is to ask.
connect 0 wrong-secret-1 net --no-check --id unchecked
requests 'len(d) == 2'

for provider in net netquery; do
  : >"$work/requests"
  connect 0 "$secret" $provider
  json 'd["id"] == "me" and d["label"] == "Somebody"'
  run 0 row sync ":~$provider:me:items" --output json
  kept
  run 0 row get ":~$provider:me:items" --output json
  kept
  json '[c["data"]["page"] for c in (d["cells"] if "cells" in d else d)] == [2, 3, 4]'
  echo '{"a":1}' >"$work/body"
  run 0 row post ":~$provider:me:items" --body-file "$work/body" --output json
  kept
  echo '{"b":2}' >"$work/body"
  run 0 row patch ":~$provider:me:items" --id posted --body-file "$work/body" --output json
  kept
  # The credential goes once, also where a redirect repeats it and a link tries to.
  requests 'all(r["right"] and r["keys"] <= 1 for r in d)'
  requests '[r["page"] for r in d if r["path"] == "/items" and r["method"] == "GET"] == ["1", "2", "3", "4"]'
  requests '[json.loads(r["body"]) for r in d if r["method"] in ("POST", "PATCH")] == [{"a": 1}, {"b": 2}]'
  requests 'all(r["agent"].startswith("tento/") for r in d)'
  # One process asks over one connection.
  requests 'len({r["port"] for r in d if r["page"]}) == 1'
done

# A refused credential: the sync fails as auth, and the account says so.
run 3 row sync ':~net:unchecked:items'
kept
err_has 'net: the service refused the credential of'
run 0 account list --provider net --output json
json '{a["id"]: a["state"] for a in d} == {"me": "active", "unchecked": "needs_reauth"}'
: >"$work/requests"
run 3 row sync ':~net:unchecked:items'
kept
requests 'd == []'

run 0 doctor --output json
kept
json '[f["status"] for f in d if f["check"] == "endpoint"] == ["ok", "ok"]'
run 0 config show --output json
kept
out_has "http://127.0.0.1:$port"

# The secret is in the store, and in nothing that anybody reads.
for form in "$secret" geheim-4711-x%2Fy wrong-secret-1; do
  if grep -qF -- "$form" "$everything"; then bad "a secret was printed"; else ok; fi
done
if [ -s "$everything" ]; then ok; else bad "nothing was printed"; fi
finish
