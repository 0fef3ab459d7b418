# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of the program share: a folder of its own for each, a few checks, a count at the end.
# Called as: TEST.sh TENTO FIXTURE_DIR
set -u
tento=$(realpath "$1")
fixtures=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work/home XDG_CONFIG_HOME=$work/home/.config XDG_DATA_HOME=$work/home/.local/share
unset TENTO_CONFIG TENTO_DATA_DIR TENTO_PLUGIN_PATH
mkdir -p "$HOME"
umask 022
passed=0
failed=0

ok() { passed=$((passed + 1)); }
bad() {
  failed=$((failed + 1))
  echo "FAILED: $1"
  if [ -f "$work/out" ]; then sed 's/^/  out: /' "$work/out" | head -20; fi
  if [ -f "$work/err" ]; then sed 's/^/  err: /' "$work/err" | head -20; fi
}

# plugins NAME FILE...: a folder with copies of these fixtures
plugins() {
  local dir=$work/$1
  shift
  mkdir -p "$dir"
  for f in "$@"; do cp "$fixtures/$f" "$dir/"; done
  chmod 755 "$dir" "$dir"/*
  echo "$dir"
}

# run EXIT ARGS...: runs the program, keeps its output in $work/out and $work/err, checks how it ended
run() {
  local want=$1 got=0
  shift
  "$tento" "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  if [ "$got" = "$want" ]; then ok; else bad "exit $got, not $want: tento $*"; fi
}
out_has() { if grep -qF -- "$1" "$work/out"; then ok; else bad "no \"$1\" in the output"; fi; }
err_has() { if grep -qF -- "$1" "$work/err"; then ok; else bad "no \"$1\" in the errors"; fi; }
out_lacks() { if grep -qF -- "$1" "$work/out"; then bad "\"$1\" in the output"; else ok; fi; }
err_lacks() { if grep -qF -- "$1" "$work/err"; then bad "\"$1\" in the errors"; else ok; fi; }
# json EXPRESSION: a Python expression over `d`, the parsed output, that must hold
json() {
  if python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' "$work/out" "$1" 2>"$work/py"; then ok
  else bad "$1 does not hold"; sed 's/^/  py: /' "$work/py" | tail -3; fi
}
finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
