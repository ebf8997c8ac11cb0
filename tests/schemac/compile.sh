#!/usr/bin/env bash
# compile.sh SCHEMAC ROOT SDK: everything made from the declarations below ROOT compiles as C11, its headers as C++17, under the strictest
# warnings, with each compiler there is; and so do the examples on the reference pages.
set -euo pipefail
schemac=$1 root=$2 sdk=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
mapfile -t files < <(find . -name '*.lua' -not -path './compat/*' | LC_ALL=C sort)
"$schemac" --root . --out "$work" --index all_schema --reference "$work/reference" "${files[@]}"
cd "$work"

# The C blocks of the pages, each a file.
find reference -name '*.md' | while read -r page; do
  awk -v base="example_$(echo "$page" | tr -c 'a-z0-9\n' _)" '/^```c$/ { inside = 1; number++; next } /^```$/ { inside = 0 }
    inside { print > base number ".c" }' "$page"
done

# The Lua blocks and the editors' types are at least Lua.
"$schemac" --root "$root" --lua-annotations annotations.lua "${files[@]/#./$root}"
if command -v luac5.4 >/dev/null; then
  find reference -name '*.md' | while read -r page; do
    awk -v base="example_$(echo "$page" | tr -c 'a-z0-9\n' _)" '/^```lua$/ { inside = 1; number++; next } /^```$/ { inside = 0 }
      inside { print > base number ".lua" }' "$page"
  done
  luac5.4 -p annotations.lua
  for example in example_*.lua; do luac5.4 -p "$example"; done
fi

mapfile -t sources < <(find . -name '*.c')
mapfile -t headers < <(find . -name '*.h')
# Each source begins with its own header, which so stands by itself; here they stand together.
printf '#include "%s"\n' "${headers[@]#./}" >every_header.c
flags="-fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -D_GNU_SOURCE -I. -I$sdk"
[ ${#sources[@]} -gt 5 ] || { echo "only ${#sources[@]} sources were made"; exit 1; }
mapfile -t sources < <(find . -name '*.c')
tried=0
for compiler in gcc clang; do
  command -v "$compiler" >/dev/null || continue
  "$compiler" -std=c11 $flags "${sources[@]}"
  tried=1
done
for compiler in g++ clang++; do
  command -v "$compiler" >/dev/null || continue
  "$compiler" -x c++ -std=c++17 $flags every_header.c example_*.c
done
[ $tried = 1 ] && echo "${#sources[@]} files compile"
