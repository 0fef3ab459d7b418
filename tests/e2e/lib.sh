# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What end-to-end tests share: a folder of their own ($work), the program under a clean environment, checks that are counted.
# Sourced by the lib.sh of each folder, which sets what its provider needs. clean_up() may be replaced; it removes $work.
set -euo pipefail

: "${TENTO:?the program}"
work=$(mktemp -d "${TMPDIR:-/tmp}/tento-e2e-XXXXXX")
clean_up() { rm -rf "$work"; }
trap clean_up EXIT
unset XDG_CONFIG_HOME XDG_DATA_HOME SUDO_UID GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY
export HOME=$work/home LC_ALL=C.UTF-8 TZ=UTC
export TENTO_DATA_DIR=$work/data TENTO_CONFIG=$work/tento.toml
mkdir -p "$HOME"
: >"$TENTO_CONFIG"
checks=0

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# same WHAT EXPECTED GOT
same() {
  checks=$((checks + 1))
  [ "$2" = "$3" ] || {
    diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | head -20 >&2 || true
    fail "$1"
  }
}

# holds WHAT PART TEXT
holds() {
  checks=$((checks + 1))
  case "$3" in
    *"$2"*) ;;
    *) fail "$1: '$2' is not in: $3" ;;
  esac
}

# refused WHAT STATUS PART COMMAND...: the command ends with that status and says that.
refused() {
  local what=$1 status=$2 part=$3 said got=0
  shift 3
  said=$("$@" 2>&1) || got=$?
  [ "$got" = "$status" ] || fail "$what: exit status $got, not $status: $said"
  holds "$what" "$part" "$said"
}

tento() { "$TENTO" "$@"; }
passed() { echo "$checks checks passed"; }
