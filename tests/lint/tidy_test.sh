#!/usr/bin/env bash
# tidy_test.sh: tidy.sh finds what clang-tidy finds in a file and in a header that differ from a commit, and reads no other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/tests/lint" "$tree/host/core" "$tree/build"
cp "$here/tidy.sh" "$tree/tests/lint/"
cp "$here/../../.clang-tidy" "$tree/"
cd "$tree"

bad='{ int a[2]; return n == n ? a[1] : 0; }' # both halves of a comparison are the same, a[1] has no value
good='{ return n; }'
echo "int old(int n); int old(int n) $bad" >host/core/old.c
printf '#include "host/core/inner.h"\nint user(int n); int user(int n) { return inner(n); }\n' >host/core/user.c
echo "static inline int inner(int n) $good" >host/core/inner.h
echo "int fresh(int n); int fresh(int n) $good" >host/core/fresh.c
for file in old user fresh; do
  printf '{"directory": "%s", "command": "cc -I%s -c %s", "file": "%s"}\n' "$tree" "$tree" "$tree/host/core/$file.c" "$tree/host/core/$file.c"
done | paste -sd, | sed 's/^/[/; s/$/]/' >build/compile_commands.json

git init -q .
git add -A
git -c user.name=lint -c user.email=lint@localhost commit -q -m start
since=$(git rev-parse HEAD)

expect() { # WHAT STATUS PATTERN: what tidy.sh says of what differs from $since
  local said status=0
  said=$(bash tests/lint/tidy.sh build "$since" ${seconds:+"$seconds"}) || status=$?
  if [ "$status" != "$2" ] || ! grep -qE "$3" <<<"$said"; then
    printf 'not ok: %s: exit %s\n%s\n' "$1" "$status" "$said"
    exit 1
  fi
  printf 'ok: %s\n' "$1"
}

expect "nothing differs: the old finding is not read again" 0 '^$'
echo "int fresh(int n); int fresh(int n) $bad" >host/core/fresh.c
expect "a file that differs is read" 1 'fresh\.c:.*redundant'
git checkout -q host/core/fresh.c
echo "static inline int inner(int n) $bad" >host/core/inner.h
expect "a header that differs is read through a file that includes it" 1 'inner\.h:.*redundant'
seconds=0.001
expect "what the time was too short for is told" 0 'read 0 of 1 files in 0.001 s'
seconds=60
expect "and is read when there is time" 1 'inner\.h:.*redundant'
git checkout -q host/core/inner.h
since=0000000000000000000000000000000000000000
expect "a commit that is not here is told" 1 'there is no commit 0000'
