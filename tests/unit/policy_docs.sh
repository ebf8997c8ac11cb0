#!/usr/bin/env bash
# policy_docs.sh SOJOURN PAGE.md: takes the files and the shell sessions out of a page (```lua blocks that begin with "-- NAME.lua", and
# ```console blocks of "$ command" and what it prints) and runs them as they stand there.
set -euo pipefail
sojourn=$(realpath "$1")
page=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
awk '
  /^```lua$/     { in_lua = 1; name = ""; next }
  /^```console$/ { session++; in_session = 1; next }
  /^```$/        { in_lua = 0; in_session = 0; next }
  in_lua && name == "" { if ($1 != "--" || $2 !~ /\.lua$/) { print "a lua block does not begin with its name: " $0; exit 1 } name = $2 }
  in_lua         { print > name }
  in_session     { print > ("session" session) }
' "$page"
count=0
for session in session*; do
  : >expected && : >actual
  while IFS= read -r line; do
    if [[ $line == '$ sojourn '* ]]; then
      # The bytes a file holds depend on the machine a little.
      ("$sojourn" ${line#'$ sojourn '} 2>&1 || true) >>actual
      count=$((count + 1))
    else
      printf '%s\n' "$line" >>expected
    fi
  done <"$session"
  sed -i 's/holds [0-9]* bytes/holds N bytes/' expected actual
  sort -o expected expected && sort -o actual actual # stderr and stdout may come in either order
  diff -u expected actual
done
echo "$count commands of $(basename "$page") do what it says"
[ "$count" -ge 4 ]
