#!/usr/bin/env bash
# Calls by sipp through a node: answered, cancelled, busy, forwarded, unknown number; phone to phone and to and from a gateway.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp
sip_node_start
alice=$(loopback 2) bob=$(loopback 3)

register() { # ADDRESS DEVICE NUMBER: a Cisco phone whose socket is at port 5060
  sip register_once "$1" 5060 u1 -key device "$2" -key number "$3" -key contact_port 5060
}
ok "Alice's phone registers" register "$alice" SEP001122334401 1001
ok "Bob's phone registers" register "$bob" SEP001122334402 1002

both() { # NAME CALLED-SCENARIO CALLED-ADDRESS CALLING-SCENARIO CALLING-ADDRESS CALLER NUMBER
  sip_wait "$2" "$3" 5060 u1
  ok "$1" sip "$4" "$5" 5060 u1 -s "$7" -key number "$6"
  ok "$1: the other side" wait "$waiting"
}
both "Alice calls Bob" called "$bob" calls "$alice" 1001 1002
both "Bob calls Alice" called "$alice" calls "$bob" 1002 1001
both "Alice calls Bob and gives up" rings "$bob" cancels "$alice" 1001 1002
both "Bob is busy" busy "$bob" refused "$alice" 1001 1002
both "Alice calls out through the gateway" called "$gateway" calls "$alice" 1001 95551234
both "the gateway calls Alice" called "$alice" calls "$gateway" 5551234 1001
ok "the gateway does not get out again" sip not_found "$gateway" 5060 u1 -s 95551234 -key number 5551234
ok "a number nobody has is not found" sip not_found "$alice" 5060 u1 -s 7777 -key number 1001

# The called number sends the call on; two others wait: the phone that is busy or lets it ring, and the gateway.
forwarded() { # NAME BOB-SCENARIO FIELDS...
  local name=$1 scenario=$2
  shift 2
  ok "$name: configured" cli directory-number set 1002@Internal "$@"
  sip_wait "$scenario" "$bob" 5060 u1
  local first=$waiting
  sip_wait forwarded "$gateway" 5060 u1
  ok "$name" sip calls_forwarded "$alice" 5060 u1 -s 1002 -key number 1001
  ok "$name: Bob's side" wait "$first"
  ok "$name: the gateway's side" wait "$waiting"
}
forwarded "Bob is busy, and his calls go out through the gateway" busy forward_busy_internal_destination=95551234 \
  forward_busy_internal_calling_search_space=Everything
forwarded "Bob does not answer, and his calls go out" rings forward_busy_internal_destination= \
  forward_no_answer_internal_destination=95551234 forward_no_answer_internal_calling_search_space=Everything no_answer_ring_duration=1

calls() { cli --json node list >/dev/null; curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | grep -q "^sojourn_ccm_active_calls 0"; }
ok "no call is left" wait_for 5 calls
