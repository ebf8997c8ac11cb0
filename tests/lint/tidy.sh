#!/usr/bin/env bash
# tidy.sh BUILD-DIRECTORY [SINCE]: clang-tidy on each file that the build knows, generated ones excepted; with SINCE only on those that
# differ from that commit. Prints what it finds; exit 1.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=$1 since=${2:-}

known() { grep -o '"file": "[^"]*"' "$build/compile_commands.json" | cut -d'"' -f4 | grep -vE '/generated/|\.cpp$' | sort -u; }
changed() { git diff --name-only "$since" -- '*.c' | sed "s|^|$PWD/|" | sort -u; }

if [ -z "$since" ]; then
  list=$(known)
else
  git rev-parse -q --verify "$since^{commit}" >/dev/null || { echo "there is no commit $since here"; exit 1; }
  list=$(comm -12 <(known) <(changed))
fi
[ -n "$list" ] || exit 0
found=$(printf '%s\n' $list | xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet 2>/dev/null | grep -E 'warning:|error:' | sort -u)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
