#!/usr/bin/env bash
# tests/scenarios/valgrind.sh PROGRAMS STORY.lua: the story with both nodes under valgrind. Any error and any leak at their end makes
# their exit code 99, which the lab does not forgive.
set -euo pipefail
programs=$1
story=$2
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# Valgrind needs a minute for a private key.
mkdir -p "$directory/state/identity"
chmod 700 "$directory/state/identity"
for kind in CallManager CAPF ITLRecovery; do
  openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$directory/state/identity/$kind.key"
  chmod 600 "$directory/state/identity/$kind.key"
done

export SOJOURN_LAB_STATE=$directory/state SOJOURN_LAB_PATIENCE=20
SOJOURN_LAB_WRAP="valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible --error-exitcode=99 --num-callers=30"
SOJOURN_LAB_WRAP+=" --log-file=$directory/valgrind.%p"
export SOJOURN_LAB_WRAP
code=0
"$programs/sojourn-lab" run "$story" || code=$?
cat "$directory"/valgrind.* | tail -200 | sed 's/^/# /'
for report in "$directory"/valgrind.*; do
  [ -s "$report" ] && code=1
done
exit $code
