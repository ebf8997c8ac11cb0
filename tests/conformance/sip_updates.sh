#!/usr/bin/env bash
# Offers in early dialogs (RFC 3311) and session timers (RFC 4028) with sipp on both sides of a node, and kamailio, which records its route,
# between the node and one of them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp kamailio
sip_node_start
alice=$(loopback 2) kamailio=$(loopback 3)

ok "a SIP profile with reliable responses" cli sip-profile add name=Reliable options_ping=false rel1xx_options=send_prack_if_1xx_contains_sdp
ok "Alice's phone has it" cli phone set SEP001122334401 sip_profile=Reliable
ok "the trunk has it, and leads to kamailio" cli sip-trunk set Gateway sip_profile=Reliable "destinations=[{\"address\":\"$kamailio\",\"port\":5060}]"
kamailio -f "$here/kamailio_routes.cfg" -A "LISTEN=udp:$kamailio:5060" -A "ONWARD=\"sip:$gateway:5060\"" -A "NODE=\"sip:$server:5060\"" -m 32 -M 8 -DD -E \
  -Y "$work" -P "$work/kamailio.pid" >"$work/kamailio.log" 2>&1 &
pids+=($!)
ok "kamailio runs" wait_for 10 test -s "$work/kamailio.pid"
ok "Alice's phone registers" sip register_once "$alice" 5060 u1 -key device SEP001122334401 -key number 1001 -key contact_port 5060

sip_wait called_updating "$gateway" 5060 u1
ok "Alice calls out: both sides change their media before the answer, and refresh the session behind it" sip calls_updating "$alice" 5060 u1 -s 95551234 -key number 1001
ok "the other side" wait "$waiting"
ok "a session that is too short is refused" sip too_short_session "$alice" 5060 u1 -s 95551234 -key number 1001
calls() { curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | grep -q "^sojourn_ccm_active_calls 0"; }
ok "no call is left" wait_for 5 calls
