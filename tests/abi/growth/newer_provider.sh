#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Providers of tomorrow in the program of today: built against headers in which every appendable struct is longer.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../../e2e/lib.sh"

: "${NEWER_PROVIDERS:?the files of the newer providers, with spaces between}"
mkdir -m 755 "$work/plugins"
# shellcheck disable=SC2086
cp $NEWER_PROVIDERS "$work/plugins"
printf '[plugins]\nallow = ["everydep:raw-credentials"]\n' >"$work/tento.toml"
export TENTO_PLUGIN_PATH=$work/plugins TENTO_CONFIG=$work/tento.toml
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org

same 'both are loaded' 'everydep loaded
git loaded' "$(tento provider list --output json | jq -r '.[] | "\(.id) \(.state)"' | sort)"

# Sinks of cells and texts, transactions, coverage and cursors: local history.
git init -q -b main "$work/repo"
for i in 1 2 3; do git -C "$work/repo" commit -q --allow-empty -m "change $i"; done
tento account connect git --id repo --set "path=$work/repo" >/dev/null
tento row sync :~git:repo:commits >/dev/null
same 'every commit is there' "$(git -C "$work/repo" rev-list HEAD | sort)" \
  "$(tento row get :~git:repo:commits --output jsonl | jq -r .id | sort)"
same 'days are computed from what is stored' 3 \
  "$(tento row get :~git:repo:commits:daily --output jsonl | jq -s 'map(.data.commits) | add')"

# Everything that takes a struct of the provider's, twice.
printf '12345' | tento account connect everydep --secret-stdin >/dev/null
tento row sync :~everydep:me:words >/dev/null
tento row sync :~everydep:me:words >/dev/null
same 'what was put is stored' '[5,5,5]' \
  "$(tento row get :~everydep:me:words --output jsonl | jq -sc 'map(.data.length)')"
same 'what is stored is read' '[3]' \
  "$(tento row get :~everydep:me:words:counts --output jsonl | jq -sc 'map(.data.words)')"
passed
