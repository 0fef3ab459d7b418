#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Accounts, syncing, reading, writing, and every exit code.
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
dir=$(plugins good tento-sample.so)
export TENTO_PLUGIN_PATH=$dir
cd "$work" || exit 1

# accounts
run 2 account connect sample --integration Sample
err_has "setting root: is missing"
err_has "--set root=PATH"
run 2 account connect sample --integration Smaple --set root=.
err_has 'did you mean "Sample"?'
run 2 account connect sample --set root=.
err_has "--integration"
run 1 account connect smaple
err_has 'did you mean "sample"?'
run 2 account connect sample --integration Sample --set root=. --set mode=fsat
err_has "is not one of"
run 3 account connect sample --integration Sample --set root=. --set mode=auth
err_has "refused"
run 0 account list --output json
json 'd == []'
run 0 account connect sample --integration Sample --set root=sub/dir --zone Europe/Berlin --output json
json 'd["id"] == "one" and d["label"] == "Sample one" and d["settings"]["root"] == "'"$work"'/sub/dir" and d["settings"]["mode"] == "ok"'
json '":~sample:one:events" in d["rows"]'
run 2 account connect sample --integration Sample --set root=. --zone Mars/Base
err_has "not a time zone"

# secrets
run 2 account connect sample --integration SampleToken --id tok
err_has "--secret-stdin"
run 2 account connect sample --integration SampleToken --id tok --set pin=hunter2
err_has "is a secret"
err_lacks hunter2
printf 'hunter2\n' | "$tento" account connect sample --integration SampleToken --id tok --secret-stdin >"$work/out" 2>"$work/err" && ok || bad "a token account"
if grep -rqa --include="store.sqlite*" hunter2 "$work"; then bad "the secret lies in the data folder"; else ok; fi
run 0 account list --output json
json '[a["id"] for a in d] == ["one", "tok"] or [a["id"] for a in d] == ["tok", "one"]'
if grep -rq hunter2 "$work/out" "$work/err"; then bad "a secret was shown"; else ok; fi
if [ -z "$(find "$XDG_DATA_HOME/tento" -name 'store.sqlite*' -perm /077)" ]; then ok; else bad "the store can be read by others"; fi

# syncing and reading
run 0 row get :~sample:one:events --output json
json 'd["cells"] == [] and d["coverage"] == []'
json 'd["freshness"] == {"state":"missing","stage":"viewport","queued":True,"reason":None,"retry_at":None}'
run 0 row get :~sample:one:events
err_has "never synced; stage viewport is queued and runs with the next sync: \`tento row sync :~sample:one:events\`"
run 0 row sync :~sample:one:events --output json
json '[(r["stage"], r["status"], r["added"]) for r in d] == [("viewport","ok",3), ("backfill","ok",1)]'
# What a provider prints is not part of an answer.
SAMPLE_PRINTS=1 run 0 row sync :~sample:one:events --output json
json '[r["status"] for r in d] == ["ok", "ok"]'
err_has "the sample was opened"
err_has "the sample syncs"
run 0 row get :~sample:one:events --output json
json '[c["id"] for c in d["cells"]] == ["old", "e1", "e2", "e3"] and d["coverage"] and d["row"]["zone"] == "Europe/Berlin"'
json 'd["cells"][1] == {"id":"e1","date":"ymd-2026-04-01","end_date":None,"data":{"title":"first, with \"quotes\"","count":1,"tags":["a","b"]},"version":"v1"}'
json 'd["cells"][2]["version"] == "%FF%22v%2C%0A%2541" and d["cells"][3]["version"] is None'
run 0 row get :~sample:one:events --from ym-2026-04 --to ym-2026-04 --output json
json '[c["id"] for c in d["cells"]] == ["e1", "e2"]'
run 0 row get :~sample:one:events --to ym-2026-04 --output jsonl
if [ "$(wc -l <"$work/out")" = 3 ]; then ok; else bad "three lines"; fi
run 0 row get :~sample:one:events --limit 2 --output json
json 'len(d["cells"]) == 2'
run 2 row get :~sample:one:events --limit 0
run 2 row get :~sample:one:events --from ym-2026-05 --to ym-2026-04
run 2 row get :~sample:one:events --from April
run 0 row get :~sample:one:events --output csv
if python3 - "$work/out" <<'P'; then ok; else bad "CSV"; fi
import csv, sys
raw = open(sys.argv[1], newline="", encoding="utf-8").read()
rows = list(csv.reader(raw.splitlines(keepends=True)))
assert rows[0] == ["id", "date", "end_date", "title", "count", "version"], rows[0]
assert rows[2] == ["e1", "ymd-2026-04-01", "", 'first, with "quotes"', "1", "v1"], rows[2]
assert rows[3][3] == "line\nbreak" and rows[4][3] == "\u00fc\u20ac", rows
P
run 0 row get :~sample:one:events
out_has "TITLE"
out_lacks "\\n"
run 0 row get :~sample:one:events --output ics
out_has "BEGIN:VCALENDAR"
out_has "DTSTART;VALUE=DATE:20260401"
run 0 cell show :~sample:one:events e2 --output json
json 'd["id"] == "e2" and d["date"] == "ymd-2026-04-30" and d["version"] == "%FF%22v%2C%0A%2541"'
run 1 cell show :~sample:one:events e9
err_has "has no cell"
run 0 cell show :~sample:one:totals t2 --output json
json 'd["data"] == {"total": 4} and d["version"] is None'

# a row that is made when it is read has all of itself, and pages
run 0 row get :~sample:one:days --output jsonl
if [ "$(wc -l <"$work/out")" = 3653 ]; then ok; else bad "ten years of days"; fi
run 0 row get :~sample:one:days --output ics
if [ "$(grep -c BEGIN:VEVENT "$work/out")" = 3653 ]; then ok; else bad "ten years of entries"; fi
run 0 row get :~sample:one:days --limit 1000 --output json
json 'len(d["cells"]) == 1000 and d["next"]'
run 0 row get :~sample:one:days --limit 1000 --cursor "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["next"])' "$work/out")" --output json
json 'd["cells"][0]["date"] == "ymd-2017-09-27" and len(d["cells"]) == 1000 and d["next"]'
run 0 row get :~sample:one:days --from ymd-2024-12-31 --limit 1 --output json
json 'len(d["cells"]) == 1 and d["next"] is None'
run 2 row get :~sample:one:days --order desc
err_has "made when it is read"
run 1 row get :~sample:one:days --cursor hello
err_has "the cursor is not one"
run 0 row get :~sample:one:totals --output json
json '[c["data"]["total"] for c in d["cells"]] == [3, 4]'
run 0 row get :~sample:one:events:logs --output json
json 'len(d["cells"]) == 4 and d["cells"][0]["data"]["stage"] == "viewport"'
run 0 run list --output json
json 'len(d) == 4 and d[0]["stage"] == "backfill"'
run 0 run list --row :~sample:one:events --limit 1 --output json
json 'len(d) == 1'
run 0 run show 1 --output json
json 'd["id"] == 1'
run 1 run show 99
run 0 user show --output json
json 'len(d["id"]) == 36'
run 2 user set --zone Europe/Berln
err_has '"Europe/Berln" is not a time zone; nearest: Europe/Berlin'
run 2 user set
err_has "--zone is missing"
run 0 user set --zone America/New_York
err_has "days are counted in America/New_York from now on"
run 0 user show --output json
json 'd["zone"] == "America/New_York"'
run 0 store dump
out_has e1

# keys
run 1 row get :~nobody:x:y
run 2 row get :~sample::events
run 2 row get nonsense
run 2 row get ':~sample:%zz:events'
echo '{}' >"$work/body.json"
run 1 row post :~sample:one:totals --body-file "$work/body.json"
run 1 row sync :~sample:one:totals
err_has "not synced"
run 2 row sync :~sample:one:events --stage viewprot
err_has 'did you mean "viewport"?'

# writing
echo '{"title":"posted","count":9}' >"$work/body.json"
run 0 row post :~sample:one:events --body-file "$work/body.json" --output json
json 'd["status"] == "stored" and d["added"] == 1 and d["cells"][0]["id"] == "new1"'
echo '{"title":"patched"}' | "$tento" row patch :~sample:one:events --id new1 --output json >"$work/out" 2>"$work/err" && ok || bad "patch"
json 'd["updated"] == 1'
echo '{"title":"odd"}' | "$tento" row patch :~sample:one:events --id e2 --if-version '%FF%22v%2C%0A%2541' --output json >"$work/out" 2>"$work/err" && ok || bad "patch by a version that is no text"
json 'd["cells"][0]["version"] == "%FF%22v%2C%0A%2541"'
echo '{"title":"odd"}' >"$work/body.json"
run 1 row patch :~sample:one:events --id e2 --if-version v1 --body-file "$work/body.json"
err_has "another version"
run 2 row patch :~sample:one:events --id e2 --if-version '%zz' --body-file "$work/body.json"
err_has "--if-version"
run 0 row delete :~sample:one:events --id new1 --output json
json 'd["deleted"] == 1 and d["cells"] == [{"id":"new1","date":"ymd-2026-06-02","end_date":None,"data":None,"version":None}]'
run 2 row delete :~sample:one:events
run 2 row delete :~sample:one:events --id a --date ymd-2026-01-01
echo 'no json' >"$work/body.json"
run 2 row post :~sample:one:events --body-file "$work/body.json"
err_has "not valid JSON"
echo '"accept"' >"$work/body.json"
run 0 row post :~sample:one:events --body-file "$work/body.json" --output json
json 'd["status"] == "accepted"'
run 0 run list --limit 1 --output json
json 'd[0]["stage"] == "viewport"'

# exit codes of syncs
connect() { "$tento" account connect sample --integration Sample --id "$1" --set root=. --set mode="$1" --no-check >/dev/null 2>&1 || bad "connect $1"; }
for mode in auth rate fail partial slow stuck; do connect "$mode"; done
run 3 row sync :~sample:auth:events --stage viewport
err_has "login is dead"
run 4 row sync :~sample:rate:events --stage viewport --timeout 300
run 1 row sync :~sample:fail:events --stage viewport
err_has "said no"
run 5 row sync :~sample:partial:events --output json
json '[r["status"] for r in d] == ["ok", "failed"]'
if python3 -c 'import json,sys; d=json.loads(open(sys.argv[1]).read().strip().splitlines()[-1]); assert d["type"] == "/errors/partial" and d["class"] == "provider"' "$work/err"; then ok; else bad "a problem document"; fi
run 1 row get :~sample:fail:totals
err_has "no totals today"

# what reading queued is durable, one job for however many readers, and runs with the next sync, of whatever row
run 0 account connect sample --integration Sample --id read --set root=. --no-check
for _ in 1 2; do run 0 row get :~sample:read:events; done
err_has "is queued"
run 0 row sync :~sample:one:events --stage viewport
err_has "also ran, queued by reading: :~sample:read:events, stage viewport: ok"
run 0 run list --row :~sample:read:events --output json
json '[(r["stage"], r["status"]) for r in d] == [("viewport", "ok")]'
run 0 row get :~sample:read:events --output json
json 'd["freshness"]["state"] == "fresh" and not d["freshness"]["queued"] and len(d["cells"]) == 3'
run 0 row get :~sample:read:events
err_lacks "sync"
run 0 row sync :~sample:one:events --stage viewport
err_lacks "also ran"
run 0 row get :~sample:read:events --from y-2019 --to y-2019
err_has "parts of this range were never fetched: no stage of the row fetches these dates"
run 0 row get :~sample:fail:events
err_has "the last sync failed: the sample service said no"
run 0 row get :~sample:fail:events:logs --output json
json 'd["freshness"] is None'

# disconnect
run 1 account disconnect nobody
run 0 account disconnect sample:partial --output json
json 'd["data"] == "kept"'
run 0 account disconnect :~sample:one --purge
run 0 store dump
out_lacks ':~sample:one:'
out_has ':~sample:partial:'
finish
