#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program with each hostile provider beside a good one, and a store of its own: it refuses the one with a remedy, serves the
# rows of the other, and its store can be copied, which checks it.
# Called as: hostile.sh TENTO FIXTURE_DIR EMBED_EXAMPLE HOSTILE_DIR
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
hostile=$(realpath "$4")
export TENTO_FIXTURE_LIBRARY=$work/libtentofixture.so
cp "$hostile/libtentofixture.so" "$work/"
kinds=0
for file in "$hostile"/fixture-hostile-*.so; do
  kind=$(basename "$file" .so)
  case $kind in *steal_in_host*) continue ;; esac
  kinds=$((kinds + 1))
  dir=$(plugins "$kind" tento-sample.so)
  cp "$file" "$dir/tento-hostile.so"
  here=(--plugin-dir "$dir" --data-dir "$work/data-$kind")
  run 1 provider list "${here[@]}" --output json
  json '[p["state"] for p in d] == ["rejected", "loaded"]'
  json 'd[0]["id"] == "hostile" and d[0]["reason"] and d[0]["remedy"]'
  case $kind in
    *hang* | *spin* | *stop_itself*) continue ;; # at each start as long as its deadline
  esac
  run 0 account connect sample --integration Sample --id one --set root=/ --no-check "${here[@]}"
  run 0 row get :~sample:one:events "${here[@]}"
  run 0 store backup "$work/backup-$kind" "${here[@]}"
done
if [ "$kinds" -ge 22 ]; then ok; else bad "only $kinds kinds of hostile providers"; fi

# a crash is remembered, and said so
dir=$work/fixture-hostile-crash-0
run 1 provider list --plugin-dir "$dir" --data-dir "$work/data-fixture-hostile-crash-0"
out_has "crashed (SIGSEGV)"
out_has "remembered: it is not tried again"
out_has "to have this one tried again, remove $work/data-fixture-hostile-crash-0/images/"

# one that behaves while it is tried: the start ends at once and says why, and the store is whole
dir=$(plugins late tento-sample.so)
here=(--plugin-dir "$dir" --data-dir "$work/data-late")
run 0 account connect sample --integration Sample --id one --set root=/ --no-check "${here[@]}"
cp "$hostile/fixture-hostile-steal_in_host-1.so" "$dir/"
got=0
# shellcheck disable=SC2016 # the number is that of the shell which becomes the program
bash -c 'export TENTO_FIXTURE_HOST=$$; exec "$@"' - "$tento" row get :~sample:one:events "${here[@]}" >"$work/out" 2>"$work/err" || got=$?
if [ "$got" = 78 ]; then ok; else bad "exit $got, not 78"; fi
err_has "closed or replaced descriptors that are not its own"
err_has "take its file out of the plugin folder"
rm "$dir/fixture-hostile-steal_in_host-1.so"
run 0 row get :~sample:one:events "${here[@]}"
run 0 store backup "$work/backup-late" "${here[@]}"
finish
