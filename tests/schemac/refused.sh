#!/usr/bin/env bash
# refused.sh SCHEMAC CASES: each block of CASES is a sentence (after "### ") and the declaration that must be refused with it.
# The sentence is all that is printed, the exit code is 1, and nothing is written.
set -uo pipefail
schemac=$1 cases=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -v work="$work" '/^### / { number++; print substr($0, 5) > (work "/" number ".expected"); next } { print > (work "/" number ".lua") }' "$cases"
result=0 count=0
cd "$work"
for expected in *.expected; do
  number=${expected%.expected}
  mv "$number.lua" case.lua
  "$schemac" --out out case.lua >said 2>&1
  status=$?
  count=$((count + 1))
  if [ $status -ne 1 ] || ! diff "$expected" said >/dev/null || [ -e out ]; then
    printf 'case %s: status %s\n  expected: %s\n  said:     %s\n' "$number" "$status" "$(cat "$expected")" "$(cat said)"
    result=1
  fi
done
[ $count -gt 0 ] || result=1
echo "$count cases"
exit $result
