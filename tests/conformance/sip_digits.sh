#!/usr/bin/env bash
# Dialling digit by digit (RFC 4730) with sipp on both sides of a node, over UDP.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp
sip_node_start
alice=$(loopback 2) bob=$(loopback 3)

ok "a SIP profile for it" cli sip-profile add name=Digits digit_by_digit=true
ok "Alice's phone has it" cli phone set SEP001122334401 sip_profile=Digits
register() { # ADDRESS DEVICE NUMBER TRANSPORT: a Cisco phone whose socket is at port 5060
  sip register_once "$1" 5060 "$4" -key device "$2" -key number "$3" -key contact_port 5060
}
calls() { curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | grep -q "^sojourn_ccm_active_calls 0"; }
ok "Bob's phone registers" register "$bob" SEP001122334402 1002 u1
ok "Alice's phone registers" register "$alice" SEP001122334401 1001 u1
sip_wait called "$bob" 5060 u1
ok "Alice dials digit by digit" sip dials_by_digits "$alice" 5060 u1 -key number 1001
ok "Bob is called" wait "$waiting"
ok "no call is left" wait_for 5 calls
