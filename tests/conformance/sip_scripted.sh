#!/usr/bin/env bash
# Two scripted user agents of the Perl stack Net::SIP, over UDP and TCP: they register with digest, ask for OPTIONS, call each other both
# ways, hold and resume, and are refused the MESSAGE that the node does not carry. sipsak asks and registers beside them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipsak perl
perl -MNet::SIP -e 1 2>/dev/null || skip "the Perl module Net::SIP is not installed"
sip_node_start

declare -A words
trap "" PIPE # who has died says nothing more, and the test says so
# agent NAME ADDRESS USER PASSWORD NUMBER TRANSPORT: starts one.
agent() {
  local pipe
  mkfifo "$work/$1.words"
  "$here/net_sip.pl" "$6" "$server" "$2" "$3" "$4" "$5" <"$work/$1.words" >"$work/$1.log" 2>&1 &
  pids+=($!)
  exec {pipe}>"$work/$1.words"
  words[$1]=$pipe
}
# says NAME LINE [COUNT]: it has said so, so many times.
says() { [ "$(grep -cE -- "^$2\$" "$work/$1.log")" -ge "${3:-1}" ]; }
tell() { echo "${*:2}" >&"${words[$1]}"; }
# sak PASSWORD TRANSPORT SECONDS: sipsak registers for Erin, for so long.
sak() {
  sipsak --transport="$2" -U -s "sip:1005@$server" --local-ip="$(loopback 5)" -C "sip:1005@$(loopback 5):5060" -u erin -a "$1" -x "$3" -i
}

phones() { registered '"device_name":"carol-phone" "device_name":"dave-phone" '; }

for transport in udp tcp; do
  carol=carol-$transport dave=dave-$transport
  agent $carol "$(loopback 3)" carol secret3 1003 $transport
  agent $dave "$(loopback 4)" dave secret4 1004 $transport
  ok "$transport: Carol registers with digest, for as long as she is told" wait_for 20 says $carol "registered: OK [0-9]+"
  ok "$transport: Dave, too" wait_for 20 says $dave "registered: OK [0-9]+"
  ok "$transport: the node knows both" wait_for 5 phones
  tell $carol options
  ok "$transport: OPTIONS is answered" wait_for 10 says $carol "options: 200"
  tell $carol call 1004
  ok "$transport: Carol calls Dave" wait_for 10 says $dave "called by 1003"
  ok "$transport: who answers" wait_for 10 says $carol "call: 200 audio"
  ok "$transport: which she acknowledges" wait_for 10 says $dave established
  tell $carol hold
  ok "$transport: she holds him by a re-INVITE" wait_for 10 says $dave "offered: held"
  ok "$transport: which he takes" wait_for 10 says $carol "hold: 200 .*"
  tell $carol resume
  ok "$transport: and resumes" wait_for 10 says $dave "offered: audio" 2
  ok "$transport: both have audio again" wait_for 10 says $carol "resume: 200 audio"
  tell $carol end
  ok "$transport: she hangs up on Dave" wait_for 10 says $dave ended
  tell $dave call 1003
  ok "$transport: Dave calls Carol" wait_for 10 says $carol "called by 1004"
  ok "$transport: and speaks with her" wait_for 10 says $dave "call: 200 audio"
  tell $carol end
  ok "$transport: whom he called hangs up" wait_for 10 says $dave ended 2
  tell $carol message 1004 hello
  ok "$transport: a MESSAGE is refused" wait_for 10 says $carol "message: 405"
  tell $carol call 9123
  ok "$transport: a gateway over UDP whose port is closed is said to be unavailable, before its silence would be" wait_for 10 says $carol "call: 503"
  tell $carol leave
  tell $dave leave
  ok "$transport: both take their leave" wait_for 10 registered ""
  ok "$transport: OPTIONS of sipsak is answered" sipsak --transport=$transport -s "sip:$server" -H "$(loopback 5)"
  refused "$transport: sipsak is not registered with a wrong password" sak wrong $transport 60
  ok "$transport: but with digest" sak secret5 $transport 60
  ok "$transport: which the node knows" registered '"device_name":"erin-phone" '
  ok "$transport: it takes its leave" sak secret5 $transport 0
  ok "$transport: nobody is registered" wait_for 5 registered ""
done
