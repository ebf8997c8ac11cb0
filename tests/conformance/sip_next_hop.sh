#!/usr/bin/env bash
# Kamailio as the next hop: calls to what another cluster advertises, and to URIs, leave by a SIP route pattern over a trunk to it; it
# routes them on to sipp, and sends calls to a directory URI of the node. When it is dead, they go over the public network.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sip/sip_lib.sh"
need sipp kamailio
sip_node_start
alice=$(loopback 2) kamailio=$(loopback 3) far=$(loopback 4) other=$(loopback 5)
cat >"$work/near.lua" <<LUA
return {
  calling_search_spaces = { { name = "Everything", partitions = { "Internal", "PSTN", "Global Learned Enterprise Numbers" } } },
  sip_profiles = { { name = "Next hop", send_ils_learned_destination_route_string = true } },
  sip_trunks = { { name = "Kamailio", calling_search_space = "Phones", sip_trunk_security_profile = "UDP", sip_profile = "Next hop",
    destinations = { { address = "$kamailio", port = 5060 } } } },
  sip_route_patterns = { { pattern = "far.example", sip_trunk = "Kamailio" }, { pattern = "*.elsewhere.example", sip_trunk = "Kamailio" } },
  directory_uris = { { user = "alice", host = "near.example", directory_number = "1001@Internal" } },
  ils_configuration = { role = "hub", exchange_dial_plan = true, advertised_route_string = "near.example", synchronize_clusters_every = 1 },
}
LUA
for service in certificates ils; do ok "$service is activated" cli service activate $service; done
ok "trunk, SIP route patterns and a URI are configured" cli apply "$work/near.lua"
hub() { cli ils status | grep -q "hub in a network"; }
ok "the node is a hub" wait_for 10 hub
ok "with a password" cli ils password password="a long password"

# Another cluster, which is there to advertise alone: its calls are kamailio's and sipp's.
cat >"$work/far.lua" <<'LUA'
return {
  partitions = { { name = "Phones" } },
  directory_numbers = { { pattern = "5001", partition = "Phones" } },
  ils_configuration = { exchange_dial_plan = true, advertised_route_string = "far.example", synchronize_clusters_every = 1 },
  directory_uris = {
    { user = "eve", host = "people.example", directory_number = "5001@Phones", pstn_failover = "95557777" },
    { user = "eve", host = "far.example", directory_number = "5001@Phones" },
    { user = "gone", host = "people.example", directory_number = "5001@Phones", pstn_failover = "95559999" },
    { user = "round", host = "people.example", directory_number = "5001@Phones" },
  },
  alternate_numbers = { { mask = "82XXXX", directory_number = "5001", pstn_failover = "95558888" } },
}
LUA
node_start far-1 FAR "$other" certificates ils || exit 1
ok "another cluster is configured" cli apply "$work/far.lua"
ok "and joins the node by the password" cli ils join "$server" password="a long password"
node=sip-1
learned() { cli ils lookup "$1" | grep -q far.example; }
ok "its URI is learned" wait_for 30 learned eve@people.example
ok "its number is learned" wait_for 30 learned 825001

kamailio -f "$here/kamailio_routes.cfg" -A "LISTEN=udp:$kamailio:5060" -A "ONWARD=\"sip:$far:5060\"" -A "NODE=\"sip:$server:5060\"" -m 32 -M 8 -DD -E \
  -Y "$work" -P "$work/kamailio.pid" >"$work/kamailio.log" 2>&1 &
pids+=($!)
ok "kamailio runs" wait_for 10 test -s "$work/kamailio.pid"
trunk_is() { cli --json sip-trunk status Kamailio ask=true | tr -d ' \n\t' | grep -q "\"state\":\"$1\""; }
ok "its answer to OPTIONS is seen" wait_for 10 trunk_is full_service
ok "Alice's phone registers" sip register_once "$alice" 5060 u1 -key device SEP001122334401 -key number 1001 -key contact_port 5060

# calls_out NAME USER HOST SEEN: Alice calls it, sipp answers behind kamailio, whose log then says SEEN.
calls_out() {
  sip_wait called "$far" 5060 u1
  host=$3 ok "$1" sip calls "$alice" 5060 u1 -s "$2" -key number 1001
  ok "$1: the other side" wait "$waiting"
  ok "$1: what kamailio has seen" grep -qF "routes: INVITE sip:$4" "$work/kamailio.log"
}
calls_out "a learned URI goes by its route string" eve people.example "eve@people.example by <sip:far.example>"
calls_out "a learned number too" 825001 "$server" "825001@$kamailio:5060 by <sip:far.example>"
calls_out "a URI that nobody advertises goes by its domain" joe desk.elsewhere.example "joe@desk.elsewhere.example by <null>"
host=people.example ok "whom kamailio does not find is not found, and not dialled over the public network" \
  sip not_found "$alice" 5060 u1 -s gone -key number 1001
ok "without the setting of the SIP profile" cli sip-profile set "Next hop" send_ils_learned_destination_route_string=false
calls_out "a learned URI goes without the route string" eve far.example "eve@far.example by <null>"

sed 's/404/483/g' "$here/not_found.xml" >"$work/looped.xml"
here=$work host=people.example ok "kamailio sends a call back: it goes round until it has no hops left" \
  sip looped "$alice" 5060 u1 -s round -key number 1001
ok "it has gone round" test "$(grep -c "routes: INVITE sip:round@" "$work/kamailio.log")" -gt 5
sip_wait called "$alice" 5060 u1
server=$kamailio host=near.example ok "kamailio sends a call to a directory URI, and Alice's phone rings" \
  sip calls "$far" 5060 u1 -s alice -key number 5001
ok "kamailio sends a call to a directory URI: the other side" wait "$waiting"

kill "$(cat "$work/kamailio.pid")"
sip_wait called "$gateway" 5060 u1 -trace_msg -message_file "$work/gateway.messages"
host=people.example ok "kamailio is dead: the call goes over the public network" sip calls "$alice" 5060 u1 -s eve -key number 1001
ok "kamailio is dead: the gateway's side" wait "$waiting"
ok "to the number that the other cluster has advertised" grep -q "^INVITE sip:5557777@" "$work/gateway.messages"
ok "the trunk is known to be out" wait_for 20 trunk_is no_service
calls() { curl -s --unix-socket "$work/sip-1/sojourn.sock" http://node/metrics | grep -q "^sojourn_ccm_active_calls 0"; }
ok "no call is left" wait_for 5 calls
