#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a stranger does: build MyProvider with plain g++ and pkg-config against an installed tree, drop it into a folder,
# and have the host list, connect, sync and read it; and what is asked of the installed SDK alone. Usage: run.sh [DIST]. Without DIST the tree is installed from the
# build folder MESON_BUILD_ROOT.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

say() { printf '%s\n' "$*"; }
die() {
  printf 'third party: %s\n' "$*" >&2
  exit 1
}

if [ $# -ge 1 ]; then
  dist=$(cd "$1" && pwd)
else
  : "${MESON_BUILD_ROOT:?give the installed tree as an argument}"
  meson install -C "$MESON_BUILD_ROOT" --no-rebuild --quiet --destdir "$work/stage" >/dev/null
  dist=$(find "$work/stage" -type f -path '*/bin/tento' -printf '%h\n' | head -1)
  dist=${dist%/bin}
fi
tento=$dist/bin/tento
[ -x "$tento" ] || die "no program at $tento"
pc=$(find "$dist" -name tento-sdk.pc -printf '%h\n' | head -1)
[ -n "$pc" ] || die "no tento-sdk.pc under $dist"
flags() { PKG_CONFIG_PATH=$pc pkg-config --define-variable=prefix="$dist" "$@" tento-sdk; }

# The build sees nothing of the project but the installed tree.
cp -r "$here/my_provider" "$work/src"
cd "$work/src"
mkdir "$work/plugins"
so=$work/plugins/tento-myprovider.so
# shellcheck disable=SC2046
g++ -O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -shared $(find . -name '*.cpp') $(flags --cflags) \
  $(pkg-config --cflags simdjson) $(flags --libs) $(pkg-config --libs simdjson) -o "$so"
say "built $(stat -c %s "$so") bytes"

exports=$(nm -D --defined-only "$so" | awk '{ print $3 }' | sort | tr '\n' ' ')
[ "$exports" = 'tento_connector tento_plugin tento_sync_plugin ' ] || die "exports: $exports"
nm -D "$so" | grep -q ' u ' && die 'it has a symbol that is unique in the process'
readelf -d "$so" | grep -Eq 'RPATH|RUNPATH' && die 'it has a run path'
readelf -d "$so" | grep NEEDED | grep -qi tento && die 'it needs a library of the host at run time'
[ "$(readelf -n "$so" | grep -c 'Tento ')" = 1 ] || die 'it has not exactly one note'
say "exports $exports"

# Its sdk/ part alone is a library for any program: no host, no ABI.
g++ -std=c++20 -O2 -c sdk/client.cpp -o "$work/client.o"
nm "$work/client.o" | grep -qi 'tento' && die 'the sdk part knows the host'

# Its headers can be held to the documentation that the host's own providers have.
if command -v doxygen >/dev/null; then
  doxyfile=$(flags --variable=doxyfile)
  documented() { { cat "$doxyfile"; printf 'INPUT = %s\nOUTPUT_DIRECTORY = %s\n' "$1" "$work/doc"; } | doxygen - 2>&1; }
  mkdir "$work/doc" "$work/bare"
  said=$(documented connector) || die "the provider's headers lack documentation: $said"
  printf '/// @file bare.hpp\n/// Bare.\nnamespace bare {\n/// A row.\nstruct Row {\n  int count;\n};\n}\n' >"$work/bare/bare.hpp"
  if said=$(documented "$work/bare"); then die 'a member without documentation was let through'; fi
  case "$said" in *count*not\ documented*) say 'headers without documentation are found' ;; *) die "doxygen said: $said" ;; esac
fi

# A program that uses the HTTP client without a host: the example, built the same way.
if [ -f "$pc/tento-http.pc" ]; then
  # shellcheck disable=SC2046
  g++ -O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror "$here/../../sdk/http/example/get.cpp" \
    $(PKG_CONFIG_PATH=$pc pkg-config --define-variable=prefix="$dist" --cflags --libs tento-http) -o "$work/get"
  said=$("$work/get" --timeout 10 http://127.0.0.1:1/ 2>&1 >/dev/null || true)
  case "$said" in
    'connect_failed: no connection to http://127.0.0.1:1 '*) say 'the HTTP client works in a program of its own' ;;
    *) die "the HTTP client said: $said" ;;
  esac
fi

# A program that embeds the host: the example, by the installed headers and libraries alone, with a provider that needs an
# interface of the program's own. It is asked once over HTTP.
if [ -f "$pc/tento-host.pc" ]; then
  cp -r "$here/../../host/app/example" "$work/embedder"
  # shellcheck disable=SC2046
  g++ -O0 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror "$work/embedder/main.cpp" -I"$work/embedder" \
    $(PKG_CONFIG_PATH=$pc pkg-config --define-variable=prefix="$dist" --cflags --libs tento-host) -o "$work/embed-example"
  mkdir "$work/acme"
  # shellcheck disable=SC2046
  gcc -std=c11 -shared -fPIC -fvisibility=hidden -I"$work/embedder" $(flags --cflags-only-I) "$here/../e2e/fixtures/acme.c" \
    -o "$work/acme/tento-acme.so"
  # The tree was moved, and this program is not in it: where the tree's own programs are is said by its pkg-config file.
  probe=$(PKG_CONFIG_PATH=$pc pkg-config --define-variable=prefix="$dist" --variable=probe tento-host)
  coproc embedder { TENTO_PROBE_PROGRAM=$probe exec "$work/embed-example" "$work/embedded" "$work/acme" 2>"$work/embedder.err"; }
  embedder_pid=$!
  read -r url <&"${embedder[0]}" || die "the embedder serves nothing: $(cat "$work/embedder.err")"
  said=$(curl -gsS "$url/api/rows/:~acme:petty-cash:balance/cells" 2>&1 || true)
  eval "exec ${embedder[1]}>&-"
  wait "$embedder_pid" || die "the embedder ended with $?: $(cat "$work/embedder.err")"
  case "$said" in
    *'{"cents":12345}'*) say 'the host answers over HTTP inside a program of its own' ;;
    *) die "the embedder answered: $said" ;;
  esac
fi

# Ten activities, one a day: today and the nine days before, and one of last year.
{
  printf '['
  for i in 0 1 2 3 4 5 6 7 8 9 400; do
    [ "$i" = 0 ] || printf ','
    printf '{"id":"a%d","date":"%s","name":"Run %d","minutes":%d}' "$i" "$(date -u -d "-$i days" +%F)" "$i" $((30 + i))
  done
  printf ']'
} >"$work/export.json"

run() { "$tento" --config "$work/none.toml" --data-dir "$work/data" --plugin-dir "$work/plugins" "$@"; }
touch "$work/none.toml"
run provider list --output json >"$work/providers.json" || die "provider list: $(cat "$work/providers.json")"
grep -q '"myprovider"' "$work/providers.json" || die "not listed: $(cat "$work/providers.json")"
grep -q '"loaded"' "$work/providers.json" || die "not loaded: $(cat "$work/providers.json")"
run account connect myprovider --id me --set path="$work/export.json"
run row sync :~myprovider:me:activities
cells=$(run row get :~myprovider:me:activities --output jsonl)
[ "$(printf '%s\n' "$cells" | grep -c '"id"')" = 11 ] || die "expected 11 cells, got: $cells"
printf '%s\n' "$cells" | grep -q "ymd-$(date -u +%F)" || die "today's activity is not there: $cells"
say "served $(printf '%s\n' "$cells" | grep -c .) cells; runs:"
run row get :~myprovider:me:activities:logs --output jsonl | grep . || die 'no :logs'

# A row whose key is not the key of its route is refused, and says which.
mkdir "$work/wrong"
# shellcheck disable=SC2046
g++ -O0 -DWRONG_KEY=1 -shared "$here/two_rows/two_rows.cpp" $(flags --cflags --libs) -o "$work/wrong/tento-two.so"
refused=$("$tento" --config "$work/none.toml" --data-dir "$work/data" --plugin-dir "$work/wrong" provider list --output json || true)
case "$refused" in
  *'row two-names: its route is :~two:{authId}:names, whose key'*'is :~two:authId:names, and its lookup_key makes :~two:authId:nams'*) ;;
  *) die "a wrong lookup_key: $refused" ;;
esac

"$here/alone.sh" "$dist"

# The guide's first provider: its code and its commands, as they are printed in the installed page. What a user does once, to
# have the installed tree in PATH and for pkg-config, is done here by a pkg-config of the same name.
page=$dist/share/doc/tento/sdk/docs/writing-a-provider.md
blocks=$here/../../sdk/docs/blocks
mkdir "$work/guide" "$work/bin" "$work/home"
printf '#!/bin/sh\nexec "%s" --define-variable=prefix="%s" "$@"\n' "$(command -v pkg-config)" "$dist" >"$work/bin/pkg-config"
chmod 755 "$work/bin/pkg-config"
cd "$work/guide"
"$blocks" "$page" cpp-first >weights.cpp
cmp -s weights.cpp "$dist/share/tento/examples/weights.cpp" || die 'the installed example is not the code of the page'
{ "$blocks" "$page" sh 1 && "$blocks" "$page" sh 2; } >as_printed.sh
printed() { # printed FILE: runs it as somebody who follows the page would
  env -u TENTO_PLUGIN_PATH HOME="$work/home" XDG_DATA_HOME="$work/home/data" XDG_CONFIG_HOME="$work/home/config" \
    PATH="$work/bin:$dist/bin:$PATH" PKG_CONFIG_PATH="$pc" sh -eu "$1"
}
said=$(printed as_printed.sh 2>&1) || die "the guide's commands failed: $said"
grep -q 'ymd-2026-04-28' <<<"$said" || die "the guide's provider gives nothing: $said"
# A line that makes no sense fails the sync, which says which one; without it the others come.
printf '%s\n' 'tento --plugin-dir . row sync :~weights:me:days >/dev/null 2>sync.err && exit 1' \
  'printf "2026-04-27 72\n" >weights.txt' 'tento --plugin-dir . row sync :~weights:me:days >/dev/null' \
  'tento --plugin-dir . row get :~weights:me:days --output jsonl >cells.jsonl' >again.sh
printf '2026-04-27 72\n2026-04-31 70\n' >weights.txt
printed again.sh || die 'the second sync'
grep -q 'day 31 in month 4 of the year 2026' sync.err || die "the odd line is not told: $(cat sync.err)"
[ "$(grep -o '"id":"[^"]*"' cells.jsonl | tr '\n' ' ')" = '"id":"2026-04-27" "id":"2026-04-28" "id":"2026-04-29" ' ] || die "cells: $(cat cells.jsonl)"
say "the guide's first provider, as printed: ok"

# Its second one and the test of it, as printed, against the installed fakes.
if [ -f "$pc/tento-sdk-testing.pc" ]; then
  cp "$dist/share/tento/examples/myprovider.cpp" "$dist/share/tento/examples/myprovider_test.cpp" .
  "$blocks" "$dist/share/doc/tento/sdk/docs/testing.md" sh 1 >test.sh
  said=$(printed test.sh 2>&1) || die "the test of the guide's provider: $said"
  say "the guide's second provider, as printed: ok"
fi

# Links between the installed documents lead somewhere.
python3 - "$dist/share/doc/tento" <<'CHECK' || die 'a link of the installed documents leads nowhere'
import pathlib, re, sys
root, bad = pathlib.Path(sys.argv[1]), 0
for page in root.rglob("*.md"):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        if not (page.parent / link).exists():
            print(f"{page.relative_to(root)}: {link}")
            bad = 1
sys.exit(bad)
CHECK
say 'third party: ok'
