#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Backups as people make them: by the program beside a host, with cp in the wrong way, put back over what is there; and
# what doctor says.
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
data=$work/data
export TENTO_DATA_DIR=$data TENTO_LISTEN=127.0.0.1:0 TENTO_LOG_LEVEL=info
TENTO_PLUGIN_PATH=$(plugins both tento-sample.so tento-net.so)
export TENTO_PLUGIN_PATH
key=:~sample:one:events
host=
# shellcheck disable=SC2329 # called by the trap
clean_up() {
  [ -z "$host" ] || kill -KILL "$host" 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
is() { if [ "$2" = "$3" ]; then ok; else bad "$1: $3, not $2"; fi; }
cells() { "$tento" row get "$key" --output jsonl 2>"$work/err" | wc -l; }
serve() {
  "$tento" serve >"$work/serve.out" 2>"$work/serve.log" &
  host=$!
  for _ in $(seq 2400); do
    grep -q '^listening' "$work/serve.out" && return
    kill -0 "$host" 2>/dev/null || break
    sleep 0.05
  done
  cat "$work/serve.log"
  bad "the server does not come up"
}
end_host() { # signal
  kill "-$1" "$host"
  wait "$host" 2>/dev/null
  host=
}

run 1 store backup "$work/none"
err_has "there is no store in $data yet"
if [ -e "$work/none" ] || [ -e "$data/store.sqlite" ]; then bad "a backup of nothing made something"; else ok; fi

run 0 account connect sample --integration Sample --id one --set root=.
printf 'geheim-0815' | "$tento" account connect net --id sealed --secret-stdin --no-check >"$work/out" 2>"$work/err" || bad "connect"
run 0 row sync "$key"
count=$(cells)
if [ "$count" -gt 0 ]; then ok; else bad "no cells to begin with"; fi

# beside a host, by the one who asks: the path is theirs
serve
(cd "$work" && "$tento" store backup here.sqlite --output json >"$work/out" 2>"$work/err") || bad "backup beside a host"
json "d['file'] == '$work/here.sqlite' and d['users'] == 1 and d['accounts'] == 2 and d['cells'] == $count and d['bytes'] > 0 and d['seconds'] >= 0"
is "its mode" 600 "$(stat -c %a "$work/here.sqlite")"
is "what lies beside it" "" "$(find "$work" -maxdepth 1 -name '*here.sqlite?*' -o -maxdepth 1 -name '.here*')"
is "its soundness" ok "$(sqlite3 "$work/here.sqlite" 'PRAGMA integrity_check')"
run 1 store backup "$work/here.sqlite"
err_has "is there already"
run 0 store backup "$work/here.sqlite" --overwrite
err_has "the vault's key file $data/vault.key is not in it"
run 1 store restore "$work/here.sqlite"
err_has "in use by process $host"
run 0 doctor --deep
out_has "every page, index and reference is as it should be"

# the file alone, copied from the running host, and with its log; then a kill, after which all is quiet
run 0 account connect sample --integration Sample --id two --set root=.
run 0 row sync :~sample:two:events
cp "$data/store.sqlite" "$work/live"
end_host KILL
cp -a "$data" "$work/killed"
mkdir -m 700 "$work/alone"
cp "$work/live" "$work/alone/store.sqlite"
run 1 --data-dir "$work/alone" account list
err_has "was copied from a running host without the log"
run 1 --data-dir "$work/alone" doctor
out_has "tento store backup FILE"
run 0 --data-dir "$work/killed" row get "$key"
err_lacks store

# a backup put over the file of the killed host, whose log still lies there
cp -a "$data" "$work/mixed"
rm -rf "$work/mixed/store.sqlite-shm"
cp "$work/here.sqlite" "$work/mixed/store.sqlite"
if [ -s "$work/mixed/store.sqlite-wal" ]; then ok; else bad "no log was left by the kill"; fi
run 1 --data-dir "$work/mixed" row get "$key"
err_has "do not belong together"
run 1 --data-dir "$work/mixed" doctor
out_has "tento store restore $work/mixed/store.sqlite"
run 0 --data-dir "$work/mixed" store restore "$work/mixed/store.sqlite" --output json
json "d['cells'] == $count and d['replaced'].startswith('$work/mixed/replaced-')"
run 0 --data-dir "$work/mixed" row get "$key" --output jsonl
is "cells of the backup" "$count" "$(wc -l <"$work/out")"

# restored in place; then where the key is not
run 0 store restore "$work/here.sqlite" --output json
json "d['accounts'] == 2 and d['vault'] == 'the keys fit'"
run 0 account list --output json
json "len(d) == 2"
run 0 audit list --output json
json "any(a['operation'] == 'store restore' and a['outcome'] == 'ok' for a in d)"
run 0 --data-dir "$work/other" store restore "$work/here.sqlite" --output json
json "'vault' in d and '$work/other/vault.key is not there' in d['vault'] and d['replaced'] is None"
run 1 --data-dir "$work/other" doctor
out_has "$work/other/vault.key is not there"
out_has "its pages are as they should be"
run 0 --data-dir "$work/other" row get "$key"

# a store that is gone, or empty, where there was one
: >"$data/store.sqlite"
run 1 account list
err_has "this data folder is not new"
run 1 doctor
out_has "this data folder is not new"
rm "$data/store.sqlite"
run 1 account list
err_has "is not there, but this data folder is not new"
run 0 store restore "$work/here.sqlite"
is "cells after it was lost" "$count" "$(cells)"

# a host that was killed, and a disk that changed something meanwhile
serve
run 0 row sync "$key"
end_host KILL
sqlite3 "$data/store.sqlite" "UPDATE cells SET data = replace(data, 'line', 'lime')"
run 1 row get "$key"
err_has "a cell of $key is not as it was written"
err_has "row sync $key"
run 0 row sync "$key"
is "cells after they were fetched again" "$count" "$(cells)"

# a folder in which nothing can be written is read
cp -a "$data" "$work/still"
as=(env)
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$work" "$work/both"
  chown -R 65534:65534 "$work/still"
  as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi
chmod -R a-w "$work/still"
is "cells that are read there" "$count" "$("${as[@]}" "$tento" --data-dir "$work/still" row get "$key" --output jsonl 2>"$work/err" | wc -l)"
err_has "the store can only be read"
if "${as[@]}" "$tento" --data-dir "$work/still" row sync "$key" >"$work/out" 2>"$work/err"; then bad "a sync into a folder that cannot be written"; fi
err_has "is open for reading alone"
if "${as[@]}" "$tento" --data-dir "$work/still" serve >"$work/out" 2>"$work/err"; then bad "a host in a folder that cannot be written"; fi
err_has "no permission"
chmod -R u+w "$work/still"

# a mount for reading only, where this may be tried
if [ "$(id -u)" = 0 ] && mkdir "$work/mount" && mount -t tmpfs none "$work/mount" 2>/dev/null; then
  cp -a "$data" "$work/mount/data"
  mount -o remount,ro "$work/mount"
  run 0 --data-dir "$work/mount/data" account list
  err_has "mounted read-only"
  run 1 --data-dir "$work/mount/data" doctor
  out_has "mounted read-only"
  umount "$work/mount"
fi
finish
