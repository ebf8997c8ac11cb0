#!/usr/bin/env bash
# A baresip softphone puts the other one through to a gateway that sipp plays, over UDP and TCP: baresip sends the REFER, understands the NOTIFYs
# and takes the re-INVITE; sipp gets an INVITE without an offer. baresip wants an interface other than the loopback one: see sip_baresip.sh.
if [ -z "${SIP_TRANSFER_INSIDE:-}" ]; then
  if [ "$(id -u)" -ne 0 ] || ! unshare --net ip link add v0 type veth peer name v1 2>/dev/null; then
    echo "1..0 # SKIP no network namespace can be made"
    exit 77
  fi
  SIP_TRANSFER_INSIDE=1 exec unshare --net "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/baresip_lib.sh"
need sipp

phones() { registered '"device_name":"carol-phone" "device_name":"dave-phone" '; }
heard() { grep -q "$2" "$work/baresip-$1.log"; }
talks() { [ "$(grep -c "Call established" "$work/baresip-$1.log")" = "$2" ]; }
calls() { [ "$(curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | sed -n 's/^sojourn_ccm_active_calls //p')" = "$1" ]; }

for transport in udp tcp; do
  softphone "dave-$transport" 10.99.0.3 1004 dave secret4 $transport
  dave=$!
  softphone "carol-$transport" 10.99.0.2 1003 carol secret3 $transport
  carol=$!
  ok "$transport: both register" wait_for 10 phones
  ok "$transport: Carol dials Dave" tell 10.99.0.2 dial 1004
  ok "$transport: they talk" wait_for 10 talks "carol-$transport" 1
  ok "$transport: she puts him through to nobody" tell 10.99.0.2 transfer sip:7777@$server
  ok "$transport: which she is told" wait_for 10 heard "carol-$transport" "transfer failed: 404 Not Found"
  ok "$transport: upon which baresip hangs up" wait_for 10 calls 0
  ok "$transport: Carol dials again" tell 10.99.0.2 dial 1004
  ok "$transport: they talk again" wait_for 10 talks "carol-$transport" 2
  sip_wait called "$gateway" 5060 u1
  ok "$transport: she puts him through to the gateway" tell 10.99.0.2 transfer sip:95551234@$server
  ok "$transport: one call is left" wait_for 10 calls 1
  ok "$transport: Dave hangs up" tell 10.99.0.3 hangup
  ok "$transport: on the gateway" wait "$waiting"
  ok "$transport: no call is left" wait_for 10 calls 0
  kill -TERM $carol $dave
  ok "$transport: both take their leave" wait_for 10 absent carol-phone
  ok "$transport: Dave, too" wait_for 10 absent dave-phone
done
