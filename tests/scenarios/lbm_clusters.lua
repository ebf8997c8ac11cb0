-- Three clusters that share a link: the calls of each count at all, a hub that goes gives back what it had, and comes again; what they
-- state differently is shown, and the third learns of the second by way of the first.
local lab = require "lab"

local clusters, phones = {}, {}
local ids = { "A", "B", "C" }

for _, id in ipairs(ids) do
  local cluster = lab.cluster { id = id }
  clusters[id] = cluster
  cluster:start()
  cluster:activate { "certificates", "callmanager", "tftp", "lbm" }
  cluster:wait_ready()
end
local a, b, c = clusters.A, clusters.B, clusters.C

lab.step("each has the same two sites, with a link that two calls of G.711 fit in", function()
  for n, id in ipairs(ids) do
    local cluster, numbers, devices, trunks, routes = clusters[id], {}, {}, {}, {}
    for k, other in ipairs(ids) do
      if other ~= id then
        trunks[#trunks + 1] = { name = "To-" .. other, location = "Shadow", calling_search_space = "All", sip_trunk_security_profile = "Own network",
                                destinations = { { address = clusters[other].address, port = clusters[other].ports.sip } } }
        routes[#routes + 1] = { pattern = ("%dXXX"):format(3 + k), partition = "Phones", sip_trunk = "To-" .. other }
      end
    end
    for i = 1, 2 do
      local number = ("%d00%d"):format(3 + n, i)
      numbers[i] = { pattern = number, partition = "Phones" }
      devices[i] = { name = ("SEP00AB00000%d0%d"):format(n, i), model = "Cisco 8851", device_pool = i == 1 and "Berlin" or "Rome",
                     calling_search_space = "All", lines = { { directory_number = number .. "@Phones" } } }
    end
    cluster:apply {
      partitions = { { name = "Phones" } },
      calling_search_spaces = { { name = "All", partitions = { "Phones" } } },
      locations = { { name = "Berlin" }, { name = "Rome" } },
      location_links = { { location = id == "B" and "Rome" or "Berlin", other_location = id == "B" and "Berlin" or "Rome",
                           audio_bandwidth = id == "C" and 500 or 200 } },
      device_pools = { { name = "Berlin", location = "Berlin" }, { name = "Rome", location = "Rome" } },
      directory_numbers = numbers,
      phones = devices,
      sip_trunks = trunks,
      route_patterns = routes,
      sip_trunk_security_profiles = { { name = "Own network", trust_emergency_calls = true } },
      bulk_certificate_management = { url = "file://" .. lab.directory .. "/exchange/" },
    }
    cluster:cli { "param", "set", "Cisco Location Bandwidth Manager", "Reservation Lease", "5" }
    cluster:cli "cert export"
  end
  a:cli "cert consolidate"
  for _, id in ipairs(ids) do
    local cluster = clusters[id]
    cluster:cli "cert import confirm=true"
    for _, other in ipairs(ids) do
      if other ~= id then
        cluster:cli { "remote-cluster", "add", "cluster_id=" .. other, "fully_qualified_name=" .. clusters[other].address,
                      "https_port=" .. clusters[other].ports.https, "lbm=true" }
      end
    end
    cluster:apply { lbm_hub_groups = { { name = "Core", members = { cluster.node }, bootstrap_hubs = id ~= "A" and { "A" } or {} } } }
  end
end)

for n, id in ipairs(ids) do
  phones[id] = {}
  for i = 1, 2 do
    local phone = lab.phone { name = id .. i, mac = ("00AB00000%d0%d"):format(n, i), home = clusters[id] }
    phone:power_on()
    phone:wait_registered { at = clusters[id] }
    phones[id][i] = phone
  end
end

local function live(cluster, count)
  lab.wait_for(("%s hears %d hubs"):format(cluster.id, count), 30, function()
    local answer, heard = cluster:json "lbm hubs", 0
    for _, hub in ipairs(answer.hubs) do heard = heard + (hub.standing == "live" and 1 or 0) end
    return heard == count, answer.message
  end)
end

--- Waits until the cluster counts that much on the link, of that much by others.
local function used(cluster, kbps, remote)
  lab.wait_for(("%s counts %d kbps, %d of others"):format(cluster.id, kbps, remote), 30, function()
    local place = cluster:json "lbm usage Berlin@Rome".places[1]
    return place.used == kbps and place.remote == remote, ("%d kbps, %d of others"):format(place.used, place.remote)
  end)
end

local function talk(id)
  local call = phones[id][1]:dial(("%d002"):format(3 + (id:byte() - 64)))
  local ringing = phones[id][2]:wait_call()
  ringing:answer()
  call:wait_answered()
  return call, ringing
end

local first, far

lab.test("hubs learn of each other", function()
  for _, cluster in pairs(clusters) do live(cluster, 2) end
end)

lab.test("the calls of all count on the link that they share", function()
  first, far = talk "A"
  used(b, 80, 80)
  used(c, 80, 80)
  local second, there = talk "B"
  used(a, 160, 80)
  used(c, 160, 160)
  local third = phones.C[1]:dial "6002"
  third:wait_ended()
  lab.eq(third.status, 488)
  second:hang_up()
  there:wait_ended()
  used(c, 80, 80)
end)

lab.test("a call between two of them is counted once, for all of its way", function()
  local call = phones.B[1]:dial "6002" -- from Berlin at B to Rome at C
  local ringing = phones.C[2]:wait_call()
  ringing:answer()
  call:wait_answered()
  used(a, 160, 80)
  used(b, 160, 160)
  used(c, 160, 80)
  local more = phones.C[1]:dial "5002" -- from Berlin at C to Rome at B, which refuses it
  more:wait_ended()
  lab.eq(more.status, 488)
  lab.eq(b:json("lbm usage").refused, 1)
  call:hang_up()
  ringing:wait_ended()
  used(b, 80, 80)
end)

lab.test("an emergency call to another of them is never refused there", function()
  b:apply { route_patterns = { { pattern = "112", partition = "Phones", sip_trunk = "To-C", emergency_services_number = true,
                                 urgent_priority = true, called_party_transform_mask = "6002" } } }
  local more, there = talk "B"
  used(c, 160, 160) -- with the call of A: the link is full
  local refused = c:json("lbm usage").refused
  local call = phones.B[1]:dial "112" -- from Berlin at B to Rome at C
  local ringing = phones.C[2]:wait_call()
  ringing:answer()
  call:wait_answered()
  lab.eq(c:json("lbm usage").overbooked, 1)
  lab.eq(c:json("lbm usage").refused, refused)
  call:hang_up()
  ringing:wait_ended()
  more:hang_up()
  there:wait_ended()
  used(b, 80, 80)
  used(c, 80, 80)
end)

lab.test("what they state differently is shown", function()
  local answer = a:json "lbm conflicts"
  lab.eq(#answer.conflicts, 1)
  lab.eq(answer.conflicts[1].stated, "A 200, B 200, C 500")
  lab.eq(answer.conflicts[1].counts, "200")
  c:cli "location-link set Berlin@Rome audio_bandwidth=200"
  lab.wait_for("there is none", 20, function() return #a:json("lbm conflicts").conflicts == 0 end)
end)

lab.test("a hub that is killed gives back what its calls had, and its links stand", function()
  a:kill()
  used(b, 0, 0)
  used(c, 0, 0)
  lab.eq(b:json("lbm hubs").hubs[1].standing, "silent")
  live(b, 1)
  a:start()
  a:wait_ready()
  live(b, 2)
  live(a, 2)
  used(a, 0, 0)
end)

lab.test("a cluster that is no hub any more counts its own calls alone", function()
  for i = 1, 2 do phones.B[i]:wait_registered { at = b } end
  local call, there = talk "B"
  used(c, 80, 80)
  b:cli "lbm-hub-group remove Core"
  used(c, 0, 0)
  used(b, 80, 0)
  lab.contains(b:cli "lbm hubs", "spoke")
  call:hang_up()
  there:wait_ended()
end)

lab.test("a call between clusters that do not count together is counted by each on its own side", function()
  for _, cluster in ipairs { b, c } do
    cluster:apply { location_links = { { location = cluster == b and "Rome" or "Berlin", other_location = cluster == b and "Berlin" or "Rome",
                                         audio_bandwidth = 200 },
                                       { location = "Hub_None", other_location = "Berlin" } } }
  end
  lab.wait_for("C has the link", 20, function() return c:cli("lbm topology"):find("Hub_None@Berlin", 1, true) ~= nil end)
  lab.wait_for("B has the link", 20, function() return b:cli("lbm topology"):find("Hub_None@Berlin", 1, true) ~= nil end)
  local call = phones.B[2]:dial "6002" -- from Rome at B to Rome at C
  local ringing = phones.C[2]:wait_call()
  ringing:answer()
  call:wait_answered()
  used(b, 80, 0)
  used(c, 80, 0)
  call:hang_up()
  ringing:wait_ended()
  used(b, 0, 0)
  used(c, 0, 0)
end)
