#!/usr/bin/env bash
# SIP over TLS with openssl as phone, as trunk's peer, and as whoever should not get in; with kamailio as a trunk's peer.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need openssl kamailio timeout
[ -e /usr/lib/x86_64-linux-gnu/kamailio/modules/tls.so ] || skip "kamailio's TLS module is not installed"

. "$(dirname "$0")/sip/pki_lib.sh"

# ---- certificates ----
expired() {
  openssl req -newkey rsa:2048 -nodes -keyout "$pki/$1.key" -out "$pki/$1.csr" -subj "/O=Test/CN=$3" 2>/dev/null
  : >"$pki/index.txt"
  openssl ca -batch -config <(printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index.txt\nserial=%s/serial\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\norganizationName=optional\n' "$pki" "$pki" "$pki") \
    -create_serial -cert "$pki/$2.pem" -keyfile "$pki/$2.key" -startdate 20200101000000Z -enddate 20210101000000Z -notext \
    -in "$pki/$1.csr" -out "$pki/$1.pem" 2>/dev/null
}
authority phones "Phone Authority"
authority others "Another Authority"
authority trunks "Trunk Authority"
issue alice phones CP-7841-SEP001122334401 ""
issue bob phones SEP001122334402 ""
issue foreign others SEP001122334401 ""
expired late phones SEP001122334401
issue gateway trunks gw.example "IP:$gateway,DNS:gw.example"
issue wrong trunks elsewhere.example "DNS:elsewhere.example"

# ---- the node ----
sip_node_start
cli service activate certificates >/dev/null
sip_port=5061
cli phone-security-profile add name=Secure device_security_mode=authenticated transport=tls >/dev/null
cli phone set SEP001122334401 phone_security_profile=Secure >/dev/null
refused "a private key is not imported" cli cert trust phones key pem="$(cat "$pki/phones.pem" "$pki/phones.key")"
refused "an expired certificate is not imported" cli cert trust phones late pem="$(cat "$pki/late.pem")"
ok "a phone authority is imported" trust phones phones
ok "a trunk authority is imported" trust sip_trunks trunks
logged() { grep -q -- "$1" "$work/sip-1.log"; }

# register DEVICE CALL-ID [s_client options]: what a REGISTER over TLS is answered.
register_text() {
  printf 'REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/%s 192.0.2.1:5060;branch=z9hG4bK%s;rport\r\nFrom: <sip:1001@x>;tag=a\r\nTo: <sip:1001@x>\r\nCall-ID: %s\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContact: <sip:1001@192.0.2.1:5060;transport=tls>;+u.sip!devicename.ccm.cisco.com="%s"\r\nExpires: 60\r\nContent-Length: 0\r\n\r\n' \
    "$server" "$1" "$3" "$3" "$2"
}
answered() {
  local device=$1 id=$2 answer=$work/answer-$2
  shift 2
  { register_text TLS "$device" "$id"; wait_for 10 grep -q "^Content-Length" "$answer" >/dev/null; } |
    timeout 15 openssl s_client -quiet -no_ign_eof -nocommands -connect "$server:$sip_port" "$@" 2>/dev/null >"$answer"
  cat "$answer"
}
is() { # is STATUS SENTENCE COMMAND...
  local status=$1 sentence=$2 text
  shift 2
  text=$("$@")
  echo "$text"
  [[ $text == "SIP/2.0 $status"* ]] && [[ $text == *"$sentence"* ]]
}
key() { echo -cert "$pki/$1.pem" -key "$pki/$1.key"; }

own=$(cli --json cert list | tr -d ' \n' | grep -o '"kind":"CallManager","subject":"[^"]*","fingerprint":"[0-9a-f]*"' | grep -o '[0-9a-f]\{64\}')
shown() {
  timeout 10 openssl s_client -connect "$server:$sip_port" </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 |
    tr -d ':' | tr 'A-F' 'a-f' | grep -q "$own"
}
ok "5061 shows the CallManager identity" shown
ok "the factory's name behind a model is the phone's" is 200 "" answered SEP001122334401 a1 $(key alice)
ok "TLS 1.2 does as well" is 200 "" answered SEP001122334401 a2 $(key alice) -tls1_2
ok "no certificate" is 403 "shows none" answered SEP001122334401 b1
ok "another phone's certificate" is 403 "names another device" answered SEP001122334401 c1 $(key bob)
ok "an authority that is not imported" is 403 "not from a phone authority" answered SEP001122334401 d1 $(key foreign)
ok "an expired certificate" is 403 "certificate has expired" answered SEP001122334401 e1 $(key late)
ok "the log says why" logged "WARNING.*phone SEP001122334401 is refused from .*: Its security profile asks for a certificate, and it shows none"
plain() { register_text TCP "$1" "$2" | timeout 5 bash -c "exec 3<>/dev/tcp/$server/5060; cat >&3; timeout 2 cat <&3"; }
ok "the phone in the clear" is 403 "came over TCP" plain SEP001122334401 f1
refused "TLS 1.1" timeout 10 openssl s_client -connect "$server:$sip_port" -tls1_1 -cipher DEFAULT:@SECLEVEL=0 </dev/null
ok "which is logged" logged "no SIP over TLS with .* TLS failed"
clear_text() {
  local text
  text=$(register_text TCP SEP001122334402 g1 | timeout 5 bash -c "exec 3<>/dev/tcp/$server/$sip_port; cat >&3; timeout 3 cat <&3" | tr -d '\0')
  [[ $text != *"SIP/2.0"* ]]
}
ok "plain text on the TLS port gets no SIP answer" clear_text
half_ends() { timeout 25 bash -c "exec 3<>/dev/tcp/$server/$sip_port; printf '\x16\x03\x01' >&3; cat <&3 >/dev/null"; }
ok "half a handshake is ended" half_ends
cli cert distrust phones >/dev/null
ok "trust withdrawn counts at once" is 403 "not from a phone authority" answered SEP001122334401 h1 $(key alice)

# ---- trunks ----
cli sip-trunk-security-profile add name=TLS outgoing_transport=tls incoming_transport=tls >/dev/null
cli sip-trunk set Gateway sip_trunk_security_profile=TLS destinations="[{\"address\":\"$gateway\",\"port\":5061}]" >/dev/null
mkfifo "$work/silence" && exec 7<>"$work/silence" # what servers read from and never ends
# server_start NAME [s_server options]: an openssl server in place of the gateway; what it reads lies in NAME.log.
server_start() {
  local name=$1
  shift
  openssl s_server -accept "$gateway:5061" -quiet "$@" <&7 >"$work/$name.log" 2>&1 &
  peer=$!
  wait_for 5 bash -c "exec 3<>/dev/tcp/$gateway/5061"
}
server_stop() {
  kill "$peer" 2>/dev/null
  wait "$peer" 2>/dev/null
}
status() { cli sip-trunk status Gateway ask=true; }
says() { local text; text=$(status); echo "$text"; [[ $text == *"$1"* ]]; }
ok "nobody there" says "connection refused"
ok "the log names trunk, address, transport and cause" logged "WARNING.*trunk Gateway cannot be reached at $gateway port 5061 over TLS: connection refused"
server_start right $(key gateway)
ok "the right peer is asked" says "does not answer OPTIONS"
ok "over TLS" grep -q "OPTIONS sip:$gateway:5061;transport=tls SIP/2.0" "$work/right.log"
server_stop
for bad in "wrong:does not match the trunk" "late:" "foreign:not trusted"; do
  server_start "bad-${bad%%:*}" $(key "${bad%%:*}")
  ok "a peer with the certificate ${bad%%:*} is not spoken to" says "${bad#*:}"
  refused "and gets nothing (${bad%%:*})" grep -q "SIP/2.0" "$work/bad-${bad%%:*}.log"
  server_stop
done
server_start old $(key gateway) -tls1_1 -cipher DEFAULT:@SECLEVEL=0
ok "TLS 1.1 is not spoken" says "TLS failed"
server_stop
cat >"$work/clear.cfg" <<CFG
#!KAMAILIO
children=1
listen=tcp:$gateway:5061
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
request_route { xlog("L_ERR", "GOT \$rm\n"); sl_send_reply("200", "OK"); }
CFG
kamailio -f "$work/clear.cfg" -DD -E -w "$work" -Y "$work" >"$work/clear.log" 2>&1 &
clear=$!
wait_for 10 bash -c "exec 3<>/dev/tcp/$gateway/5061"
ok "a peer that speaks no TLS is told as such" says "TLS handshake"
refused "and gets no SIP in the clear" grep -aq "GOT OPTIONS" "$work/clear.log"
kill $clear 2>/dev/null
wait $clear 2>/dev/null

# ---- kamailio ----
cat >"$work/kamailio.cfg" <<CFG
#!KAMAILIO
debug=2
fork=no
children=1
disable_tcp=no
enable_tls=yes
listen=tls:$gateway:5061
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "tls.so"
modparam("tls", "config", "$work/kamailio-tls.cfg")
request_route {
  xlog("L_ERR", "GOT \$rm from \$tls_peer_subject_cn over \$proto \$tls_version\n");
  if (is_method("INVITE")) { sl_send_reply("486", "Busy Here"); exit; }
  sl_send_reply("200", "OK");
}
CFG
cat >"$work/kamailio-tls.cfg" <<CFG
[server:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
private_key = $pki/gateway.key
certificate = $pki/gateway.pem
ca_list = $work/own.pem
CFG
node_certificate "$work/own.pem"
kamailio -f "$work/kamailio.cfg" -DD -E -w "$work" -Y "$work" >"$work/kamailio.log" 2>&1 &
pids+=($!)
wait_for 10 bash -c "exec 3<>/dev/tcp/$gateway/5061"
ok "kamailio answers OPTIONS over TLS" says "full_service"
ok "and has seen the node's certificate" grep -q "GOT OPTIONS from sip-1 over tls" "$work/kamailio.log"
