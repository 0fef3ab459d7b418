#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The key file's life as its operator sees it: made, looked at, changed, lost, given by a service manager; and no core dump.
# shellcheck source=tests/e2e/cli/lib.sh
. "$(dirname "$0")/lib.sh"
secret=geheim-0815-plain-text
data=$work/data
key_file=$data/vault.key
export TENTO_DATA_DIR=$data TENTO_LISTEN=127.0.0.1:0 TENTO_LOG_LEVEL=info
TENTO_PLUGIN_PATH=$(plugins net tento-net.so)
export TENTO_PLUGIN_PATH
host=
# shellcheck disable=SC2329 # called by the trap
clean_up() {
  [ -z "$host" ] || kill -KILL "$host" 2>/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
is() { if [ "$2" = "$3" ]; then ok; else bad "$1: $3, not $2"; fi; }
current() { "$tento" key list --output json | jq -r '.[] | select(.seals) | .id'; }
in_files() { grep -rlF -- "$1" "$data" | grep -cv vault.key; }

run 0 doctor
out_has "vault.key is made when the first credential is stored"
run 0 key list --output json
json 'd == []'
if [ -e "$key_file" ]; then bad "a key is made before there is anything to seal"; else ok; fi
printf %s "$secret" | "$tento" account connect net --id one --secret-stdin --no-check >"$work/out" 2>"$work/err" || bad "connect"
run 0 key list --output json
json 'len(d) == 1 and d[0]["seals"] and d[0]["credentials"] == 1'
first=$(current)
is "mode of the key file" 600 "$(stat -c %a "$key_file")"
is "files with the secret" 0 "$(in_files "$secret")"
run 0 doctor
out_has "key $first seals, 1 credentials"
out_lacks "$(tail -1 "$key_file" | cut -d' ' -f2)"
cp -p "$key_file" "$work/first.key"

# Other keys, with nobody there and beside a running host.
run 0 key rotate --output json
json "d['resealed'] == 1 and d['unused'] == ['$first'] and d['id'] != '$first'"
second=$(current)
is "keys in the file" 1 "$(grep -cv '^#' "$key_file")"
run 0 audit list --output json
json "any(a['operation'] == 'key rotate' and a['target'] == '$second' for a in d)"
serve() {
  "$@" "$tento" serve >"$work/serve.out" 2>"$work/serve.log" &
  host=$!
  for _ in $(seq 600); do
    "$tento" version >/dev/null 2>&1
    [ -S "$data/tento.sock" ] && return
    kill -0 "$host" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/serve.log"
  bad "the server does not come up"
}
serve env
run 0 key rotate --output json
json "d['unused'] == ['$second']"
third=$(current)
run 0 key list --output json
json "d == [{'id': '$third', 'seals': True, 'credentials': 1}]"
run 0 doctor
out_has "key $third seals, 1 credentials"
is "core limit of the server" "0 0" "$(awk '/^Max core file size/ {print $5, $6}' "/proc/$host/limits")"
kill "$host"
wait "$host"
host=

# A key that is not there: said, never replaced; what needs no secret goes on.
mv "$key_file" "$work/away.key"
for command in "key list" "key rotate"; do
  # shellcheck disable=SC2086 # two words
  run 78 $command
  err_has "$key_file"
  err_has "$third"
  err_has "account \`one\` of provider \`net\`"
  err_has "remedy: put the key file back"
done
run 78 serve
err_has "$key_file"
run 0 provider list
run 0 account list
run 0 config show
run 0 version
run 1 doctor
out_has "fail"
out_has "$third"
if [ -e "$key_file" ]; then bad "a lost key was replaced"; else ok; fi
cp -p "$work/first.key" "$key_file"
run 78 key list
err_has "has $first alone"
cp -p "$work/away.key" "$key_file"
chmod 644 "$key_file"
run 78 key list
err_has "is open to others on this machine (mode 644)"
printf 'nonsense\n' >"$key_file"
chmod 600 "$key_file"
run 78 key list
err_has "$key_file:1: "
err_lacks nonsense

# In another place, and given by a service manager.
rm "$key_file"
TENTO_VAULT_KEY_FILE=$work/away.key run 0 key list --output json
json "d[0]['id'] == '$third'"
mkdir "$work/given"
{
  printf '%s %s\n' 00112233445566aa "$(head -c 32 /dev/urandom | base64)"
  cat "$work/away.key"
} >"$work/given/tento-vault-key"
chmod 440 "$work/given/tento-vault-key"
before=$(sha256sum "$work/given/tento-vault-key")
export CREDENTIALS_DIRECTORY=$work/given
run 0 config show
out_has "environment CREDENTIALS_DIRECTORY"
run 0 doctor
out_has "key $third is an old one, 1 credentials"
run 0 key rotate
err_has "take the unused keys out of what it is made from"
run 0 key list --output json
json "[k['credentials'] for k in d] == [1, 0]"
is "the given file" "$before" "$(sha256sum "$work/given/tento-vault-key")"
printf '%s\n' "$(head -1 "$work/given/tento-vault-key")" >"$work/one" && cat "$work/one" >"$work/given/tento-vault-key"
run 0 key list --output json
json "len(d) == 1 and d[0]['credentials'] == 1"
rm "$work/given/tento-vault-key"
unset CREDENTIALS_DIRECTORY
cp "$work/one" "$key_file"
chmod 600 "$key_file"
run 0 key list

# A host that is killed by a fault leaves nothing of its memory, nor may others of its user look into it.
mkdir "$work/crash"
chmod 777 "$work/crash"
as=(env)
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  chmod 755 "$work" "$work/net"
  chown -R 65534:65534 "$data"
  as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi
(cd "$work/crash" && ulimit -c unlimited && serve "${as[@]}" && echo "$host" >"$work/pid")
host=$(cat "$work/pid")
is "owner of an undumpable process" 0 "$(stat -c %u "/proc/$host/mem")"
kill -SEGV "$host"
for _ in $(seq 600); do
  kill -0 "$host" 2>/dev/null || break
  sleep 0.1
done
is "files that the fault left" 0 "$(find "$work/crash" -type f | wc -l)"
host=

# While a provider is debugged both are possible, and the host says so.
user=$(id -u)
if [ "${as[0]}" = setpriv ]; then user=65534; fi
rm -f "$data/tento.sock"
serve "${as[@]}" env TENTO_DEBUG_PROVIDER=net
is "owner of a process that is debugged" "$user" "$(stat -c %u "/proc/$host/mem")"
is "warnings" 1 "$(grep -c 'debug.provider is net: .* secrets' "$work/serve.log")"
kill "$host" && wait "$host"
run 0 --debug-provider net version
err_has "debug.provider is net"
host=
finish
