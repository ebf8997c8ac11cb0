#!/usr/bin/env bash
# Kamailio as a provider: it challenges what a trunk sends, the trunk registers with it, and calls come to the contact that is registered,
# from an address that is none of the trunk's and is another one's.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp kamailio
sip_node_start
alice=$(loopback 2) provider=$(loopback 3) far=$(loopback 4) second=$(loopback 6)
cat >"$work/provider.lua" <<LUA
return {
  sip_realms = { { realm = "provider.example", user = "acme", digest_credentials = "letmein" } },
  sip_trunks = { { name = "Provider", calling_search_space = "Phones", sip_trunk_security_profile = "UDP", registration_user = "acme",
    registration_domain = "provider.example", destinations = { { address = "$provider", port = 5060 } } } },
  route_patterns = { { pattern = "8.!", partition = "PSTN", sip_trunk = "Provider", discard_digits = "pre_dot" } },
}
LUA
# kamailio_start ALGORITHM
kamailio_start() {
  rm -f "$work/kamailio.pid"
  kamailio -f "$here/kamailio_provider.cfg" -A "LISTEN=udp:$provider:5060" -A "SECOND=udp:$second:5060" -A "FROM_SECOND=\"udp:$second:5060\"" -A "ONWARD=\"sip:$far:5060\"" \
    -A "NODE=\"$server\"" -A "ALGORITHM=\"$1\"" -m 32 -M 8 -DD -E -Y "$work" -P "$work/kamailio.pid" >>"$work/kamailio.log" 2>&1 &
  pids+=($!)
  wait_for 10 test -s "$work/kamailio.pid"
}
ok "kamailio runs" kamailio_start MD5
ok "the provider, its account and a trunk are configured" cli apply "$work/provider.lua"
state() { cli --json sip-trunk status Provider | tr -d ' \n\t' | grep -q "$1"; }
ok "the trunk registers" wait_for 20 state '"registration":"registered"'
ok "with its credentials" grep -q "REGISTER of acme for 3600 s by acme" "$work/kamailio.log"
ok "Alice's phone registers" sip register_once "$alice" 5060 u1 -key device SEP001122334401 -key number 1001 -key contact_port 5060

sip_wait called "$far" 5060 u1
ok "a call goes out" sip calls "$alice" 5060 u1 -s 8555 -key number 1001
ok "a call goes out: the other side" wait "$waiting"
ok "the INVITE and the BYE were challenged and answered" bash -c "grep -q 'provider: INVITE by acme' $work/kamailio.log && grep -q 'provider: ACK\|provider: BYE by acme' $work/kamailio.log"

sed -e 's/cause=404/no phone and no trunk/' -e 's/Reason:/Warning:/' -e 's/404/403/' "$here/not_found.xml" >"$work/forbidden.xml"
here=$work ok "a call from its other address that does not name the contact is refused" sip forbidden "$second" 5070 u1 -s 1001 -key number 5551234
ok "that address is one of the provider's" cli sip-trunk add name=From-Provider calling_search_space=Phones sip_trunk_security_profile=UDP \
  "sip_profile=Without Ping" "destinations=[{\"address\":\"$second\"}]"
sip_wait called "$alice" 5060 u1
server=$provider host=$provider ok "a call comes in to the registered contact, and rings at the number that was called" \
  sip calls "$far" 5060 u1 -s 1001 -key number 5551234
ok "a call comes in: the other side" wait "$waiting"

ok "with SHA-256" bash -c "kill $(cat "$work/kamailio.pid"); while kill -0 $(cat "$work/kamailio.pid") 2>/dev/null; do sleep 0.05; done"
ok "kamailio runs with SHA-256" kamailio_start SHA-256
sip_wait called "$far" 5060 u1
ok "a call goes out with SHA-256" sip calls "$alice" 5060 u1 -s 8555 -key number 1001
ok "a call goes out with SHA-256: the other side" wait "$waiting"

ok "the policy for providers" cli policy activate "$(dirname "$0")/../../examples/policies/sip_providers.lua"
ok "and its script at the trunk" cli sip-trunk set Provider normalization_script=plain-identity
sip_wait called "$far" 5060 u1
ok "a call goes out through it" sip calls "$alice" 5060 u1 -s 8555 -key number 1001
ok "a call goes out through it: the other side" wait "$waiting"
ok "the identity is as the provider wants it" grep -q "INVITE by acme as <sip:1001@$server;user=phone>" "$work/kamailio.log"

ok "a wrong password" cli sip-realm set provider.example@acme digest_credentials=wrong
ok "is said to be refused" wait_for 20 state '"registration":"failed".*REGISTERwith401'
ok "the right one" cli sip-realm set provider.example@acme digest_credentials=letmein
ok "registers at once" wait_for 20 state '"registration":"registered"'
ok "a trunk that shall not register any more" cli sip-trunk set Provider registration_user=
ok "takes its contact back" wait_for 10 grep -q "REGISTER of acme for 0 s by acme" "$work/kamailio.log"
calls() { curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | grep -q "^sojourn_ccm_active_calls 0"; }
ok "no call is left" wait_for 5 calls
