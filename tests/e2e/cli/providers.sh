#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# provider list and show, the boot check, doctor, config show, version.
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
dir=$(plugins good tento-sample.so)
echo "no library" >"$dir/tento-text.so"

run 1 provider list --plugin-dir "$dir" --output json
err_has "tento-text.so"
json '[p["id"] for p in d] == ["sample", "text"]'
json 'set("id state version abi path sha256 rows deps auth reason remedy".split()) <= set(d[0])'
json 'd[0]["state"] == "loaded" and d[0]["version"] == "1.2.3" and d[0]["abi"] == "1.0" and d[0]["reason"] is None'
json '":~sample:{authId}:events" in d[0]["rows"] and d[0]["deps"] == ["tento.backend/1"] and d[0]["auth"] == ["none", "token"]'
json 'len(d[0]["sha256"]) == 64 and d[0]["path"].endswith("tento-sample.so")'
json 'd[1]["state"] == "rejected" and d[1]["reason"] and d[1]["remedy"]'
run 1 --plugin-dir "$dir" provider list
err_has "1 provider was refused: tento-text.so"
out_has "ID"
out_has "rejected"
run 0 provider show sample --plugin-dir "$dir" --output json
json 'd["id"] == "sample" and d["integrations"][0]["settings"][0]["name"] == "mode" and "slow" in d["integrations"][0]["settings"][0]["choices"]'
json 'd["integrations"][1]["settings"] == [{"name":"pin","type":"secret","required":False,"default":None,"label":"PIN","help":"","choices":[]}]'
run 1 provider show smaple --plugin-dir "$dir"
err_has 'did you mean "sample"?'

run 0 row list --plugin-dir "$dir" --output json
json '[r for r in d if r["pattern"] == ":~sample:{authId}:events"][0]["verbs"] == ["get","post","patch","delete"]'
json '[r for r in d if r["pattern"] == ":~sample:{authId}:events"][0]["stages"] == ["viewport","backfill"]'
json '[r for r in d if r["pattern"] == ":~sample:{authId}:events"][0]["guard"] == ["operator (delete)"]'
json 'set("pattern key label type verbs guard provider integration account stages encoding state attributes synced failed next_sync paused".split()) == set(d[0])'

# the boot check: everything is printed, then 78; all that is missing is named at once
needy=$(plugins needy tento-sample.so tento-needy.so)
run 78 provider list --plugin-dir "$needy" --output json
json 'len(d) == 2 and [p["state"] for p in d] == ["rejected", "loaded"]'
err_has acme.ledger/1
err_has acme.vault/1
err_has tento-needy.so
run 78 doctor --plugin-dir "$needy" --output json
json '[c for c in d if c["check"] == "boot check"][0]["status"] == "fail"'
run 78 row list --plugin-dir "$needy"
out_has ":~needy:"
run 78 row get :~sample:one:events --plugin-dir "$needy"
err_has acme.vault/1
run 78 provider list --plugin-dir "$needy"
out_has sample
err_has "tento: provider list: "
err_has "remedy: "

# quarantine, by the file and by the flag
printf 'on_missing_deps = "quarantine"\n' >"$work/q.toml"
run 0 provider list --config "$work/q.toml" --plugin-dir "$needy" --output json
json '[p["state"] for p in d] == ["quarantined", "loaded"]'
json '"acme.ledger/1" in d[0]["reason"]'
run 0 doctor --on-missing quarantine --plugin-dir "$needy"
out_has quarantined
run 0 row list --on-missing quarantine --plugin-dir "$needy"
out_lacks ":~needy:"

# the default folders, which nobody made, are no news; a named one that is not there is
run 0 provider list
err_lacks skipped
err_has "no provider in any plugin folder"
run 0 doctor
out_has "$XDG_DATA_HOME/tento/plugins"
run 0 provider list --plugin-dir "$work/nowhere"
err_has "$work/nowhere does not exist"

# looking around in a new data folder makes no store there
sound=$(plugins sound tento-sample.so)
for command in doctor 'config show' version 'provider list'; do
  # shellcheck disable=SC2086
  run 0 $command --data-dir "$work/new" --plugin-dir "$sound"
  [ ! -e "$work/new/store.sqlite" ] || bad "$command makes a store"
done

# private copies that somebody could replace: doctor says it of their folder
mkdir -p "$work/all/data"
chmod 777 "$work/all"
for data in "$work/all/data" "$work/all/new"; do
  run 1 doctor --data-dir "$data" --plugin-dir "$sound" --output json
  json "'above $data/images the folder $work/all is writable by everyone' in [c for c in d if c['check'] == 'image folder'][0]['finding']"
done
[ ! -e "$work/all/new/images" ] || bad "private copies are kept below a folder that everybody can write"

# private copies where no code may be run from: said by all, before anything is loaded
export TENTO_IMAGE_DIR=$work/noexec/images
mkdir "$work/noexec"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o noexec none "$work/noexec" 2>/dev/null; then
  run 1 provider list --plugin-dir "$dir" --output json
  json 'd[0]["state"] == "rejected" and "noexec" in d[0]["reason"] and "plugins.image_dir" in d[0]["remedy"]'
  run 1 doctor --plugin-dir "$dir" --output json
  json '[c for c in d if c["check"] == "image folder"][0]["status"] == "fail"'
  json '"noexec" in [c for c in d if c["check"] == "image folder"][0]["finding"]'
  umount "$work/noexec"
else
  echo "skipped: this user may not mount a file system without programs" >&2
fi
export TENTO_IMAGE_DIR=$work/elsewhere/images
run 1 provider list --plugin-dir "$dir" --output json
json 'd[0]["state"] == "loaded"'
[ -n "$(find "$work/elsewhere/images" -name tento-sample.so)" ] || bad "the copy is not in plugins.image_dir"
unset TENTO_IMAGE_DIR

# doctor
run 1 doctor --plugin-dir "$dir" --output json
json 'all(c["remedy"] for c in d if c["status"] == "fail")'
json 'any("tento-text.so" in c["finding"] and c["status"] == "fail" for c in d)'
good=$(plugins clean tento-sample.so)
run 0 doctor --plugin-dir "$good"
open=$(plugins open tento-sample.so)
chmod 777 "$open"
run 1 doctor --plugin-dir "$open" --output json
json 'any(c["check"] == "plugin folder" and c["status"] == "fail" and "chmod" in c["remedy"] for c in d)'

# pins
printf '[plugins]\nrequire_pins = true\n' >"$work/pins.toml"
run 1 provider list --config "$work/pins.toml" --plugin-dir "$good" --output json
json 'd[0]["state"] == "rejected"'
printf '[plugins]\nrequire_pins = true\npins = { sample = "%s" }\n' "$(sha256sum "$good/tento-sample.so" | cut -d' ' -f1)" >"$work/pins.toml"
run 0 provider list --config "$work/pins.toml" --plugin-dir "$good" --output json
json 'd[0]["state"] == "loaded"'

# configuration
printf 'dat_dir = "/x"\n[providers.acme]\nclient_secret = "hunter2"\n' >"$work/bad.toml"
run 78 config show --config "$work/bad.toml"
err_has 'did you mean "data_dir"?'
err_has "bad.toml:1"
printf '[providers.acme]\nclient_id = "abc"\nclient_secret = "hunter2"\n' >"$work/secret.toml"
TENTO_PLUGIN_PATH=/env/plugins run 0 config show --config "$work/secret.toml" --data-dir /flag/data --output json
json '{e["key"]: e["source"] for e in d}["data_dir"] == "flag --data-dir"'
json '{e["key"]: e["source"] for e in d}["plugin_dirs"] == "environment TENTO_PLUGIN_PATH"'
json '{e["key"]: e["value"] for e in d}["providers.acme.client_secret"] == "(hidden)"'
out_lacks hunter2
run 78 provider list --config "$work/absent.toml"
err_has "does not exist"
run 78 provider list --log-level loud
run 0 version --output json
json 'd["abi"] == "1.0"'
run 0 --version
# without the program that tries files doctor says what is missing
TENTO_PROBE_PROGRAM=$work/no-probe run 1 doctor
out_has "$work/no-probe, in which files are tried before they are opened, cannot be run"
finish
