-- Three clusters, a hub and two spokes: they advertise URIs, numbers and patterns, and their phones call each other by what they have
-- learned: by route string, by way of the hub, over the PSTN when that way fails.
local lab = require "lab"

local clusters, phones = {}, {}

for _, id in ipairs { "A", "B", "C" } do
  local cluster = lab.cluster { id = id }
  clusters[id] = cluster
  cluster:start()
  cluster:activate { "certificates", "callmanager", "ils" }
  cluster:wait_ready()
end
local a, b, c = clusters.A, clusters.B, clusters.C
local pstn = lab.gateway { name = "PSTN", address = lab.address(51) }

local function says(cluster, command, part, seconds)
  local result
  lab.wait_for(("%s: sojourn %s says \"%s\""):format(cluster.id, command, part), seconds or 20, function()
    result = cluster:try(command)
    return (result.output .. result.error):find(part, 1, true), result.output .. result.error
  end)
  return result.output .. result.error
end

local function trunk(there)
  return { name = "To-" .. there.id, calling_search_space = "All", sip_profile = "Between clusters",
           calling_and_connected_party_info_format = "deliver_uri_and_dn", destinations = { { address = there.address, port = there.ports.sip } } }
end

lab.step("each has a phone and advertises; the spokes have trunks to the hub alone", function()
  for id, cluster in pairs(clusters) do
    local user = "user-" .. id:lower()
    local trunks, routes = { { name = "PSTN", calling_search_space = "All", destinations = { { address = pstn.address } } } }, {}
    if cluster == a then
      for _, other in ipairs { b, c } do
        trunks[#trunks + 1] = trunk(other)
        routes[#routes + 1] = { pattern = other.id:lower() .. ".example", sip_trunk = "To-" .. other.id }
      end
    else
      trunks[#trunks + 1] = trunk(a)
      routes[#routes + 1] = { pattern = "*.example", sip_trunk = "To-A" }
    end
    cluster:apply {
      partitions = { { name = "Phones" } },
      calling_search_spaces = { { name = "All", partitions = { "Phones", "Global Learned Enterprise Numbers", "Global Learned E.164 Numbers",
                                                               "Global Learned Enterprise Patterns", "Global Learned E.164 Patterns" } } },
      sip_profiles = { { name = "Between clusters", send_ils_learned_destination_route_string = true } },
      directory_numbers = { { pattern = "4001", partition = "Phones", calling_search_space = "All" } },
      end_users = { { user_id = user, last_name = "User", digest_credentials = "a-secret", primary_extension = "4001@Phones" } },
      phones = { { name = user .. "-phone", model = "Third-party SIP Device (Basic)", phone_security_profile = "Standard SIP Digest Profile",
                   digest_user = user, calling_search_space = "All",
                   lines = { { directory_number = "4001@Phones", display = "User of " .. id } } } },
      sip_trunks = trunks,
      sip_route_patterns = routes,
      route_patterns = { { pattern = "0.!", partition = "Phones", sip_trunk = "PSTN", discard_digits = "pre_dot" } },
      directory_uris = { { user = user, host = id:lower() .. ".example", end_user = user, pstn_failover = "0555" .. id:byte() } },
      alternate_numbers = { { mask = ({ A = "51", B = "52", C = "53" })[id] .. "XXXX", directory_number = "4001" } },
      bulk_certificate_management = { url = "file://" .. lab.directory .. "/exchange/" },
    }
    cluster:cli "cert export"
    phones[id] = lab.softphone { name = user, cluster = cluster, user = user, password = "a-secret", number = "4001", display = "User of " .. id }
    lab.eq(phones[id]:register().status, 200)
  end
  a:cli "cert consolidate"
  for _, cluster in pairs(clusters) do cluster:cli "cert import confirm=true" end
  for id, cluster in pairs(clusters) do
    if cluster ~= a then
      cluster:cli { "remote-cluster", "add", "cluster_id=A", "fully_qualified_name=" .. a.address, "https_port=" .. a.ports.https }
    end
    cluster:cli { "ils-configuration", "set", "role=" .. (cluster == a and "hub" or "spoke"), "registration_server=" .. (cluster == a and "" or "A"),
                  "exchange_dial_plan=true", "advertised_route_string=" .. id:lower() .. ".example", "synchronize_clusters_every=1" }
  end
end)

--- Synchronises until the cluster has learned it.
local function learned(cluster, what, route)
  lab.wait_for(cluster.id .. " has learned " .. what, 30, function()
    local found = cluster:json { "ils", "lookup", what }
    if not found.found then cluster:try "ils synchronize" end
    return found.found and found.route_string == route, found.message
  end)
end

local function talk(call, ringing)
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  call:hang_up()
  ringing:wait_ended()
end

lab.test("a call by URI goes by its route string, through the hub, to the user's phone", function()
  learned(c, "user-b@b.example", "b.example")
  local call = phones.C:dial "user-b@b.example"
  local ringing = phones.B:wait_call()
  lab.eq(ringing.party.number, "4001") -- of the blended identity that has come through the hub
  talk(call, ringing)
  lab.contains(c:cli "route test user-c-phone user-b@b.example", "learned of cluster B, route string b.example")
end)

lab.test("the analysis follows the route string as the call does, through the hub", function()
  for _, cluster in pairs(clusters) do cluster:activate { "dna-server" } end
  local text = says(c, "dna analyze user-c-phone user-b@b.example", "cluster  B  phone there: user-b matches user-b@b.example", 60)
  lab.contains(text, "cluster  A  trunk there")
  lab.contains(text, "caller  To-A  comes in over the trunk")
end)

lab.test("told by the URI alone who calls, the phone calls back by it", function()
  for cluster, there in pairs { [c] = "A", [a] = "B" } do
    cluster:cli("sip-trunk set To-" .. there .. " calling_and_connected_party_info_format=deliver_uri_only")
  end
  local call = phones.C:dial "user-b@b.example"
  local ringing = phones.B:wait_call()
  local uri = ringing.invite:get("From"):match "<sip:([^>]*)>"
  lab.eq(uri, "user-c@c.example")
  talk(call, ringing)
  learned(b, uri, "c.example")
  talk(phones.B:dial(uri), phones.C:wait_call())
end)

lab.test("a call by an advertised number reaches the directory number", function()
  learned(b, "534001", "c.example")
  talk(phones.B:dial "534001", phones.C:wait_call())
end)

lab.test("what nobody advertises, and who is not there, is 404", function()
  for _, what in ipairs { "544001", "nobody@nowhere.test" } do
    local call = phones.B:dial(what)
    call:wait_ended()
    lab.eq(call.status, 404, what)
  end
  local call = phones.A:dial "nobody@b.example" -- B's domain
  call:wait_ended()
  lab.eq(call.status, 404)
end)

lab.test("when the way fails the number for that is dialled over the PSTN", function()
  learned(b, "user-a@a.example", "a.example")
  b:cli "sip-trunk set To-A destinations=[]"
  local call = phones.B:dial "user-a@a.example"
  local outside = pstn:wait_call { dialled = "555" .. ("A"):byte() }
  call:wait_answered()
  call:hang_up()
  outside:wait_ended()
end)
