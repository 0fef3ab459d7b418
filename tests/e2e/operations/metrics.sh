#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The figures of a host with a provider, read by Prometheus' own parser: metrics.sh SAMPLE. SAMPLE is the provider's file.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -m 755 "$work/plugins"
install -m 755 "$SAMPLE" "$work/plugins/"
"$1" "$work/data" "$work/plugins" >"$work/figures"
# Debian's Python, which has Debian's packages.
/usr/bin/python3 "$(dirname "$0")/metrics_check.py" "$work/figures"
