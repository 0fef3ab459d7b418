# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the end-to-end tests of local repositories share: the folder of the provider, small repositories.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

: "${TENTO_PLUGIN_PATH:?the folder of the provider}"
export TENTO_PLUGIN_PATH GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org

connect() { # ID PATH [REFS]
  tento account connect git --id "$1" --set "path=$2" ${3:+--set "refs=$3"} >/dev/null
}
sync() { tento row sync ":~git:$1:commits" >/dev/null; }
cells() { tento row get ":~git:$1:commits" --output jsonl; }
# The ids that are stored, and those that git has.
ids() { cells "$1" | jq -r .id | sort; }
revisions() { # PATH [REV...]
  local path=$1
  shift
  git -C "$path" rev-list "${@:-HEAD}" | sort
}

# Each commit with git's own count of files, insertions and deletions (binary files count no lines).
git_numbers() { # PATH [REV...]
  local path=$1
  shift
  git -C "$path" log --no-renames --numstat --diff-merges=first-parent --no-ext-diff --no-textconv --format='C %H' "${@:-HEAD}" |
    awk '/^C / { if (h) print h, f, a, d; h = $2; f = a = d = 0; next } NF { f++; if ($1 != "-") { a += $1; d += $2 } } END { if (h) print h, f, a, d }' | sort
}
our_numbers() { cells "$1" | jq -r '[.id, .data.files_changed, .data.insertions, .data.deletions] | join(" ")' | sort; }

clock=1767225600
commit() { # PATH MESSAGE [FILE CONTENT]
  clock=$((clock + 60))
  [ $# -lt 4 ] || printf '%s' "$4" >"$1/$3"
  git -C "$1" add -A
  GIT_AUTHOR_DATE="$clock +0200" GIT_COMMITTER_DATE="$clock +0200" git -C "$1" commit -q --allow-empty -m "$2"
}
repository() { # PATH COMMITS
  git init -q -b main "$1"
  local i
  for i in $(seq 1 "$2"); do commit "$1" "change $i" "file$((i % 3))" "$(seq 1 "$i")
"; done
}

# A line of N commits, by git fast-import: each changes one of a hundred files.
long_repository() { # PATH COMMITS
  git init -q -b main "$1"
  awk -v n="$2" 'BEGIN {
    for (i = 1; i <= n; i++) {
      body = ""
      for (l = 0; l < 20; l++) body = body "line " (l == i % 20 ? i : l) "\n"
      msg = "change " i
      when = 1700000000 + i * 600 " +0100"
      printf "commit refs/heads/main\nauthor Ada <ada@example.org> %s\ncommitter Ada <ada@example.org> %s\n", when, when
      printf "data %d\n%s\nM 100644 inline file%d.txt\ndata %d\n%s\n", length(msg), msg, i % 100, length(body), body
    }
  }' | git -C "$1" fast-import --quiet
}

# Everything that is stored of a row, in one canonical text.
dump() { tento store dump | jq -c --arg row ":~git:$1:commits" 'select(.row == $row)'; }
