#!/usr/bin/env bash
# run_page_test.sh BUILD-DIRECTORY SOURCE-DIRECTORY: run_page.sh fails for a page that does not do what it says, and says where.
set -euo pipefail
build=$1 source=$2
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# page FENCE LINE...: a page with one block
page() {
  printf 'A page.\n\n```%s\n' "$1"
  printf '%s\n' "${@:2}" '```'
}

# expect RESULT SAID: the page on stdin ends so, and SAID stands in what is printed
expect() {
  local code=0
  cat >"$work/page.md"
  "$here/run_page.sh" "$work/page.md" "$build" "$source" >"$work/printed" 2>&1 || code=$?
  if [ "$code" != "$1" ] || ! grep -qF -- "$2" "$work/printed"; then
    echo "expected $1 and \"$2\" for the page"
    cat "$work/page.md"
    echo "got $code and"
    cat "$work/printed"
    exit 1
  fi
}

page sh 'export PATH=$PWD/build/release/bin:$PATH' 'sojourn --version' | expect 0 'page.md: 2 lines'
page sh 'true' 'sojourn --version' | expect 1 'page.md:5: "sojourn --version" fails'
page sh 'true' 'false | true' | expect 1 'page.md:5: '
page sh 'exit 0' | expect 1 'the shell has ended'
page sh 'cd "$HOME"' '[ -z "$(ls)" ]' '[ -z "${SOJOURN_SOCKET-}" ]' | expect 0 '3 lines'
page console '$ echo one; echo two' 'one' 'two' | expect 0 '1 lines'
page console '$ echo one; echo two' 'one' | expect 1 'does not print what the page shows'
page console '$ echo one; echo two' '...' 'two' | expect 0 '1 lines'
page console '$ echo one; echo two' 'one' '...' 'two' '...' | expect 0 '1 lines'
page console '$ echo one; echo two' '...' 'three' '...' | expect 1 'does not print what the page shows'
page console '$ echo "[a-z]*"' '[a-z]*' | expect 0 '1 lines'
page console '$ echo xyz' '[a-z]*' | expect 1 'does not print'
page console '$ echo for a' '> echo b' 'for a' 'b' | expect 0 '1 lines'
page console '$ false' | expect 0 '1 lines'
page console '$ true' '$ kill -ABRT $BASHPID' | expect 1 'page.md'
page console '$ echo 2026-01-02T03:04:05.678Z' '2025-12-31T00:00:00.000Z' | expect 0 '1 lines'
{ page lua '-- a.lua' 'return 1'; page sh '[ "$(tail -n 1 a.lua)" = "return 1" ]'; } | expect 0 '1 lines'
{ page lua 'return 1'; page sh '[ ! -e a.lua ]'; } | expect 0 '1 lines'
page 'sh (needs the moon)' 'false' | expect 0 'page.md:3 is not run (needs the moon)'
page '' 'echo' | expect 1 'does not say what it is'
printf 'A page.\n\n    sojourn help\n' | expect 1 'an indented block'
printf 'A page.\n\n```sh\ntrue\n' | expect 1 'does not end'
# What runs in the background is ended, and must end well.
page sh 'bash -c "trap \"exit 3\" TERM; touch here; while true; do sleep 0.05; done" &' 'until [ -e here ]; do sleep 0.05; done' | expect 1 'ended with 3'
echo "run_page.sh fails where a page does not do what it says"
