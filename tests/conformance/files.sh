#!/usr/bin/env bash
# Phone files, fetched by clients that we did not write (curl, atftp, tftp-hpa), valid by xmllint against our XSD.
. "$(dirname "$0")/lib.sh"
need curl atftp tftp xmllint cmp
[ "$(id -u)" -eq 0 ] || tftp_port=6969
address=$(loopback 1)
xsd=$(cd "$(dirname "$0")/../.." && pwd)/schemas/xsd/phone_configuration.xsd

node_start files-1 FILES "$address" tftp || exit 1
cat >"$work/site.lua" <<'LUA'
return {
  partitions = { { name = "Phones" } },
  directory_numbers = { { pattern = "4001", partition = "Phones" }, { pattern = "\\+442071234567", partition = "Phones" } },
  phone_services = { { name = "Extension Mobility", url = "http://127.0.0.1:8080/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#" } },
  phones = {
    { name = "SEP001122334455", model = "Cisco 8851", expansion_modules = { "CP-8800-Audio 28-Button Key Expansion Module" }, services = { "Extension Mobility" },
      lines = { { directory_number = "4001@Phones", display = "Zoë O'Neill" }, { directory_number = "\\+442071234567@Phones" } },
      speed_dials = { { number = "0", label = "Operator" } } },
    { name = "SEP00112233445A", model = "Cisco 7821" },
  },
}
LUA
ok "the site is applied" cli apply "$work/site.lua"
http="http://$address:6970/SEP001122334455.cnf.xml"
port=${tftp_port:-69}
ok "curl fetches over HTTP" curl -sf -o "$work/http.xml" "$http"
ok "xmllint finds it valid" xmllint --noout --nonet --schema "$xsd" "$work/http.xml"
ok "curl fetches over TFTP with options" curl -sf -o "$work/curl.xml" --tftp-blksize 1428 "tftp://$address:$port/SEP001122334455.cnf.xml"
ok "curl fetches over TFTP as a 79xx does, without options" curl -sf -o "$work/plain.xml" --tftp-no-options "tftp://$address:$port/SEP001122334455.cnf.xml"
ok "atftp fetches with a block size" atftp --option "blksize 1024" --get -r SEP001122334455.cnf.xml -l "$work/atftp.xml" "$address" "$port"
ok "tftp-hpa fetches" tftp -m binary "$address" "$port" -c get SEP001122334455.cnf.xml "$work/hpa.xml"
for file in curl plain atftp hpa; do ok "$file got the same bytes" cmp "$work/http.xml" "$work/$file.xml"; done
curl -sf -o "$work/bare.xml" "http://$address:6970/SEP00112233445A.cnf.xml"
ok "a phone without lines has a valid file too" xmllint --noout --nonet --schema "$xsd" "$work/bare.xml"
curl -sf -o "$work/default.xml" "http://$address:6970/XMLDefault.cnf.xml"
ok "the default file is well formed" xmllint --noout --nonet "$work/default.xml"
ok "a file that is not there is 404" test "$(curl -s -o /dev/null -w '%{http_code}' "http://$address:6970/SEPFFFFFFFFFFFF.cnf.xml")" = 404
curl -s "tftp://$address:$port/SEPFFFFFFFFFFFF.cnf.xml" >/dev/null
ok "and over TFTP error 1 (curl 68)" test $? = 68
ok "no path leads out of the directory" test "$(curl -s --path-as-is -o /dev/null -w '%{http_code}' "http://$address:6970/../../etc/passwd")" != 200
refused "nor over TFTP" curl -sf --path-as-is "tftp://$address:$port/../../../../etc/passwd"
mkdir -p "$work/files-1/tftp"
head -c 300000 /dev/urandom >"$work/files-1/tftp/ring.rwb"
ok "a file of the directory comes whole over HTTP" bash -c "curl -sf http://$address:6970/ring.rwb | cmp - $work/files-1/tftp/ring.rwb"
ok "and over TFTP" bash -c "curl -sf --tftp-blksize 1428 tftp://$address:$port/ring.rwb | cmp - $work/files-1/tftp/ring.rwb"
head -c 34000000 /dev/urandom >"$work/files-1/tftp/firmware.sbn"
ok "more than 65,535 blocks of 512 bytes: the block number wraps" \
  bash -c "curl -sf --tftp-no-options tftp://$address:$port/firmware.sbn | cmp - $work/files-1/tftp/firmware.sbn"
before=$(sed -n 's/.*<versionStamp>//p' "$work/http.xml")
cli phone set SEP001122334455 description=changed >/dev/null
curl -sf -o "$work/again.xml" "$http"
ok "a change that the phone does not see keeps the version stamp" test "$before" = "$(sed -n 's/.*<versionStamp>//p' "$work/again.xml")"
cli phone set SEP001122334455 user_locale=German_Germany >/dev/null
curl -sf -o "$work/again.xml" "$http"
ok "a change that it does see gives a new one" test "$before" != "$(sed -n 's/.*<versionStamp>//p' "$work/again.xml")"
