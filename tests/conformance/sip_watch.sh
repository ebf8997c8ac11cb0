#!/usr/bin/env bash
# A baresip softphone watches the number of another one, over UDP, TCP and TLS, and reads what it is told (PIDF). baresip wants an interface
# other than the loopback one: the test makes a pair of its own in a network namespace, for which it must be root.
if [ -z "${SIP_WATCH_INSIDE:-}" ]; then
  if [ "$(id -u)" -ne 0 ] || ! unshare --net ip link add v0 type veth peer name v1 2>/dev/null; then
    echo "1..0 # SKIP no network namespace can be made"
    exit 77
  fi
  SIP_WATCH_INSIDE=1 exec unshare --net "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/baresip_lib.sh"

sees() { grep -q "1004.*changed status from .* to .*$2" "$work/baresip-$1.log"; }

cli phone set carol-phone subscribe_calling_search_space=Phones >/dev/null
for transport in udp tcp tls; do
  if [ $transport = tls ]; then # no certificate of theirs, but digest
    cli phone-security-profile add name=TLS transport=tls digest_authentication=true >/dev/null
    for phone in carol-phone dave-phone; do cli phone set $phone phone_security_profile=TLS >/dev/null; done
  fi
  modules="module_app contact.so
module_app presence.so" contacts="\"Dave\" <sip:1004@$server;transport=$transport>;presence=p2p" \
    softphone "carol-$transport" 10.99.0.2 1003 carol secret3 $transport
  carol=$!
  watcher_registered() { registered '"device_name":"carol-phone" '; }
  ok "$transport: Carol's softphone registers" wait_for 10 watcher_registered
  softphone "dave-$transport" 10.99.0.3 1004 dave secret4 $transport
  dave=$!
  ok "$transport: and sees that Dave's is there" wait_for 15 sees "carol-$transport" Online
  kill -TERM $dave
  ok "$transport: then that it has gone" wait_for 15 sees "carol-$transport" Offline
  kill -TERM $carol
  ok "$transport: Carol's softphone takes its leave" wait_for 10 absent carol-phone
done
