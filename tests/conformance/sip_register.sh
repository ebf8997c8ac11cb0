#!/usr/bin/env bash
# Registrations by sipp: in the dialect of Cisco's phones and in plain SIP, with and without digest, over UDP and TCP.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp
sip_node_start
host=2
for transport in u1 t1; do
  host=$((host + 1))
  address=$(loopback $host)
  ok "$transport: a Cisco phone registers, refreshes and leaves" \
    sip register "$address" 5060 $transport -key device SEP001122334401 -key number 1001
  ok "$transport: it is not registered any more" wait_for 5 absent SEP001122334401
  ok "$transport: a plain phone is challenged and registers" \
    sip register_digest "$address" 5061 $transport -au carol -ap secret3 -key number 1003 -key contact_port 5061
  ok "$transport: it is registered" wait_for 5 registered '"device_name":"carol-phone" '
  ok "$transport: a wrong password is refused" \
    sip register_denied "$address" 5062 $transport -au dave -ap wrong -key number 1004 -key contact_port 5062
  ok "$transport: an unknown phone is refused with a reason" \
    sip register_unknown "$address" 5063 $transport -key device SEPFFFFFFFFFFFF -key number 1001 -key contact_port 5063
done
ok "the phone over TCP can still be reached: it stays registered" registered '"device_name":"carol-phone" '
cli phone remove carol-phone >/dev/null
ok "a phone that is no longer configured keeps no call rights" \
  bash -c "'$build/bin/sojourn' --node '$work/sip-1' route test SEP001122334401 1003 | grep -q 480"
