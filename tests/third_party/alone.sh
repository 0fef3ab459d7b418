#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The installed SDK stands alone: what its headers need is in it, every tool takes its flags, and modes that do not fit are
# refused in one message. Usage: alone.sh DIST
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source=$here/two_rows/two_rows.cpp
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
die() {
  printf 'the SDK alone: %s\n' "$*" >&2
  exit 1
}

# The tree, moved: what it says about itself has to be relative.
pc=$(cd "$(dirname "$(find "$1" -name tento-sdk.pc | head -1)")" && pwd)
root=$(cd "$(PKG_CONFIG_PATH=$pc pkg-config --variable=prefix tento-sdk)" && pwd)
mkdir "$work/moved"
cp -r "$root/include" "$root/lib" "$work/moved"
pc=$work/moved${pc#"$root"}
export PKG_CONFIG_PATH=$pc
for file in "$pc"/*.pc "$pc"/../cmake/tento-sdk/*.cmake; do
  if grep -nE '(^|[ =";])(-[IL])?/[a-zA-Z]' "$file"; then die "$file names a path of one machine"; fi
done
read -ra cflags <<<"$(pkg-config --cflags tento-sdk)"
read -ra libs <<<"$(pkg-config --libs tento-sdk)"
strict=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Wno-missing-field-initializers)

# Every header that a provider is written with comes from the tree, from the compiler or from the C library.
for header in "$work"/moved/include/tento/sdk/*.hpp; do printf '#include <tento/sdk/%s>\n' "$(basename "$header")"; done >"$work/all.cpp"
g++ "${cflags[@]}" -M "$work/all.cpp" | tr ' ' '\n' | grep '^/' >"$work/read"
if grep -vE "^$work/|^/usr/include/c\+\+/|^/usr/lib/gcc|^/usr/include/([a-z0-9_]+-linux-gnu/)?(c\+\+|bits|asm|asm-generic|gnu|linux|sys)/|^/usr/include/[a-z0-9_-]+\.h$" "$work/read"; then
  die 'these headers are not in the tree'
fi
if grep -E '/usr/include/(simdjson|tl|boost)' "$work/read"; then die 'these headers belong to other packages'; fi
[ -s "$work/moved/include/tento/bundled/tl/LICENSE.txt" ] || die 'tl::expected came without its licence'

checked() { # checked FILE: what a host asks of a shared object
  [ "$(nm -D --defined-only "$1" | awk '{ print $3 }' | sort | tr '\n' ' ')" = 'tento_connector tento_plugin tento_sync_plugin ' ] ||
    die "$1 exports $(nm -D --defined-only "$1")"
  if readelf --dyn-syms -W "$1" | grep UNIQUE; then die "$1 has a symbol that is unique in the process"; fi
}
g++ -O0 -shared "${strict[@]}" "$source" "${cflags[@]}" "${libs[@]}" -o "$work/g++.so"
checked "$work/g++.so"
# Undefined behaviour looked for by g++: the tables are constants all the same.
g++ -O0 -fsanitize=undefined "${cflags[@]}" -c "$source" -o "$work/ubsan.o"

for clang in clang++ clang++-14; do
  command -v "$clang" >/dev/null || continue
  linker=()
  if command -v ld.lld >/dev/null; then linker=(-fuse-ld=lld); fi
  "$clang" -O0 -shared "${strict[@]}" "$source" "${cflags[@]}" "${libs[@]}" "${linker[@]}" -o "$work/clang.so"
  checked "$work/clang.so"
  break
done
for tidy in clang-tidy clang-tidy-14; do
  command -v "$tidy" >/dev/null || continue
  "$tidy" --quiet --checks='-*,bugprone-use-after-move,clang-diagnostic-*' --warnings-as-errors='*' "$source" -- "${cflags[@]}" >"$work/tidy" 2>&1 ||
    die "$tidy: $(cat "$work/tidy")"
  break
done

# refused TEXT FLAG...: the compiler says the text in its first error and stops at the second.
refused() {
  local text=$1 said
  shift
  if said=$(g++ "${cflags[@]}" "$@" -fsyntax-only "$source" 2>&1); then die "compiled with $*"; fi
  grep -F 'error:' <<<"$said" | head -1 | grep -qF -- "$text" || die "with $* it said: $said"
  [ "$(grep -c 'error:' <<<"$said")" -le 2 ] || die "with $* it said more than one thing: $said"
}
refused 'compile with -std=c++20' -std=c++17
refused '-D_GLIBCXX_ASSERTIONS fits' -D_GLIBCXX_DEBUG
refused 'compile without -D_GLIBCXX_USE_CXX11_ABI=0' -D_GLIBCXX_USE_CXX11_ABI=0
refused 'compile without -fno-exceptions' -fno-exceptions

if command -v cmake >/dev/null; then
  cmake -S "$here/two_rows" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$work/moved" >"$work/cmake.log" 2>&1 || die "$(cat "$work/cmake.log")"
  cmake --build "$work/cmake" >"$work/cmake.log" 2>&1 || die "$(cat "$work/cmake.log")"
  checked "$work/cmake/tento-two.so"
  checked "$work/cmake/libby-hand.so"
fi
printf 'the SDK alone: ok\n'
