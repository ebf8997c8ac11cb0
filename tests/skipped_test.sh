#!/usr/bin/env bash
# skipped_test.sh: skipped.sh says what did not run, and fails on what is not expected when it is told to.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/build/Testing/Temporary"
log=$work/build/Testing/Temporary/LastTest.log
cat >"$log" <<'END'
1/3 Testing: test_sockets
1/3 Test: test_sockets
[ RUN      ] udp_large_and_six
[  SKIPPED ] udp_large_and_six
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] udp_large_and_six
END
SOJOURN_SKIPS=fail "$here/skipped.sh" "$work/build" >"$work/said"
grep -qx 'skipped in build: test_sockets: udp_large_and_six: the test says so (expected: .*)' "$work/said"
cat >>"$log" <<'END'
2/3 Test: conformance_x
1..0 # SKIP kamailio is not installed
3/3 Test: scenario_y
ok 2 - it goes on # SKIP no network
END
SOJOURN_SKIPS='' "$here/skipped.sh" "$work/build" >"$work/said"
grep -qx 'SKIPPED in build: conformance_x: kamailio is not installed' "$work/said"
grep -qx 'SKIPPED in build: scenario_y: it goes on: no network' "$work/said"
if SOJOURN_SKIPS=fail "$here/skipped.sh" "$work/build" >"$work/said"; then
  echo 'an unexpected skip passes'
  exit 1
fi
