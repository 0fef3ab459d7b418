#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the shared object needs: neither OpenSSL nor another HTTP library. Called as: needed.sh FILE
set -euo pipefail
needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ -n "$needed" ] || { echo "readelf shows no needed library of $1"; exit 1; }
if grep -E 'ssl|crypto|beast|curl|http' <<<"$needed"; then
  echo "$1 needs a library that the host has for it: its transport is tento.http/1"
  exit 1
fi
echo "$1 needs:"
echo "$needed"
