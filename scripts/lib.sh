# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the scripts share: where the project is, how a part is announced and timed, where results are kept.
# Source it first: `. "$(dirname "$0")/lib.sh"`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export root
jobs=$(nproc)
export jobs
parts=()

# part NAME COMMAND...: runs it under a headline and remembers how long it took. A failure is remembered, not fatal, so
# that one run shows everything that is wrong.
failed_parts=()
part() {
  local name=$1 before after code=0
  shift
  printf '\n== %s\n' "$name"
  before=$SECONDS
  "$@" || code=$?
  after=$SECONDS
  parts+=("$(awk -v s=$((after - before)) -v n="$name" 'BEGIN { printf "%6.1f min  %s", s / 60, n }')")
  if [ "$code" -ne 0 ]; then
    printf '== %s FAILED (exit %d)\n' "$name" "$code"
    failed_parts+=("$name")
  fi
}

print_parts() {
  printf '\n'
  printf '%s\n' "${parts[@]}"
  awk -v s=$SECONDS 'BEGIN { printf "%6.1f min  in all\n", s / 60 }'
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || {
      echo "$tool is missing: run scripts/setup${setup_hint:-} first" >&2
      exit 1
    }
  done
}

# configure BUILD OPTION...: sets a build folder up, or brings an existing one to these options. Meson keeps the defaults
# that a folder was set up with, so those of meson.build that have changed are said again.
configure() {
  local build=$1
  shift
  set -- -Dunity=on -Dunity_size=12 "$@"
  if [ -f "$build/build.ninja" ]; then
    meson configure "$build" "$@" >/dev/null && meson setup --reconfigure "$build" >"$build.log" 2>&1 && return 0
    rm -rf "$build"
  fi
  meson setup "$build" "$root" --wrap-mode=nofallback "$@" >"$build.log" 2>&1 || {
    tail -40 "$build.log" >&2
    return 1
  }
}
