#!/usr/bin/env bash
# golden.sh SCHEMAC HERE [--update]: what the generator makes of the fixtures is, byte for byte, what golden/ says; a second run
# touches no file; and with --update golden/ is written anew, to be read as a difference before it is committed.
set -euo pipefail
schemac=$1 here=$2 update=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/fixtures"
files=$(find . -name '*.lua' | LC_ALL=C sort)

"$schemac" --root . --out "$work/c" --index fixture_schema --reference "$work/reference" --lua-annotations "$work/annotations/all.lua" \
  --write-compat "$work/release/1.0.json" $files
mkdir "$work/json"
"$schemac" --root . --json $files >"$work/json/all.json"

result=0
for kind in c json annotations reference release; do
  (cd "$work/$kind" && find . -type f | LC_ALL=C sort | while read -r file; do printf '==> %s\n' "$file" && cat "$file"; done) >"$work/$kind.txt"
  if [ "$update" = --update ]; then
    mkdir -p "$here/golden"
    cp "$work/$kind.txt" "$here/golden/$kind.txt"
  else
    diff -u "$here/golden/$kind.txt" "$work/$kind.txt" || result=1
  fi
done

find "$work/c" -type f -exec touch -d 2001-01-01 {} +
"$schemac" --root . --out "$work/c" --index fixture_schema $files
if [ -n "$(find "$work/c" -type f -newermt 2002-01-01)" ]; then
  echo "a second run wrote files that had not changed"
  result=1
fi
exit $result
