#!/usr/bin/env bash
# Two baresip softphones and a gateway that sipp plays, all with IPv6 alone, at a node with addresses of both families: calls, waiting messages,
# park, transfer to a trunk, over UDP, TCP and TLS. baresip wants an interface other than the loopback one: see sip_baresip.sh.
if [ -z "${SIP_IPV6_INSIDE:-}" ]; then
  if [ "$(id -u)" -ne 0 ] || ! unshare --net ip link add v0 type veth peer name v1 2>/dev/null; then
    echo "1..0 # SKIP no network namespace can be made"
    exit 77
  fi
  SIP_IPV6_INSIDE=1 exec unshare --net "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
net=fd99:: server_addresses="127.10.18.1 fd99::1"
. "$(dirname "$0")/sip/baresip_lib.sh"
need sipp

phones() { registered '"device_name":"carol-phone" "device_name":"dave-phone" '; }
at_ipv6() { [ "$(cli --json registration list | tr -d ' \n\t' | grep -o '"address":"fd99::[0-9]"' | wc -l)" = 2 ]; }
calls() { [ "$(curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | sed -n 's/^sojourn_ccm_active_calls //p')" = "$1" ]; }
parked() { [ "$(curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | sed -n 's/^sojourn_ccm_parked_calls //p')" = "$1" ]; }
talks() { [ "$(grep -ac "Call established" "$work/baresip-$1.log")" = "$2" ]; }
closed() { grep -aq "^BYE sip:" "$work/baresip-$1.log"; }
waits() { grep -a "^Messages-Waiting:" "$work/baresip-$1.log" | tail -1 | grep -q "$2"; }

# What else a node serves, at the second of its addresses as at the first.
cli service activate tftp >/dev/null
file_at() { curl -sgf "http://$1:6970/XMLDefault.cnf.xml" | grep -q "<processNodeName>$2</processNodeName>"; }
alive_at() { [ "$(curl -sgk -o /dev/null -w '%{http_code}' "https://$1:8443/api/v1/nodes")" = 401 ]; }
certified() { timeout 10 openssl s_client -connect "[$server]:8443" </dev/null 2>/dev/null | openssl x509 -noout -checkip "$1" | grep -q "does match"; }
ok "files over HTTP in IPv6, which name the IPv4 address" file_at "[$server]" 127.10.18.1
ok "and in IPv4" file_at 127.10.18.1 127.10.18.1
ok "REST in IPv6" alive_at "[$server]"
ok "and in IPv4" alive_at 127.10.18.1
ok "the certificate bears the IPv6 address" certified "$server"
ok "and the IPv4 address" certified 127.10.18.1
ok "a number to park at" cli directed-call-park add pattern=4801 partition=Internal 'retrieval_prefix=*7'
for transport in udp tcp tls; do
  if [ $transport = tls ]; then # no certificate of theirs, but digest
    cli phone-security-profile add name=TLS transport=tls digest_authentication=true >/dev/null
    for phone in carol-phone dave-phone; do cli phone set $phone phone_security_profile=TLS >/dev/null; done
  fi
  options="-s -t 60"
  softphone "dave-$transport" fd99::3 1004 dave secret4 $transport
  dave=$!
  softphone "carol-$transport" fd99::2 1003 carol secret3 $transport
  carol=$!
  ok "$transport: both register" wait_for 10 phones
  ok "$transport: from IPv6 addresses" wait_for 10 at_ipv6
  ok "$transport: a message waits for Carol" cli mwi set 1003@Internal true new_messages=2
  ok "$transport: which she is told" wait_for 10 waits "carol-$transport" yes
  cli mwi set 1003@Internal false >/dev/null
  ok "$transport: none does any more" wait_for 10 waits "carol-$transport" no
  ok "$transport: Carol dials Dave" tell fd99::2 dial 1004
  ok "$transport: they talk" wait_for 10 talks "carol-$transport" 1
  ok "$transport: she parks him" tell fd99::2 transfer "sip:4801@[$server]"
  ok "$transport: he waits" wait_for 10 parked 1
  ok "$transport: with media of the node's, in IPv6" wait_for 10 grep -aq "^c=IN IP6 fd99::1" "$work/baresip-dave-$transport.log"
  ok "$transport: her call has ended" wait_for 10 closed "carol-$transport"
  ok "$transport: she dials the number" tell fd99::2 dial '*74801'
  ok "$transport: they talk again" wait_for 10 talks "carol-$transport" 2
  ok "$transport: nobody waits" wait_for 10 parked 0
  sip_wait called "$gateway" 5060 u1
  ok "$transport: she puts him through to the gateway" tell fd99::2 transfer "sip:95551234@[$server]"
  ok "$transport: one call is left" wait_for 10 calls 1
  ok "$transport: Dave hangs up" tell fd99::3 hangup
  ok "$transport: on the gateway" wait "$waiting"
  ok "$transport: no call is left" wait_for 10 calls 0
  kill -TERM $carol $dave
  ok "$transport: both take their leave" wait_for 10 absent carol-phone
  ok "$transport: Dave, too" wait_for 10 absent dave-phone
done
