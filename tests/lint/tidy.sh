#!/usr/bin/env bash
# tidy.sh BUILD-DIRECTORY [SINCE [SECONDS]]: clang-tidy on each C file that the build knows, generated ones excepted. With SINCE, a commit,
# only on the files that differ from it, and for a header that differs on one file that includes it. Prints what it finds; exit 1. When
# SECONDS have passed it stops and says how many files it did not read.
set -uo pipefail
build=$(cd "$1" && pwd) since=${2:-} seconds=${3:-}
cd "$(dirname "$0")/../.." || exit 1

known() { grep -o '"file": "[^"]*"' "$build/compile_commands.json" | cut -d'"' -f4 | grep -vE '/generated/|\.cpp$' | sort -u; }

# changed: the known files that differ, and for each header that differs the first known file that includes it.
changed() {
  local header name
  git diff --name-only "$since" -- '*.c' | sed "s|^|$PWD/|" | sort -u | comm -12 <(known) -
  for header in $(git diff --name-only --diff-filter=d "$since" -- '*.h'); do
    name=$(basename "$(dirname "$header")")/$(basename "$header")
    known | xargs grep -lE "#include [\"<]([^\"]*/)?($name|$(basename "$header"))[\">]" | head -1
  done
}

if [ -z "$since" ]; then
  list=$(known)
else
  git rev-parse -q --verify "$since^{commit}" >/dev/null || { echo "there is no commit $since here"; exit 1; }
  list=$(changed | sort -u)
fi
[ -n "$list" ] || exit 0
export build
read=$(mktemp)
export read
trap 'rm -f "$read"' EXIT
found=$(printf '%s\n' $list | ${seconds:+timeout "$seconds"} xargs -P "$(nproc)" -n 1 sh -c 'clang-tidy -p "$build" --quiet "$1" 2>/dev/null; echo "$1" >>"$read"' sh |
  grep -E 'warning:|error:' | sort -u)
all=$(wc -l <<<"$list")
[ "$(wc -l <"$read")" = "$all" ] || echo "clang-tidy read $(wc -l <"$read") of $all files in $seconds s"
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
