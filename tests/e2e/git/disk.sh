#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The disk fills up in mid-sync: a clear error, a sound store, and once there is room the sync ends as if nothing had been.
# shellcheck source=tests/e2e/git/lib.sh
. "$(dirname "$0")/lib.sh"

long_repository "$work/repo" 4000
connect repo "$work/repo"
cp -a "$work/data" "$work/connected"
sync repo
expected=$(dump repo)
rm -rf "$work/data"

mkdir "$work/small"
room=$(($(du -sk "$work/connected" | cut -f1) + 2048))k
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=$room tmpfs "$work/small" 2>/dev/null; then
  trap 'umount "$work/small"; rm -rf "$work"' EXIT
  cp -a "$work/connected" "$work/small/data"
  export TENTO_DATA_DIR=$work/small/data
  refused 'a full disk' 5 'no space is left' tento row sync :~git:repo:commits
  mount -o remount,size=256m "$work/small"
else
  # Without the right to mount: a limit on the size of files, which SQLite is told as a full disk or a failed write.
  cp -a "$work/connected" "$work/data"
  limited() { (ulimit -f 2048 && trap '' XFSZ && "$TENTO" "$@"); }
  said=$(limited row sync :~git:repo:commits 2>&1) && fail 'a sync beyond the limit cannot succeed'
  [ -n "$said" ] || fail 'it says why'
fi
sync repo
same 'with room again, it ends as if nothing had been' "$expected" "$(dump repo)"
same 'the store is sound' ok "$(sqlite3 "$TENTO_DATA_DIR/store.sqlite" 'PRAGMA integrity_check')"
passed
