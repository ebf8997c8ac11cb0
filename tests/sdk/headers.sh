#!/usr/bin/env bash
# headers.sh INCLUDE-DIRECTORY: each header of the SDK compiles by itself, as C11 and as C++17, under the strictest warnings, with each
# compiler there is.
set -euo pipefail
include=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$include/sojourn"
for header in *.h */*.h; do
  name=${header%.h}
  # A header may hold macros alone, and a source may not be empty.
  printf '#include <sojourn/%s>\n#include <sojourn/%s>\ntypedef int compiled;\n' "$header" "$header" >"$work/${name//\//_}.c"
done
flags="-fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I$include"
tried=0
for compiler in "gcc -std=c11" "clang -std=c11" "g++ -x c++ -std=c++17" "clang++ -x c++ -std=c++17"; do
  command -v "${compiler%% *}" >/dev/null || continue
  $compiler $flags "$work"/*.c
  tried=$((tried + 1))
done
echo "$(find "$work" -name '*.c' | wc -l) headers, $tried compilers"
[ $tried -gt 0 ]
