#!/usr/bin/env bash
# worst_inputs.sh BUILD-DIRECTORY: feeds a node the worst that its limits let pass, from people without any right and from
# administrators, and asserts that no callback uses more than 50 ms of processor time. Prints TAP.
source_directory=$(cd "$(dirname "$0")/../.." && pwd)
. "$source_directory/tests/conformance/lib.sh"
. "$source_directory/tests/conformance/sip/sip_lib.sh"
need curl
[ "$(id -u)" -eq 0 ] || tftp_port=6969
here=$source_directory/tests/conformance/sip
node_start worst-1 SIP "$server" callmanager tftp extension-mobility certificates || exit 1
sed "s/@GATEWAY@/$gateway/" "$here/site.lua" >"$work/site.lua"
cli apply "$work/site.lua" >"$work/apply.log" || { cat "$work/apply.log"; exit 1; }
# 50 ms, and as much again for a processor that others use too. A sanitizer makes the work some five times as long.
limit=0.1
grep -q __asan_init "$build/bin/sojournd" && limit=0.5

socket=$work/worst-1/sojourn.sock
longest() {
  curl -s --unix-socket "$socket" http://node/metrics |
    awk '/^sojourn_callback_longest_ran_seconds/ && $2 > most { most = $2 } END { print most + 0 }'
}
# repeat COUNT TEXT: the text so many times, %d being the number.
repeat() { awk -v n="$1" -v text="$2" 'BEGIN { for (i = 0; i < n; i++) printf text, i }'; }
# fits NAME: what has been fed since the last time held the loop for no longer than it may.
before=$(longest)
fits() {
  local now
  now=$(longest)
  ok "$1 (${now:-no answer} s)" awk -v now="$now" -v before="$before" -v limit="$limit" \
    'BEGIN { exit !(now != "" && (now <= limit || now <= before)) }'
  before=$now
}

web=http://$server:8080
form() { curl -s -o /dev/null -m 60 -H 'Content-Type: application/x-www-form-urlencoded' --data-binary "@$work/body" "$web$1"; }
api() { curl -s -o /dev/null -m 100 --unix-socket "$socket" -X "$1" -H 'Content-Type: application/json' --data-binary "@$work/body" "http://node/api/v1/$2"; }

# ---- whoever is on the network ----
repeat 1900000 'a&' >"$work/body"
form /emapp/EMAppServlet
fits "a form of 1,900,000 parameters"
repeat 520000 'a&' >"$work/body"
form /emapp/EMAppServlet
fits "a form of 1 MiB of parameters"
{ printf 'device='; head -c 1048000 /dev/zero | tr '\0' '\377'; } >"$work/body"
form /emapp/EMAppServlet
fits "a form of 1 MiB that is no UTF-8"
{ printf 'xml=<request>'; repeat 16300 '<a/>'; printf '</request>'; } >"$work/body"
form /emservice/EMServiceServlet
fits "a document of 16,300 elements"
{ printf 'xml=<request>'; repeat 60000 '<a/>'; printf '</request>'; } >"$work/body"
form /emservice/EMServiceServlet
fits "a document of 60,000 elements"
{ printf 'xml=<request '; repeat 7000 'a%d="" '; printf '/>'; } >"$work/body"
form /emservice/EMServiceServlet
fits "a document of 7,000 attributes"
for text in '<a:b/>' '<!--' '&a;'; do
  { printf 'xml='; { printf '<request>'; repeat 9000 "$text"; printf '</request>'; } | sed 's/&/%26/g'; } >"$work/body"
  form /emservice/EMServiceServlet
done
fits "documents of 9,000 errors"
curl -s -o /dev/null -m 60 "$web/emapp/EMAppServlet?$(repeat 4000 'a&')" $(repeat 90 '-H a%d:b ')
fits "a head of 90 lines and 4,000 parameters"

# ---- SIP and TFTP ----
# message METHOD HEADERS TYPE BODY: one message over UDP.
serial=0
message() {
  serial=$((serial + 1))
  printf '%s sip:1002@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:5099;branch=z9hG4bK%d\r\nFrom: <sip:1001@%s>;tag=a\r\nTo: <sip:1002@%s>\r\nCall-ID: c%d\r\nCSeq: 1 %s\r\nContact: <sip:1001@%s>\r\nMax-Forwards: 70\r\n%sContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "$server" "$gateway" $serial "$server" "$server" $serial "$1" "$gateway" "$2" "$3" "${#4}" "$4" >"$work/body"
  cat "$work/body" >"/dev/udp/$server/5060"
}
printf -v line '\r\n'
sdp="v=0${line}o=- 1 1 IN IP4 $gateway${line}s=-${line}c=IN IP4 $gateway${line}t=0 0$line"
pidf='<presence xmlns="urn:ietf:params:xml:ns:pidf"'
for method in INVITE REGISTER SUBSCRIBE PUBLISH; do
  message $method "$(repeat 80 "Via: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bKx\r\n")$line" text/plain x
  message $method "Authorization: Digest $(repeat 1500 'a%d="b",')x=y$line" text/plain x
  message $method "Route: $(repeat 500 '<sip:192.0.2.1;lr>,')<sip:192.0.2.1;lr>$line" application/sdp "$sdp$(repeat 1800 "m=audio 4000 RTP/AVP 0\r\n")"
  message $method '' application/sdp "${sdp}m=audio 4000 RTP/SAVP$(repeat 6000 ' %d')$line$(repeat 550 "a=rtpmap:%d G722/8000\r\n")"
  message $method '' application/pidf+xml "$pidf>$(repeat 8000 '<a/>')</presence>"
  message $method '' application/pidf+xml "$pidf $(repeat 1700 'xmlns:a%d="b" ')/>"
  message $method "Event: presence$line" application/pidf+xml "<presence>$(repeat 10000 '<!--')"
  message $method "Event: as-feature-event$line" application/x-as-feature-event+xml "$(repeat 47000 '<')"
  message $method '' application/pidf+xml "$pidf>$(repeat 9000 '<!--')"
  message $method '' application/pidf+xml "$pidf>$(repeat 5000 '<a:b/>')</presence>"
  message $method '' application/pidf+xml "$pidf>$(repeat 8000 '&a;')</presence>"
  message $method '' 'multipart/mixed;boundary=b' "$(repeat 1200 "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n")--b--"
done
fits "SIP messages of every kind at their limits"
for name in "$(repeat 480 a)" "$(repeat 160 ../)" SEP001122334401.cnf.xml; do
  printf "\\0\\1%s\\0octet\\0" "$name" >"$work/body"
  cat "$work/body" >"/dev/udp/$server/${tftp_port:-69}"
done
fits "TFTP requests with the longest names"

# ---- administrators ----
{ printf '{'; repeat 49900 '"k%d":0,'; printf '"z":0}'; } >"$work/body"
for path in partitions do/emcc/insert do/emcc/check apply; do api POST $path; done
fits "JSON of 49,900 unknown members"
{ printf '{'; repeat 800000 '"":0,'; printf '"z":0}'; } >"$work/body"
for path in partitions do/emcc/insert do/emcc/check; do api POST $path; done
fits "JSON of 800,000 members"
{ printf '{'; repeat 24000 '"a":0,'; repeat 24000 '"submitted_by":0,'; printf '"z":0}'; } >"$work/body"
api POST do/emcc/insert
fits "JSON that says 24,000 times who asks"
{ repeat 900 '['; repeat 900 ']'; } >"$work/body"
for path in partitions do/emcc/insert apply; do api POST $path; done
fits "JSON of 900 levels"
{ printf '{"name":"'; head -c 2000000 /dev/zero | tr '\0' a; printf '"}'; } >"$work/body"
for path in partitions do/emcc/insert; do api POST $path; done
fits "JSON of one text of 2 MB"
