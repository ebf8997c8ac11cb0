#!/usr/bin/env bash
# Reliable provisional responses (RFC 3262) with sipp on both sides of a node: the answer in a 183, and the offer in a 183 with
# the answer in the PRACK.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp
sip_node_start
alice=$(loopback 2) bob=$(loopback 3)

ok "a SIP profile with reliable responses" cli sip-profile add name=Reliable options_ping=false rel1xx_options=send_prack_if_1xx_contains_sdp
for phone in SEP001122334401 SEP001122334402; do
  ok "$phone has it" cli phone set $phone sip_profile=Reliable
done
ok "the trunk has it" cli sip-trunk set Gateway sip_profile=Reliable

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
both "Alice calls Bob, who answers in a 183" called_reliably "$bob" calls_reliably "$alice" 1001 1002
both "Alice calls Bob without an offer" called_reliably "$bob" calls_without_offer "$alice" 1001 1002
both "the gateway calls Bob" called_reliably "$bob" calls_reliably "$gateway" 5551234 1002
both "Alice calls out through the gateway" called_reliably "$gateway" calls_reliably "$alice" 1001 95551234

calls() { cli --json node list >/dev/null; curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | grep -q "^sojourn_ccm_active_calls 0"; }
ok "no call is left" wait_for 5 calls
