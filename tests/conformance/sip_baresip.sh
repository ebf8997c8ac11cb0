#!/usr/bin/env bash
# Two baresip softphones register at a node and call each other, by number and through a hunt pilot, over UDP, TCP and TLS. There media
# are encrypted, and softphones and node check each other's certificates. baresip wants an interface other than the loopback
# one: the test makes a pair of its own in a network namespace, for which it must be root.
if [ -z "${SIP_BARESIP_INSIDE:-}" ]; then
  if [ "$(id -u)" -ne 0 ] || ! unshare --net ip link add v0 type veth peer name v1 2>/dev/null; then
    echo "1..0 # SKIP no network namespace can be made"
    exit 77
  fi
  SIP_BARESIP_INSIDE=1 exec unshare --net "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/baresip_lib.sh"

phones() { registered '"device_name":"carol-phone" "device_name":"dave-phone" '; }

cli line-group add name=Softphones distribution=top_down members=1005@Internal,1004@Internal >/dev/null
cli hunt-list add name=Softphones members=Softphones >/dev/null
cli hunt-pilot add pattern=7000 partition=Internal hunt_list=Softphones >/dev/null
hunts=0
hunted() { cli --json hunt status 7000@Internal | grep -q "\"answered\":[[:space:]]*$1\b"; }

for transport in udp tcp tls; do
  media=
  if [ $transport = tls ]; then # media are encrypted or there is no call
    media=";mediaenc=srtp-mand"
    ok "tls: from now on phones show certificates" phones_show_certificates carol-phone dave-phone
    shows=stranger softphone stranger 10.99.0.2 1003 carol secret3 tls
    ok "tls: a softphone with a certificate of somebody's is refused" \
      wait_for 10 grep -q "phone carol-phone is refused .*not from a phone authority" "$work/sip-1.log"
    kill -TERM "${pids[-1]}"
    wait "${pids[-1]}"
  fi
  softphone "dave-$transport" 10.99.0.3 1004 dave secret4 $transport $media
  dave=$!
  softphone "carol-$transport" 10.99.0.2 1003 carol secret3 $transport $media
  carol=$!
  ok "$transport: both register with digest" wait_for 10 phones
  ok "$transport: Carol dials" tell 10.99.0.2 dial 1004
  ok "$transport: her call is established" wait_for 10 established "carol-$transport"
  ok "$transport: Dave's side, too" wait_for 10 established "dave-$transport"
  ok "$transport: she hangs up" tell 10.99.0.2 hangup
  ok "$transport: which ends Dave's call" wait_for 10 grep -q "session closed\|terminated" "$work/baresip-dave-$transport.log"
  ok "$transport: Carol dials a hunt pilot, of whose members Erin is not there" tell 10.99.0.2 dial 7000
  ok "$transport: Dave answers as the next one" wait_for 10 hunted $((++hunts))
  ok "$transport: she hangs up" tell 10.99.0.2 hangup
  kill -TERM $carol
  ok "$transport: Carol's softphone takes its leave" wait_for 10 absent carol-phone
  kill -TERM $dave
  ok "$transport: Dave's softphone takes its leave" wait_for 10 absent dave-phone
done
