#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Kinds of repositories: shallow, bare, worktree, submodule, empty, other encodings; and the plain error of each that fails.
# shellcheck source=tests/e2e/git/lib.sh
. "$(dirname "$0")/lib.sh"

repository "$work/repo" 12
url=file://$work/repo

git clone -q --depth 4 "$url" "$work/shallow"
connect shallow "$work/shallow"
sync shallow
same 'a shallow clone ends at its boundary' "$(revisions "$work/shallow")" "$(ids shallow)"
same 'whose commit has no numbers' 1 "$(cells shallow | jq -c 'select(.data.shallow_boundary)' | wc -l)"
same 'the others have those of git' "$(git_numbers "$work/shallow" | grep -v "$(cat "$work/shallow/.git/shallow")")" \
  "$(our_numbers shallow | grep -v "$(cat "$work/shallow/.git/shallow")")"
holds 'and coverage says so: what lies before failed' '"state":4,"error_class":1' "$(dump shallow)"
git -C "$work/shallow" fetch -q --unshallow
sync shallow
same 'made complete, it is complete' "$(git_numbers "$work/repo")" "$(our_numbers shallow)"

git clone -q --bare "$url" "$work/bare.git"
connect bare "$work/bare.git"
sync bare
same 'a bare repository' "$(revisions "$work/repo")" "$(ids bare)"

git -C "$work/repo" worktree add -q -b side "$work/tree" HEAD~3
connect tree "$work/tree"
sync tree
same 'a worktree has its own head' "$(revisions "$work/tree")" "$(ids tree)"

git init -q -b main "$work/super"
git -C "$work/super" -c protocol.file.allow=always submodule --quiet add "$url" lib
commit "$work/super" 'with a submodule'
connect lib "$work/super/lib"
connect super "$work/super"
sync lib
sync super
same 'a submodule' "$(revisions "$work/repo")" "$(ids lib)"
same 'and the repository around it' "$(git_numbers "$work/super")" "$(our_numbers super)"

git init -q -b main "$work/empty"
connect empty "$work/empty"
sync empty
same 'an empty repository' '' "$(ids empty)"

git init -q -b main "$work/latin"
git -C "$work/latin" config i18n.commitEncoding ISO-8859-1
printf 'd\351j\340 vu\n' >"$work/message"
git -C "$work/latin" commit -q --allow-empty -F "$work/message"
tree=$(git -C "$work/latin" rev-parse 'HEAD^{tree}')
printf 'tree %s\nparent %s\nauthor A\377 <a> 1767225600 +0000\ncommitter A <a> 1767225600 +0000\n\nx\376y\n' "$tree" \
  "$(git -C "$work/latin" rev-parse HEAD)" >"$work/raw"
git -C "$work/latin" reset -q "$(git -C "$work/latin" hash-object -w -t commit --literally "$work/raw")"
connect latin "$work/latin"
sync latin
same 'messages in other encodings' $'d\u00e9j\u00e0 vu\nx\ufffdy' "$(cells latin | jq -r .data.subject | sort)"

refused 'no such path' 1 "There is nothing at '$work/nowhere'" tento account connect git --id a --set "path=$work/nowhere"
mkdir "$work/plain"
refused 'no repository' 1 "There is no git repository at '$work/plain'" tento account connect git --id a --set "path=$work/plain"
mkdir "$work/repo/inner"
refused 'inside a repository' 1 "inside the repository '$work/repo'" tento account connect git --id a --set "path=$work/repo/inner"
git init -q --object-format=sha256 "$work/sha256"
refused 'SHA-256' 1 'names its objects by SHA-256' tento account connect git --id a --set "path=$work/sha256"
refused 'a reference that is not there' 1 'the setting refs names gone (no such branch, tag or commit)' \
  tento account connect git --id a --set "path=$work/repo" --set refs=gone
same 'none of them was saved' '' "$(tento account list --output json | jq -r '.[].id | select(. == "a")')"

# Another owner's: only root can make one, and asks as somebody else.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
  chmod 755 "$work" "$work/repo"
  cp -r "$work/repo" "$work/theirs"
  chown -R 12345:12345 "$work/theirs"
  mkdir -m 700 "$work/other" "$work/locked"
  chown 65534:65534 "$work/other"
  as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups env TENTO_DATA_DIR="$work/other" HOME="$work/other" "$TENTO" "$@"; }
  refused "another owner's" 1 'belongs to another user' as_nobody account connect git --id a --set "path=$work/theirs"
  refused 'with its remedy' 1 "git config --global --add safe.directory '$work/theirs'" as_nobody account connect git --id a --set "path=$work/theirs"
  refused 'not readable' 1 "may not read '$work/locked'" as_nobody account connect git --id a --set "path=$work/locked"
fi

# A repository that breaks or vanishes later.
repository "$work/broken" 3
connect broken "$work/broken"
blob=$(git -C "$work/broken" rev-parse HEAD~1:file2)
rm -f "$work/broken/.git/objects/${blob:0:2}/${blob:2}"
refused 'a damaged repository' 5 "The file content $blob is missing" tento row sync :~git:broken:commits
rm -rf "$work/broken"
refused 'a repository that is gone' 1 "There is nothing at '$work/broken'" tento row sync :~git:broken:commits
passed
