#!/usr/bin/env bash
# Kamailio behind a trunk sends calls to two servers at once (sipp), over UDP and TCP: one is heard and the other answers; one answers while it is
# cancelled, and when the call is over.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp kamailio
sip_node_start
alice=$(loopback 2) kamailio=$(loopback 3) first=$(loopback 4) second=$(loopback 5)
cat >"$work/forks.lua" <<LUA
return {
  sip_trunk_security_profiles = { { name = "TCP", outgoing_transport = "tcp" } },
  sip_trunks = {
    { name = "Forks-UDP", sip_trunk_security_profile = "UDP", sip_profile = "Without Ping", destinations = { { address = "$kamailio", port = 5060 } } },
    { name = "Forks-TCP", sip_trunk_security_profile = "TCP", sip_profile = "Without Ping", destinations = { { address = "$kamailio", port = 5060 } } },
  },
  route_patterns = {
    { pattern = "7.!", partition = "PSTN", sip_trunk = "Forks-UDP" }, { pattern = "8.!", partition = "PSTN", sip_trunk = "Forks-TCP" },
  },
}
LUA
ok "two trunks to a proxy are configured" cli apply "$work/forks.lua"
kamailio -f "$here/kamailio_forks.cfg" -A "LISTEN=$kamailio:5060" -A "FIRST=\"sip:first@$first:5060\"" -A "SECOND=\"sip:second@$second:5060\"" -m 32 -M 8 \
  -DD -E -Y "$work" -P "$work/kamailio.pid" >"$work/kamailio.log" 2>&1 &
pids+=($!)
ok "kamailio runs" wait_for 10 test -s "$work/kamailio.pid"
ok "Alice's phone registers" sip register_once "$alice" 5060 u1 -key device SEP001122334401 -key number 1001 -key contact_port 5060

sed 's|<send retrans="500">|<pause milliseconds="500"/>&|' "$here/called.xml" >"$work/called_slowly.xml"
ringing='<recv response="180" optional="true"/>' # before the other is heard, or then
sed "s|<recv response=\"180\"/>|$ringing<recv response=\"183\"/>$ringing|" "$here/calls.xml" >"$work/calls_and_hears.xml"

# our_tags STATUS: those in the To of such answers to the INVITE that Alice has got.
our_tags() { awk -v status="SIP/2.0 $1 " 'index($0, "SIP/2.0 ") == 1 { wanted = index($0, status) == 1 } wanted && /^To:/ { tag = $0 }
  wanted && /^CSeq: 1 INVITE/ { sub(/.*;tag=/, "", tag); sub(/[;\r].*/, "", tag); print tag }' "$work/alice.messages" | sort -u; }
two_dialogs() { [ "$(our_tags 183 | wc -l)" = 1 ] && [ "$(our_tags 200 | wc -l)" = 1 ] && [ "$(our_tags 183)" != "$(our_tags 200)" ]; }

forked() { # TRANSPORT NUMBER
  sip_wait heard_and_cancelled "$first" 5060 u1
  local heard=$waiting
  here=$work sip_wait called_slowly "$second" 5060 u1
  here=$work ok "one is heard, the other answers, over $1" sip calls_and_hears "$alice" 5060 u1 -s "$2" -key number 1001 -trace_msg \
    -message_file "$work/alice.messages"
  ok "one is heard, the other answers, over $1: the one" wait "$heard"
  ok "one is heard, the other answers, over $1: the other" wait "$waiting"
  ok "one is heard, the other answers, over $1: they are two dialogs" two_dialogs
  rm -f "$work/alice.messages"
  for late in 0 1500; do
    sip_wait answers_all_the_same "$first" 5060 u1 -d $late
    local too_late=$waiting
    sip_wait called "$second" 5060 u1
    ok "both answer, the second $late ms after it was cancelled, over $1" sip calls "$alice" 5060 u1 -s "$2" -key number 1001
    ok "both answer, the second $late ms after it was cancelled, over $1: the first" wait "$waiting"
    ok "both answer, the second $late ms after it was cancelled, over $1: it is ended" wait "$too_late"
  done
}
forked UDP 71234
forked TCP 81234
calls() { curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | grep -q "^sojourn_ccm_active_calls 0"; }
ok "no call is left" wait_for 5 calls
