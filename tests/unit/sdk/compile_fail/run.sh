#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compiles cases.cpp once per case: case 0 has to pass, every other one has to fail and print the text it names. Compiles
# dropped.cpp: each outcome that it drops has to be warned of. Looks whether the list of near names is what its generator
# writes.
# Usage: run.sh COMPILER... (the include paths come from where this file is)
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
# Messages in plain ASCII, so that their quotes can be looked for.
export LC_ALL=C
compile() {
  "$@" -std=c++20 -fsyntax-only -Wall -Wextra -DCASE="$case_number" -I"$root/abi" -I"$root/sdk/include" "$here/cases.cpp" 2>&1
}
failed=0
case_number=0
if ! out=$(compile "$@"); then
  printf 'case 0 is whole and did not compile:\n%s\n' "$out" | cut -c1-300 | head -40
  failed=1
fi
count=0
while IFS=: read -r case_number text; do
  count=$((count + 1))
  text=${text# }
  if out=$(compile "$@"); then
    echo "case $case_number compiled, and should not: $text"
    failed=1
  elif ! grep -qF -- "$text" <<<"$out"; then
    echo "case $case_number failed without saying: $text"
    grep error <<<"$out" | cut -c1-300 | head -5
    failed=1
  fi
done < <(grep -o '// CASE [0-9]*: .*' "$here/cases.cpp" | sed 's|// CASE ||' | sort -n)
[ "$count" -ge 39 ] || {
  echo "only $count cases were found"
  failed=1
}
warned=$("$@" -std=c++20 -fsyntax-only -Wall -I"$root/abi" -I"$root/sdk/include" -I"$root/sdk/http/include" "$here/dropped.cpp" 2>&1 |
  sed -n 's/.*dropped\.cpp:\([0-9]*\):[0-9]*: warning: ignoring return.*/\1/p' | sort -nu)
wanted=$(grep -n '// dropped$' "$here/dropped.cpp" | cut -d: -f1)
if [ "$warned" != "$wanted" ]; then
  echo "dropped outcomes: lines without a warning (<), and warnings without a drop (>):"
  diff <(printf '%s\n' "$wanted") <(printf '%s\n' "$warned")
  failed=1
fi
if ! "$root/sdk/gen_near_names" | cmp - "$root/sdk/include/tento/sdk/near_names.hpp"; then
  echo "near_names.hpp is not what sdk/gen_near_names writes"
  failed=1
fi
[ "$failed" -eq 0 ] && echo "$count cases fail as they should"
exit "$failed"
