#!/usr/bin/env bash
# A phone's capture, read by Wireshark's tshark: SIP over UDP and TCP, files over TFTP and HTTP, right checksums, nothing malformed, no
# secret.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need tshark sipp curl
sip_node_start
ok "Cisco Tftp runs" cli service activate tftp
file=$work/phone.pcapng
first=$(loopback 3) second=$(loopback 4)

ok "a Cisco phone registers over UDP" sip register "$first" 5060 u1 -key device SEP001122334401 -key number 1001
ok "and over TCP" sip register "$second" 5060 t1 -key device SEP001122334401 -key number 1001
ok "it fetches its file over HTTP" curl -sf --interface "$first" -o /dev/null "http://$server:6970/SEP001122334401.cnf.xml"
curl -s --interface "$first" -o /dev/null "http://$server:6970/ITLSEP001122334401.tlv"
ok "and over TFTP" curl -sf --interface "$first" -o /dev/null "tftp://$server:${tftp_port:-69}/SEP001122334401.cnf.xml"
curl -s --interface "$first" -o /dev/null "tftp://$server:${tftp_port:-69}/CTLSEP001122334401.tlv"
ok "its capture is written" cli phone capture SEP001122334401 "$file"

read_with() { tshark -n -r "$file" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -o tcp.check_checksum:TRUE "$@" 2>/dev/null; }
count() { read_with -Y "$1" | wc -l; }
ok "tshark reads each packet" test "$(count frame)" -gt 10
ok "none is malformed" test "$(count '_ws.malformed || _ws.expert.severity == error')" = 0
ok "checksums are right" test "$(count 'ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0')" = 0
ok "over TCP nothing is missing and nothing comes twice" test "$(count 'tcp.analysis.lost_segment || tcp.analysis.retransmission || tcp.analysis.ack_lost_segment || tcp.analysis.out_of_order')" = 0
for what in "udp && sip.Method == REGISTER" "tcp && sip.Method == REGISTER" "udp && sip.Status-Code == 200" "tcp && sip.Status-Code == 200" \
  "http.request.uri == \"/SEP001122334401.cnf.xml\"" "http.response.code == 200" "http.response.code == 404" \
  "tftp.source_file == \"SEP001122334401.cnf.xml\"" "tftp.opcode == 6" "tftp.error.code == 1"; do
  ok "it shows: $what" test "$(count "$what")" -gt 0
done
ok "addresses are those of phone and node" test "$(count "udp && sip.Method == REGISTER && ip.src == $first && ip.dst == $server && udp.port == 5060")" -gt 0
ok "each packet is the phone's" test "$(count "!(ip.addr == $first || ip.addr == $second)")" = 0

ok "another phone answers a challenge" sip register_digest "$(loopback 5)" 5061 u1 -au carol -ap secret3 -key number 1003 -key contact_port 5061
ok "its capture is written" cli phone capture carol-phone "$file"
ok "the answer is there" test "$(count 'sip.auth.digest.response')" -gt 0
ok "and is written over" bash -c '! grep -a "response=" "$1" | grep -avq "response=\"xxxxxxxx"' -- "$file"

cli phone capture SEP001122334401 "$file" seconds=4 >"$work/live" 2>&1 &
follower=$!
wait_for 10 test -s "$file"
before=$(count frame)
ok "it registers anew while its capture is followed" sip register "$first" 5064 u1 -key device SEP001122334401 -key number 1001
wait $follower
ok "what came meanwhile is there" test "$(count frame)" -gt "$before"
ok "and nothing is malformed" test "$(count _ws.malformed)" = 0
