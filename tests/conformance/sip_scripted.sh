#!/usr/bin/env bash
# Two scripted user agents of the Perl stack Net::SIP, over UDP, TCP and TLS: they register with digest, ask for OPTIONS, call each other both
# ways, hold and resume, and are refused the MESSAGE that the node does not carry. sipsak asks and registers beside them. Over TLS the
# agents and the node check each other's certificates; sipsak checks the node's, and shows none (0.9.8.1 reads the file of its option
# --tls-client-cert, and does not send it).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
. "$(dirname "$0")/sip/pki_lib.sh"
need sipsak perl
perl -MNet::SIP -e 1 2>/dev/null || skip "the Perl module Net::SIP is not installed"
perl -MIO::Socket::SSL -e 1 2>/dev/null || skip "the Perl module IO::Socket::SSL, with which Net::SIP speaks TLS, is not installed"
sip_node_start
node_certificate "$work/node.pem"
# sipsak 0.9.8.1 takes the session ticket of TLS 1.3 for an answer that is not there, and gives up: "nothing received, select returned error".
printf '[overrides]\ndisabled-version = tls1.3\n' >"$work/gnutls"

declare -A words
trap "" PIPE # who has died says nothing more, and the test says so
# agent NAME ADDRESS USER PASSWORD NUMBER TRANSPORT [CERTIFICATE]: starts one, over TLS with a certificate: its user's phone's, unless another
# is named.
agent() {
  local pipe tls=()
  [ "$6" = tls ] && tls=("$work/node.pem" "$pki/${7:-$3-phone}.pem" "$pki/${7:-$3-phone}.key")
  mkfifo "$work/$1.words"
  "$here/net_sip.pl" "$6" "$server" "$2" "$3" "$4" "$5" "${tls[@]}" <"$work/$1.words" >"$work/$1.log" 2>&1 &
  pids+=($!)
  exec {pipe}>"$work/$1.words"
  words[$1]=$pipe
}
# says NAME LINE [COUNT]: it has said so, so many times.
says() { [ "$(grep -cE -- "^$2\$" "$work/$1.log")" -ge "${3:-1}" ]; }
tell() { echo "${*:2}" >&"${words[$1]}"; }
# saks TRANSPORT [options]: sipsak, over TLS with what it trusts.
saks() {
  local tls=()
  [ "$1" = tls ] && tls=(-r 5061 --tls-ca-cert="$work/node.pem")
  GNUTLS_SYSTEM_PRIORITY_FILE=$work/gnutls sipsak --transport="$1" "${tls[@]}" "${@:2}"
}
# sak PASSWORD TRANSPORT SECONDS: sipsak registers for Erin, for so long.
sak() {
  saks "$2" -U -s "sip:1005@$server" --local-ip="$(loopback 5)" -C "sip:1005@$(loopback 5):5060" -u erin -a "$1" -x "$3" -i
}

phones() { registered '"device_name":"carol-phone" "device_name":"dave-phone" '; }

for transport in udp tcp tls; do
  if [ $transport = tls ]; then
    ok "tls: from now on phones show certificates" phones_show_certificates carol-phone dave-phone
    cli phone-security-profile add name=TLS transport=tls digest_authentication=true >/dev/null
    cli phone set erin-phone phone_security_profile=TLS >/dev/null
    refused "tls: sipsak is not registered over TCP any more" sak secret5 tcp 60
    agent stranger "$(loopback 6)" carol secret3 1003 tls stranger
    ok "tls: Carol's password from an agent with a certificate of somebody's is refused" wait_for 20 says stranger "registered: FAIL 403"
    refused "tls: sipsak does not speak with a node that it does not trust" sipsak --transport=tls -r 5061 --tls-ca-cert="$pki/phones.pem" -s "sip:$server"
  fi
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
  ok "$transport: OPTIONS of sipsak is answered" saks $transport -s "sip:$server" -H "$(loopback 5)"
  refused "$transport: sipsak is not registered with a wrong password" sak wrong $transport 60
  ok "$transport: but with digest" sak secret5 $transport 60
  ok "$transport: which the node says" grep -q "phone erin-phone is registered from .* over ${transport^^}" "$work/sip-1.log"
  ok "$transport: it takes its leave" sak secret5 $transport 0
  ok "$transport: nobody is registered" wait_for 5 registered ""
done
