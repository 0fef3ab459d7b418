#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs one fuzzer on its seeds and then on what it makes of them: run.sh FUZZER CORPUS [OPTION...]. Finds stay in the working folder
# (crash-<digest>); a copy of the corpus is mutated, so that the committed seeds stay as they are.
set -eu
fuzzer=$1
seeds=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/corpus" "$work/tmp"
export TMPDIR="$work/tmp"
if [ -d "$seeds" ]; then
  cp -R "$seeds/." "$work/corpus/"
fi
exec_args="-max_total_time=${FUZZ_SECONDS:-10} -timeout=10 -rss_limit_mb=2048 -print_final_stats=1"
# shellcheck disable=SC2086 # the list is ours and splits on purpose
"$fuzzer" $exec_args "$@" "$work/corpus"
