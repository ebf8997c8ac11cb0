#!/usr/bin/env bash
# skipped.sh BUILD-DIRECTORY...: says which tests of the last ctest run there did not run, whole or in part, and why. With
# SOJOURN_SKIPS=fail it ends with 1 when one of them does not stand in tests/expected_skips (NAME, then why).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
unexpected=0

# skips LOG: lines "TEST[: CASE]<tab>REASON" of a LastTest.log.
skips() {
  awk '
    /^[0-9]+\/[0-9]+ Test: / { test = $3 }
    /^\[  SKIPPED \] [a-z]/ && !(test $4 in seen) { seen[test $4]; print test ": " $4 "\tthe test says so" }
    /^1\.\.0 # SKIP / { reason = $0; sub(/^1\.\.0 # SKIP /, "", reason); print test "\t" reason }
    / # SKIP / && /^ok / { name = $0; reason = $0; sub(/^ok [0-9]+ (- )?/, "", name); sub(/ # SKIP .*/, "", name); sub(/.* # SKIP /, "", reason); print test ": " name "\t" reason }
  ' "$1"
}

for build; do
  log=$build/Testing/Temporary/LastTest.log
  [ -e "$log" ] || continue
  while IFS=$'\t' read -r name reason; do
    if why=$(grep -m 1 -F "$name " "$here/expected_skips"); then
      printf 'skipped in %s: %s: %s (expected: %s)\n' "$(basename "$build")" "$name" "$reason" "${why#"$name" }"
    else
      printf 'SKIPPED in %s: %s: %s\n' "$(basename "$build")" "$name" "$reason"
      unexpected=1
    fi
  done < <(skips "$log")
done
[ $unexpected = 0 ] || [ "${SOJOURN_SKIPS:-}" != fail ]
