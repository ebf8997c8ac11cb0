#!/usr/bin/env bash
# sip_live.sh BUILD-DIRECTORY [SECONDS]: mutated SIP messages for a live node with phones and a trunk; in a sanitizer build each
# finding ends the node, and with it the test. Prints TAP.
source_directory=$(cd "$(dirname "$0")/../../.." && pwd)
. "$source_directory/tests/conformance/lib.sh"
. "$source_directory/tests/conformance/sip/sip_lib.sh"
here=$source_directory/tests/conformance/sip
seconds=${2:-5}
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1
sip_node_start
seed=$RANDOM
alive() { kill -0 "$node_pid" && ! grep -E "ended by signal|AddressSanitizer|runtime error|restarts the worker" "$work/sip-1.log"; }
longest() {
  cli --json service list >/dev/null || return 1
  curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | sed -n 's/^sojourn_callback_longest_ran_seconds{service="callmanager"} //p'
}
ok "the node answers between $seconds seconds of mutated messages (seed $seed)" \
  "$build/bin/sip_live" "$server" 5060 60 "$seconds" "$seed" "$source_directory"/tests/fuzz/corpus/sip/* "$source_directory"/tests/fuzz/corpus/sip_live/*
ok "nothing has ended its worker" alive
echo "# the longest callback used $(longest) s of processor time"
# 50 ms of work; a sanitizer makes the work some five times as long.
ok "no message held the loop" awk -v longest="$(longest)" 'BEGIN { exit !(longest != "" && longest < 0.25) }'
