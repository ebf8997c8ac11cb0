#!/usr/bin/env bash
# Calls over a trunk in TLS, both ways, with kamailio as its peer, then as a provider that it registers with: it and the node check each other's
# certificates. sipp is behind kamailio and on the phones' side, over UDP: that of Debian (3.6.1) has no TLS ("To use a TLS transport you must
# compile SIPp with OpenSSL").
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
. "$(dirname "$0")/sip/pki_lib.sh"
need sipp kamailio
[ -e /usr/lib/x86_64-linux-gnu/kamailio/modules/tls.so ] || skip "kamailio's TLS module is not installed"
sip_node_start
alice=$(loopback 2) far=$(loopback 4)
node_certificate "$work/node.pem"
authority trunks "Trunk Authority"
issue gateway trunks gw.example "IP:$gateway,DNS:gw.example"
issue elsewhere trunks elsewhere.example "DNS:elsewhere.example"

# kamailio_start CERTIFICATE: shows it to the node, whose own it checks.
kamailio_start() {
  printf '[%s:default]\nmethod = TLSv1.2+\nverify_certificate = yes\nrequire_certificate = yes\nprivate_key = %s\ncertificate = %s\nca_list = %s\n' \
    server "$pki/gateway.key" "$pki/gateway.pem" "$work/node.pem" client "$pki/$1.key" "$pki/$1.pem" "$work/node.pem" >"$work/tls.cfg"
  rm -f "$work/kamailio.pid"
  kamailio -f "$here/kamailio_tls.cfg" -A "ADDRESS=$gateway" -A "NODE=\"$server\"" -A "ONWARD=\"$far\"" -A "CERTIFICATES=\"$work/tls.cfg\"" -m 64 -M 8 -DD -E \
    -Y "$work" -P "$work/kamailio.pid" >>"$work/kamailio.log" 2>&1 &
  kamailio=$!
  pids+=($kamailio)
  wait_for 10 bash -c "exec 3<>/dev/tcp/$gateway/5061"
}
kamailio_stop() {
  kill "$kamailio"
  wait "$kamailio" 2>/dev/null
}
saw() { grep -q "tls: $1" "$work/kamailio.log"; }

cli service activate certificates >/dev/null
ok "the trunk's authority is imported" trust sip_trunks trunks
cli sip-trunk-security-profile add name=TLS outgoing_transport=tls incoming_transport=tls >/dev/null
ok "the trunk speaks TLS" cli sip-trunk set Gateway sip_trunk_security_profile=TLS "destinations=[{\"address\":\"$gateway\",\"port\":5061}]"
ok "kamailio runs" kamailio_start gateway
ok "Alice's phone registers" sip register_once "$alice" 5060 u1 -key device SEP001122334401 -key number 1001 -key contact_port 5060

sip_wait called "$far" 5060 u1
ok "a call goes out" sip calls "$alice" 5060 u1 -s 95551234 -key number 1001
ok "a call goes out: the other side" wait "$waiting"
ok "over TLS, with the node's certificate" saw "INVITE over tls from sip-1"
ok "as did the BYE" saw "BYE over tls from sip-1"

sip_wait called "$alice" 5060 u1
server=$gateway ok "a call comes in" sip calls "$far" 5060 u1 -s 1001 -key number 5551234
ok "a call comes in: the other side" wait "$waiting"

# ---- the peer as a provider ----
ok "an account at the peer" cli sip-realm add realm=provider.example user=acme digest_credentials=letmein
ok "with which the trunk is to register" cli sip-trunk set Gateway registration_user=acme registration_domain=provider.example
state() { cli --json sip-trunk status Gateway | tr -d ' \n\t' | grep -q "$1"; }
ok "it registers" wait_for 20 state '"registration":"registered"'
ok "over TLS" saw "REGISTER over tls from sip-1"
sip_wait called "$alice" 5060 u1
server=$gateway host=provider.example ok "a call comes in to the contact that is registered" sip calls "$far" 5060 u1 -s 1001 -key number 5551234
ok "a call comes in to the contact: the other side" wait "$waiting"
ok "which is one of TLS" saw "to the contact sip:.*;transport=tls"
ok "the trunk registers no more" cli sip-trunk set Gateway registration_user=

kamailio_stop
ok "kamailio runs with a certificate for another name" kamailio_start elsewhere
sed -e 's/cause=404/certificate/' -e 's/Reason:/Warning:/' -e 's/404/403/' "$here/not_found.xml" >"$work/forbidden.xml"
server=$gateway here=$work ok "a call from it is refused, over its certificate" sip forbidden "$far" 5070 u1 -s 1001 -key number 5551234
calls() { curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | grep -q "^sojourn_ccm_active_calls 0"; }
ok "no call is left" wait_for 5 calls
