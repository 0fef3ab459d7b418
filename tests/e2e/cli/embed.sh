#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The embedder's example with its rich interface, and the plain program that lacks it.
# Called as: embed.sh TENTO FIXTURE_DIR EMBED_EXAMPLE
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
example=$(realpath "$3")
dir=$(plugins acme tento-acme.so)
example() {
  local want=$1 got=0
  shift
  "$example" "$@" >"$work/out" 2>"$work/err" || got=$?
  if [ "$got" = "$want" ]; then ok; else bad "exit $got, not $want: embed-example $*"; fi
}
example 0 "$work/data" "$dir" :~acme:petty-cash:balance
json 'd == {"id":"petty-cash","date":"y-2026","end_date":None,"data":{"cents":12345},"version":None}'
example 0 "$work/data" "$dir" :~acme:travel:balance
out_has -500
example 1 "$work/data" "$dir" :~acme:nobody:balance
err_has "the books have no account nobody"
example 2
# the same row over HTTP, by a host that lives until its standard input ends
coproc server { exec "$example" "$work/data" "$dir" 2>"$work/err"; }
pid=$!
read -r url <&"${server[0]}"
curl -gsS "$url/api/rows/:~acme:petty-cash:balance/cells" >"$work/out" 2>"$work/err"
json 'd["cells"][0]["data"] == {"cents": 12345}'
curl -sS -H 'Host: elsewhere' -o /dev/null -w '%{http_code}' "$url/api/providers" >"$work/out"
out_has 421
eval "exec ${server[1]}>&-"
if wait "$pid"; then ok; else bad "the host that served ended with $?"; fi
# built for a longer interface than this embedder has
long=$(plugins long tento-acme-long.so)
example 78 "$work/data" "$long" :~acme:travel:balance
err_has acme.ledger/1
err_has AcmeBooks
err_has ":~acme:{book}:balance"
# a host without it
run 78 row get :~acme:travel:balance --plugin-dir "$dir"
err_has acme.ledger/1
finish
