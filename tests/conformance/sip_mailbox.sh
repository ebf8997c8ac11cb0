#!/usr/bin/env bash
# sipp as a mail system that tells only those who have subscribed: it challenges, accepts, sends NOTIFYs, is refreshed, ends the
# subscription and is gone, over UDP and TCP.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp
sip_node_start
declare -A mail=([udp]=$(loopback 3) [tcp]=$(loopback 4))
cat >"$work/mail.lua" <<LUA
return {
  sip_realms = { { realm = "mail.example", user = "node", digest_credentials = "letmein" } },
  sip_trunk_security_profiles = { { name = "TCP", outgoing_transport = "tcp" } },
  sip_trunks = {
    { name = "Mail-udp", sip_trunk_security_profile = "UDP", sip_profile = "Without Ping", destinations = { { address = "${mail[udp]}" } } },
    { name = "Mail-tcp", sip_trunk_security_profile = "TCP", sip_profile = "Without Ping", destinations = { { address = "${mail[tcp]}" } } },
  },
}
LUA
ok "two mail systems and an account are configured" cli apply "$work/mail.lua"
waits() { cli --json message-waiting get 1002@Internal | tr -d ' \n\t' | grep -q "\"waiting\":$1.*\"source\":\"$2\""; }
state() { cli --json mwi status 1002@Internal | tr -d ' \n\t' | grep -q "\"state\":\"$1\""; }
gone() { cli --json mwi status | tr -d ' \n\t' | grep -q "\"sip_trunk\":\"$1\",\"state\":\"silent\".*connectionrefused"; }

for transport in udp tcp; do
  sip_wait mailbox "${mail[$transport]}" 5060 "${transport:0:1}1"
  ok "$transport: Bob's messages are there" cli voice-mail-profile add "name=Mail-$transport" "message_waiting_sip_trunk=Mail-$transport"
  ok "$transport: of his number" cli directory-number set 1002@Internal "voice_mail_profile=Mail-$transport"
  ok "$transport: messages wait" wait_for 10 waits true "Mail-$transport"
  ok "$transport: the subscription is active" wait_for 5 state active
  ok "$transport: it is refreshed, and messages wait no more" wait_for 15 waits false "Mail-$transport"
  ok "$transport: the mail system" wait "$waiting"
  ok "$transport: what it has ended is asked for anew, and nobody is there" wait_for 10 gone "Mail-$transport"
done
