#!/usr/bin/env bash
# Three linphone softphones over UDP, TCP and TLS: they register with digest, call each other, hold and resume, and one puts the other two
# through to each other, after it has spoken with both and blindly.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
. "$(dirname "$0")/sip/linphone_lib.sh"
sip_node_start
node_certificate "$work/node.pem"

phones() { registered '"device_name":"carol-phone" "device_name":"dave-phone" "device_name":"erin-phone" '; }
metric() { curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | sed -n "s/^sojourn_ccm_$1 //p"; }
speaks() { heard "$1" "Media streams established .* for call $2" "${3:-1}"; }
calls() { [ "$(metric active_calls)" = "$1" ]; }

for transport in udp tcp tls; do
  if [ $transport = tls ]; then
    ok "tls: from now on phones show certificates" phones_show_certificates carol-phone dave-phone erin-phone
    shows=stranger linphone stranger carol secret3 1003 tls
    ok "tls: a softphone with a certificate of somebody's is refused" \
      wait_for 20 grep -q "phone carol-phone is refused .*not from a phone authority" "$work/sip-1.log"
    tell stranger quit
  fi
  carol=carol-$transport dave=dave-$transport erin=erin-$transport
  linphone $carol carol secret3 1003 $transport
  linphone $dave dave secret4 1004 $transport -a
  linphone $erin erin secret5 1005 $transport -a
  for name in $carol $dave $erin; do tell $name soundcard use files; done
  ok "$transport: all register with digest" wait_for 20 phones
  tell $carol call 1004
  ok "$transport: Carol speaks with Dave" wait_for 10 speaks $carol 1
  tell $carol pause
  ok "$transport: she holds him" wait_for 10 heard $carol "Call 1 .*is now paused"
  ok "$transport: which he is told" wait_for 10 heard $dave "Call 1 has been paused"
  tell $carol resume
  ok "$transport: and resumes" wait_for 10 speaks $carol 1 2
  tell $carol pause
  ok "$transport: she holds him again" wait_for 10 heard $carol "Call 1 .*is now paused" 2
  tell $carol call 1005
  ok "$transport: she speaks with Erin" wait_for 10 speaks $carol 2
  tell $carol transfer 1 --to-call 2
  ok "$transport: she puts the two through to each other, which she is told" wait_for 10 heard $carol "has been transfer"
  ok "$transport: and has no call any more" wait_for 10 heard $carol "Call 2 with .*ended"
  ok "$transport: one call is left" wait_for 10 calls 1
  ok "$transport: in which Dave is not held any more" wait_for 10 speaks $dave 1 3
  tell $dave terminate
  ok "$transport: he hangs up on Erin" wait_for 10 heard $erin "Call 1 with .*ended"
  ok "$transport: no call is left" wait_for 10 calls 0
  tell $carol call 1004
  ok "$transport: Carol speaks with Dave anew" wait_for 10 speaks $carol 3
  tell $carol transfer 3 sip:1005@$server
  ok "$transport: she puts him through blindly" wait_for 10 heard $carol "Call 3 with .*ended"
  ok "$transport: Erin speaks" wait_for 10 speaks $erin 2
  ok "$transport: one call is left, with Dave" wait_for 10 calls 1
  tell $erin terminate
  ok "$transport: she hangs up on him" wait_for 10 heard $dave "Call 2 with .*ended"
  ok "$transport: no call is left again" wait_for 10 calls 0
  for name in $carol $dave $erin; do tell $name quit; done
  # A linphone that has quit does not always wait for the challenge of its last REGISTER: what it has registered expires then.
  ok "$transport: all take their leave" wait_for 75 registered ""
done
