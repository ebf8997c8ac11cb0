-- A call between two clusters that count together is put through, parked and retrieved by either side, again and again, as a seed says:
-- each link carries what the two who talk take, once, as both clusters see it. TRANSFERS_SEED=7 TRANSFERS_STEPS=40 chooses another run.
local lab = require "lab"

local ids, clusters, phones = { "A", "B" }, {}, {}
local seed = tonumber(os.getenv "TRANSFERS_SEED") or os.time()
local steps = tonumber(os.getenv "TRANSFERS_STEPS") or 6

for _, id in ipairs(ids) do
  local cluster = lab.cluster { id = id }
  clusters[id] = cluster
  cluster:start()
  cluster:activate { "certificates", "callmanager", "tftp", "lbm" }
  cluster:wait_ready()
end

lab.step("each phone has a link of its own to the core of its cluster, that two calls fit in", function()
  for n, id in ipairs(ids) do
    local cluster, other, numbers, devices = clusters[id], ids[3 - n], {}, {}
    local locations = { { name = "CoreA" }, { name = "CoreB" } }
    local links = { { location = "CoreA", other_location = "CoreB", audio_bandwidth = 160, weight = 10 },
                    { location = "Core" .. id, other_location = "Hub_None", audio_bandwidth = 20, weight = 90 } }
    for i = 1, 3 do
      local number, place = ("%d00%d"):format(3 + n, i), id .. i
      locations[#locations + 1] = { name = place }
      links[#links + 1] = { location = place, other_location = "Core" .. id, audio_bandwidth = 160, weight = 10 }
      numbers[i] = { pattern = number, partition = "Phones" }
      devices[i] = { name = ("SEP00AB00000%d0%d"):format(n, i), model = "Cisco 8851", location = place, calling_search_space = "All",
                     lines = { { directory_number = number .. "@Phones" } } }
    end
    cluster:apply {
      partitions = { { name = "Phones" } },
      calling_search_spaces = { { name = "All", partitions = { "Phones" } } },
      locations = locations, location_links = links, directory_numbers = numbers, phones = devices,
      call_park_numbers = { { pattern = ("%d70X"):format(3 + n), partition = "Phones" } },
      sip_trunks = { { name = "To-" .. other, location = "Shadow", calling_search_space = "All",
                       destinations = { { address = clusters[other].address, port = clusters[other].ports.sip } } } },
      route_patterns = { { pattern = ("%d00X"):format(6 - n), partition = "Phones", sip_trunk = "To-" .. other } },
      bulk_certificate_management = { url = "file://" .. lab.directory .. "/exchange/" },
    }
    cluster:cli "cert export"
  end
  clusters.A:cli "cert consolidate"
  for n, id in ipairs(ids) do
    local cluster, other = clusters[id], clusters[ids[3 - n]]
    cluster:cli "cert import confirm=true"
    cluster:cli { "remote-cluster", "add", "cluster_id=" .. other.id, "fully_qualified_name=" .. other.address,
                  "https_port=" .. other.ports.https, "lbm=true" }
    cluster:apply { lbm_hub_groups = { { name = "Core", members = { cluster.node }, bootstrap_hubs = id ~= "A" and { "A" } or {} } } }
  end
end)

for n, id in ipairs(ids) do
  for i = 1, 3 do
    local phone = lab.phone { name = id .. i, mac = ("00AB00000%d0%d"):format(n, i), home = clusters[id], answer = "auto" }
    phone:power_on()
    phone:wait_registered { at = clusters[id] }
    phones[#phones + 1] = { phone = phone, id = id, number = ("%d00%d"):format(3 + n, i), link = id .. i .. "@Core" .. id }
  end
end

--- The answered call of a phone.
local function call_of(one)
  return lab.wait_for(one.number .. " talks", 10, function()
    for _, call in pairs(one.phone.agent.calls) do
      if call.state == "answered" then return call end
    end
  end)
end

--- What the links carry when these two talk, or nobody does.
local function expected(one, other)
  local kbps = {}
  for _, party in ipairs { one, other } do kbps[party.link] = 80 end
  if one and one.id ~= other.id then kbps["CoreA@CoreB"] = 80 end
  return kbps
end

local function carried(what, one, other)
  local wanted = expected(one, other)
  for _, cluster in pairs(clusters) do
    lab.wait_for(("%s: %s counts it once"):format(what, cluster.id), 20, function()
      local seen, right = {}, true
      for _, place in ipairs(cluster:json "lbm usage".places) do
        if place.place:find "@" and place.pool == "audio" and place.used ~= 0 then
          seen[#seen + 1] = ("%s=%d"):format(place.place, place.used)
          right = right and wanted[place.place] == place.used
        end
      end
      local count = 0
      for _ in pairs(wanted) do count = count + 1 end
      return right and count == #seen, table.concat(seen, " ")
    end)
  end
end

--- Each takes the party's place in the call: it returns once the new one talks.
local ways = {}

function ways.blind(party, new) lab.eq(call_of(party):transfer(new.number), 200) end

function ways.park(party, new)
  if new.id ~= party.id then return ways.blind(party, new) end
  party.phone.status_line = nil
  party.phone:softkey("Park", call_of(party))
  local number = lab.wait_for("it is parked", 10, function() return (party.phone.status_line or ""):match "[45]70%d" end)
  new.phone:dial(number):wait_answered()
end

local function replaced(party, other, new, way)
  ways[way](party, new)
  lab.wait_for(party.number .. " is free", 10, function() return next(party.phone.agent.calls) == nil end)
  carried(("%s by %s to %s, who talks with %s"):format(way, party.number, new.number, other.number), new, other)
end

lab.test("the clusters count together", function()
  for _, id in ipairs(ids) do
    lab.wait_for(id .. " hears the other one", 30, function()
      local hub, links = clusters[id]:json "lbm hubs".hubs[1], 0
      for _, link in ipairs(clusters[id]:json "lbm topology".links) do links = links + (link.audio:find "/ 160" and 1 or 0) end
      return hub and hub.standing == "live" and links == #phones + 1, ("%s, %d links"):format(hub and hub.standing, links)
    end)
  end
  lab.wait_for("a call passes, for which one cluster alone has not enough", 20, function()
    local call = phones[4].phone:dial(phones[1].number)
    lab.wait_for("it is decided", 5, function() return call.state == "answered" or call.state == "ended" end)
    if call.state == "ended" then return false, tostring(call.status) end
    call:hang_up()
    return true
  end)
  lab.wait_for("it is over", 10, function() return next(phones[1].phone.agent.calls) == nil end)
end)

local A1, A2, A3, B1, B2 = phones[1], phones[2], phones[3], phones[4], phones[5]

local function begin(from, to)
  from.phone:dial(to.number):wait_answered()
  carried(from.number .. " calls " .. to.number, from, to)
end

local function finish(one, other)
  call_of(one):hang_up()
  for _, party in ipairs { one, other } do
    lab.wait_for(party.number .. " is free", 10, function() return next(party.phone.agent.calls) == nil end)
  end
  carried "all have hung up"
end

for _, way in ipairs { "blind", "park" } do
  lab.test(("the calling side passes the call on within its cluster: %s"):format(way), function()
    begin(B1, A1)
    replaced(B1, A1, B2, way)
    finish(B2, A1)
  end)
end

lab.test("the calling side puts the call through to a party of the other one's cluster", function()
  begin(B1, A1)
  replaced(B1, A1, A2, "blind")
  B1.phone:dial(A3.number):wait_answered() -- over links that the two have left
  call_of(B1):hang_up()
  lab.wait_for("it is free", 10, function() return next(A3.phone.agent.calls) == nil end)
  finish(A1, A2)
end)

lab.test("with consultation", function()
  for _, new in ipairs { A2, B2 } do
    begin(B1, A1)
    local first = call_of(B1)
    first:hold "sendonly"
    local consultation = B1.phone:dial(new.number)
    consultation:wait_answered()
    lab.eq(first:transfer(consultation), 200)
    carried("4001 is with " .. new.number, A1, new)
    finish(A1, new)
  end
end)

lab.test(("as the seed says: TRANSFERS_SEED=%d"):format(seed), function()
  math.randomseed(seed)
  local pair = { phones[math.random(#phones)] }
  repeat pair[2] = phones[math.random(#phones)] until pair[2] ~= pair[1]
  begin(pair[1], pair[2])
  for _ = 1, steps do
    local who, new = math.random(2), nil
    repeat new = phones[math.random(#phones)] until new ~= pair[1] and new ~= pair[2]
    replaced(pair[who], pair[3 - who], new, math.random(3) == 1 and "park" or "blind")
    pair[who] = new
  end
  finish(pair[1], pair[2])
end)
