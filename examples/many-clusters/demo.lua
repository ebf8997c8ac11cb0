-- Five clusters and a traveller:  ./run demo --many   (or: sojourn lab run examples/many-clusters/demo.lua [--stay])
--
-- Five offices, each a cluster of its own, join by a password; what each has they then know of all. Olga of Oslo, the fifth, logs in
-- at the visitors' desk of London, the first. The nodes are real; the phones are simulated, but every packet is real. Each step prints
-- one line with what was seen.
local lab = require "lab"

local password = "five offices, one network"
local services = { "certificates", "callmanager", "tftp", "extension-mobility", "bulk", "ils", "lbm" }

local first_line = '"London", "GB", 1, "laura", "Laura", "Lane", "london.example"' -- of every.lua
local offices = {
  { id = "London", line = first_line, uri = "laura@london.example" },
  { id = "Paris", line = '"Paris", "FR", 2, "paul", "Paul", "Petit", "paris.example"', uri = "paul@paris.example" },
  { id = "Berlin", line = '"Berlin", "DE", 3, "berta", "Berta", "Bach", "berlin.example"', uri = "berta@berlin.example" },
  { id = "Madrid", line = '"Madrid", "ES", 4, "marta", "Marta", "Mora", "madrid.example"', uri = "marta@madrid.example" },
  { id = "Oslo", line = '"Oslo", "NO", 5, "olga", "Olga", "Olsen", "oslo.example"', uri = "olga@oslo.example" },
}
for i, office in ipairs(offices) do
  office.cluster = lab.cluster { id = office.id }
  office.phone = lab.phone { name = office.id .. "'s phone", mac = "00EE0000000" .. i, home = office.cluster }
  office.gateway = lab.gateway { name = office.id .. "-Gateway", address = lab.address(50 + i), answer = "auto" }
end
local london, paris, oslo = offices[1], offices[2], offices[5]
local hub, home = london.cluster, oslo.cluster
local laura, paul, berta = london.phone, paris.phone, offices[3].phone
local desk = lab.phone { name = "Visitors' desk", mac = "00EE00000011", home = hub }
local desk_name, narrow_line = "SEP00EE00000011", "Hub_None@Docklands"

local function here(cluster, file, line)
  cluster:apply_file(lab.beside(file), { ["127.11.0."] = lab.range, [first_line] = line or first_line })
end

--- What is taken from the line of the visitors' desk: audio and video, kbps.
local function taken()
  local usage = hub:json { "lbm", "usage", narrow_line }
  local kbps = {}
  for _, place in ipairs(usage.places) do kbps[place.pool] = place.used end
  return kbps.audio, kbps.video, usage
end

local function wait_taken(audio, video)
  lab.wait_for(("%d kbps of audio and %d of video are taken"):format(audio, video), 20, function()
    local a, v = taken()
    return a == audio and v == video, ("%d and %d"):format(a, v)
  end)
end

lab.say("Sojourn: five clusters from London (%s) to Oslo (%s), and one traveller", hub.address, home.address)

lab.step("1. Five nodes start, and their services are activated", function()
  for _, office in ipairs(offices) do
    office.cluster:start()
    office.cluster:activate(services)
  end
  for _, office in ipairs(offices) do office.cluster:wait_ready() end
  return table.concat(services, ", ")
end)

lab.step("2. Each cluster's configuration is applied: what all have, and what London, the hub, and Oslo have besides", function()
  for _, office in ipairs(offices) do
    here(office.cluster, "every.lua", office.line)
    here(office.cluster, office == london and "london.lua" or "spoke.lua")
  end
  here(home, "oslo.lua")
  for _, cluster in ipairs { hub, home } do
    cluster:cli "emcc update Travellers"
    cluster:cli "emcc insert 5"
  end
  return "every.lua, london.lua, spoke.lua, oslo.lua"
end)

lab.step("3. The phones boot: each office's, and the visitors' desk in London", function()
  for _, office in ipairs(offices) do
    if office ~= oslo then -- Olga travels
      office.phone:power_on()
      office.phone:wait_registered { at = office.cluster, number = "4001" }
    end
  end
  desk:power_on()
  desk:wait_registered { at = hub, number = "4011" }
  return "all offices have the same number, 4001"
end)

lab.step("4. As yet no cluster knows another's numbers or users: Laura calls Berta, and Olga logs in", function()
  local call = laura:dial "834001"
  call:wait_ended()
  lab.eq(call.status, 404, "what Laura's phone is answered")
  local page = desk:login("olga", "12345")
  lab.eq(page:code(), 36, "the code that Olga sees")
  return ("834001: 404; Olga sees \"%s\""):format(page.text)
end)

lab.step("5. London is the hub and is given a password; the four others join by it", function()
  hub:cli "ils-configuration set role=hub"
  lab.wait_for("London is a hub", 20, function()
    return hub:try("ils status").output:find("hub in a network", 1, true)
  end)
  hub:cli { "ils", "password", "password=" .. password }
  local said
  for i = 2, #offices do
    local joined = offices[i].cluster:json { "ils", "join", hub.address, "https_port=" .. hub.ports.https, "password=" .. password }
    lab.eq(joined.cluster_id, "London")
    said = joined.message
  end
  return said
end)

lab.step("6. Each has learned of the four others, and what they advertise", function()
  for _, office in ipairs(offices) do
    local cluster = office.cluster
    for _, other in ipairs(offices) do
      lab.wait_for(("%s knows %s"):format(office.id, other.uri), 60, function()
        local found = cluster:json { "ils", "lookup", other.uri }
        if not found.found and office ~= other then cluster:try "ils synchronize" end -- at once, and not within a minute
        return office == other or found.found, found.message
      end)
    end
    lab.wait_for(office.id .. "'s Cluster View is complete", 20, function()
      return #cluster:list "remote_clusters" == #offices - 1, ("%d clusters"):format(#cluster:list "remote_clusters")
    end)
  end
  return ("Oslo says: %s"):format(home:json { "ils", "lookup", paris.uri }.message)
end)

lab.step("7. London and Oslo lend each other's users phones: EMCC, PSTN access and LBM are switched on", function()
  hub:cli "remote-cluster set Oslo emcc=true pstn_access=true rsvp_agent=true lbm=true"
  home:cli "remote-cluster set London emcc=true pstn_access=true rsvp_agent=true lbm=true"
  local row
  lab.wait_for("Oslo asks London's Location Bandwidth Manager", 20, function()
    hub:try "remote-cluster update Oslo"
    home:try "remote-cluster update London"
    local status = home:get "remote_cluster_statuses/London"
    for _, service in ipairs(status and status.services or {}) do
      if service.service == "lbm" then row = service end
    end
    return row and row.remote_activated == "yes", row and row.reason
  end)
  for _, cluster in ipairs { hub, home } do
    local check = cluster:try "emcc check"
    lab.eq(check.code, 0, cluster.id .. " says " .. check.output .. check.error .. "and ends with")
  end
  return ("emcc check is content at both; London's LBM is active: %s, at %s"):format(row.remote_activated, row.addresses[1])
end)

lab.step("8. Olga of Oslo logs in at the visitors' desk of London", function()
  local page = desk:login("olga", "12345")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = home, number = "4001" }
  local session = home:get("sessions/" .. desk_name)
  return ("\"%s\"; Oslo chose the device pool %s, and the phone has her number %s"):format(page.text, session.roaming_device_pool, desk:number())
end)

lab.step("9. Paul of Paris calls " .. oslo.uri .. ": the phone in London rings", function()
  local call = paul:dial(oslo.uri)
  local ringing = desk:wait_call()
  lab.eq(ringing.party.name, "Paul Petit", "the name that Olga sees")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  lab.eq(ringing.remote_media.address, paul.address, "where Olga's audio goes")
  call:hang_up()
  ringing:wait_ended()
  wait_taken(0, 0)
  return ("by way of London and Oslo; audio straight between %s and %s"):format(paul.address, desk.address)
end)

local first

lab.step("10. Olga calls " .. paris.uri .. " with video: it fits on the line of the visitors' desk", function()
  desk.agent.video, paul.agent.video, berta.agent.video = 384, 384, 384
  first = desk:dial(paris.uri)
  local ringing = paul:wait_call()
  lab.eq(ringing.party.name, "Olga Olsen", "the name that Paul sees")
  ringing:answer()
  first:wait_answered()
  lab.talk_both(first, ringing)
  lab.check((first.remote_media.video or 0) > 0, "there is no video")
  wait_taken(80, 320)
  local audio, video = taken()
  return ("%s has %d kbps of audio and %d of video taken"):format(narrow_line, audio, video)
end)

lab.step("11. A second video call is refused by London's Location Bandwidth Manager", function()
  lab.eq(first:hold "sendonly", 200, "holding the first")
  local refusals = hub:watch "bandwidth.refused"
  local call = desk:dial(offices[3].uri)
  call:wait_ended()
  lab.contains(call.reason, "Not Enough Bandwidth", "what Olga's phone is told")
  lab.eq(#berta.agent.history, 0, "calls that Berta's phone was rung by")
  local refused = refusals:wait().event
  return ("\"%s\": %s has %d kbps free for %s, %d are needed"):format(call.reason, refused.place, refused.available, refused.pool, refused.needed)
end)

lab.step("12. Olga dials 112: never refused, it leaves through London's gateway", function()
  local call = desk:dial "112"
  local outside = london.gateway:wait_call { dialled = "112" }
  call:wait_answered()
  lab.eq(outside.party.name, "Olga Olsen", "the name that the emergency service sees")
  lab.eq(#oslo.gateway:incoming(), 0, "calls through Oslo's gateway")
  lab.talk_both(call, outside)
  wait_taken(160, 320)
  local _, _, usage = taken()
  lab.eq(usage.overbooked, 1, "calls beyond what there is")
  call:hang_up()
  outside:wait_ended()
  first:hang_up()
  wait_taken(0, 0)
  return ("the line had 100 kbps for audio, 160 were taken; as %s %s"):format(outside.party.name, outside.party.number)
end)

lab.stay(([[

Try it by hand, with all five clusters up:
  export PATH=%s:$PATH
  sojourn --node %s ils status
  sojourn --node %s ils peers
  sojourn --node %s route test %s berta@berlin.example
  sojourn --node %s lbm topology]]):format(hub.programs, hub.state, home.state, home.state, desk_name, hub.state))

lab.step("13. Olga logs out: both clusters are clean, the phone is London's again", function()
  local page = desk:logout()
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hub, number = "4011" }
  for _, cluster in ipairs { hub, home } do cluster:wait_gone("sessions/" .. desk_name) end
  return ("\"%s\""):format(page.text)
end)
