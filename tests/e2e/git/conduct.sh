#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The provider's conduct on a real repository: descriptors, pure slots, secrets, the process's state.
# Called as: conduct.sh CONDUCT PROVIDER
# shellcheck source=tests/e2e/git/lib.sh
. "$(dirname "$0")/lib.sh"
conduct=$(realpath "$1")
provider=$(realpath "$2")

went_well() { # FOLDER...: how many calls did, when nothing is said against the provider
  local said
  said=$("$conduct" "$provider" "$@") || fail "its conduct: $said"
  sed -n 's/.*of which \([0-9]*\) went well.*/\1/p' <<<"$said"
}

repository "$work/repo" 5
empty=$(went_well)
full=$(went_well "$work/repo")
[ "$full" -gt "$empty" ] || fail "with a repository $full calls went well, without one $empty"
checks=$((checks + 2))
passed
