#!/usr/bin/env bash
# The caller's place on its way out: through kamailio, which takes the body apart, to sipp; the document against the schema.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp kamailio xmllint
sip_node_start
alice=$(loopback 2) called=$(loopback 3)
cat >"$work/place.lua" <<'LUA'
return {
  geolocations = { { name = "Desk", address = { country = "US", national_subdivision = "CA", community_name = "San Jose", street = "Tasman",
    leading_street_direction = "W", street_suffix = "Drive", house_number = "170", floor = "3", location = "Room <3> & \"hall\"", occupant_name = "Zoë's 試験" } } },
  device_pools = { { name = "Default", geolocation = "Desk" } },
}
LUA
ok "a place is configured" cli apply "$work/place.lua"
ok "the trunk sends it" cli sip-trunk set Gateway send_geolocation=true
kamailio -f "$here/kamailio_place.cfg" -A "LISTEN=udp:$gateway:5060" -A "ONWARD=\"sip:$called:5060\"" -m 32 -M 8 -DD -E -Y "$work" \
  -P "$work/kamailio.pid" >"$work/kamailio.log" 2>&1 &
pids+=($!)
ok "kamailio runs" wait_for 10 test -s "$work/kamailio.pid"
ok "Alice's phone registers" sip register_once "$alice" 5060 u1 -key device SEP001122334401 -key number 1001 -key contact_port 5060
sip_wait called_with_place "$called" 5060 u1
ok "Alice calls out, and her place arrives with the offer" sip calls "$alice" 5060 u1 -s 95551234 -key number 1001
ok "the other side" wait "$waiting"
grep -ao '<presence.*</presence>' "$work/kamailio.log" >"$work/place.xml"
ok "the document is valid" xmllint --nonet --noout --schema "$here/../pidf/pidf.xsd" "$work/place.xml"
holds() { [ "$(xmllint --xpath "string(//*[local-name()='$1'])" "$work/place.xml")" = "$2" ]; }
ok "the city" holds A3 "San Jose"
ok "the street" holds RD Tasman
ok "what must be escaped" holds LOC 'Room <3> & "hall"'
ok "what is not ASCII" holds NAM "Zoë's 試験"
