#!/usr/bin/env bash
# A baresip softphone watches the number of another one, over UDP and TLS, and is told (PIDF). Its module for waiting messages is left out: on a
# busy machine version 1.0 sends SUBSCRIBEs without end, and waits for no answer. baresip wants an interface other than the loopback one:
# the test makes a pair of its own in a network namespace, for which it must be root.
if [ -z "${SIP_WATCH_INSIDE:-}" ]; then
  if [ "$(id -u)" -ne 0 ] || ! unshare --net ip link add v0 type veth peer name v1 2>/dev/null; then
    echo "1..0 # SKIP no network namespace can be made"
    exit 77
  fi
  SIP_WATCH_INSIDE=1 exec unshare --net "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/baresip_lib.sh"

# That it has been told shows in its trace of messages.
told() { grep -a "<basic>" "$work/baresip-$1.log" | tail -1 | grep -q "$2"; }

cli phone set carol-phone subscribe_calling_search_space=Phones >/dev/null
for transport in udp tls; do
  if [ $transport = tls ]; then # no certificate of theirs, but digest
    cli phone-security-profile add name=TLS transport=tls digest_authentication=true >/dev/null
    for phone in carol-phone dave-phone; do cli phone set $phone phone_security_profile=TLS >/dev/null; done
  fi
  options="-s -t 100"
  softphone "dave-$transport" 10.99.0.3 1004 dave secret4 $transport
  dave=$!
  for attempt in 1 2 3 4; do
    modules="module_app contact.so
module_app presence.so" contacts="\"Dave\" <sip:1004@$server;transport=$transport>;presence=p2p" \
      softphone "carol-$transport" 10.99.0.2 1003 carol secret3 $transport
    carol=$!
    # On a busy machine it subscribes before it has registered, is refused, and is of no use any more.
    wait_for 15 told "carol-$transport" open && break
    [ $attempt -lt 4 ] && kill -KILL $carol
  done >"$work/attempts.log" 2>&1
  ok "$transport: Carol's softphone is told that Dave's is there" told "carol-$transport" open
  kill -TERM $dave
  ok "$transport: then that Dave's has gone" wait_for 15 told "carol-$transport" closed
  kill -TERM $carol
  ok "$transport: her softphone takes its leave" wait_for 10 absent carol-phone
  kill -KILL $carol $dave 2>/dev/null || true # what has subscriptions may stay until these have ended, which it cannot without its registration
done
