-- A traveller's calls are admitted by the Location Bandwidth Manager of the cluster where the phone stands: its site has a link that one
-- call of G.729 fits in.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local carol = pair.carol(hq)
pair.register(bob, carol)

local function row()
  for _, service in ipairs(hq:get("remote_cluster_statuses/BR").services) do
    if service.service == "lbm" then return service end
  end
end

local function used(kbps)
  lab.wait_for(("BR's link has %d kbps taken"):format(kbps), 40, function()
    local places = br:json("lbm usage Hub_None@London-Site").places
    return places[1].used == kbps, ("%d kbps"):format(places[1].used)
  end)
end

lab.step("BR counts bandwidth, and both rows LBM are on", function()
  br:activate { "lbm" }
  br:cli { "param", "set", "Cisco Location Bandwidth Manager", "Reservation Lease", "5" }
  br:apply {
    locations = { { name = "London-Site" } },
    location_links = { { location = "Hub_None", other_location = "London-Site", audio_bandwidth = 24 } },
  }
  br:cli { "phone", "set", pair.desk_name, "location=London-Site" }
  hq:cli "remote-cluster set BR lbm=true"
  br:cli "remote-cluster set HQ lbm=true"
  pair.update(world)
  lab.wait_for("HQ knows that BR's is active", 20, function()
    hq:try "remote-cluster update BR"
    return row().remote_activated == "yes", row().remote_activated
  end)
  pair.log_alice_in(world)
end)

lab.test("an analysis asks BR what it would decide, and takes nothing", function()
  hq:activate { "dna-server" }
  lab.wait_for("BR has answered", 20, function()
    local text = hq:try("dna analyze " .. pair.desk_name .. " 4002").output
    return text:find("at cluster BR: by way of London-Site, Hub_None the call takes 24 kbps; there is enough now", 1, true), text
  end)
  used(0)
end)

local first, far

lab.test("her call takes from BR's link, under the name of HQ's call manager", function()
  first = desk:dial "4002"
  far = bob:wait_call()
  far:answer()
  first:wait_answered()
  used(24)
  for _, owner in ipairs(br:json("lbm usage").owners) do
    if owner.calls == 1 then
      lab.contains(owner.owner, "HQ/")
      return owner.owner
    end
  end
  error "nobody holds the call"
end)

lab.test("another call to her is refused: Not Enough Bandwidth", function()
  local call = carol:dial "4001"
  call:wait_ended()
  lab.eq(call.status, 488)
end)

lab.test("what BR's service forgets in a restart is counted again; hanging up gives it back", function()
  br:cli "service restart lbm"
  used(24)
  first:hang_up()
  far:wait_ended()
  used(0)
end)

lab.test("999 is never refused there, though BR's own pattern is not marked as an emergency number's", function()
  local gateway = lab.gateway { name = "London-Gateway", address = lab.address(52), answer = "auto" }
  br:cli "route-pattern set 999@BR-Emergency emergency_services_number=false"
  br:cli "location-link set Hub_None@London-Site audio_bandwidth=1"
  lab.wait_for("the link has 1 kbps", 20, function() return br:json("lbm usage Hub_None@London-Site").places[1].capacity == "1" end)
  local call = desk:dial "999"
  local outside = gateway:wait_call { dialled = "999" }
  call:wait_answered()
  lab.eq(br:json("lbm usage").overbooked, 1)
  call:hang_up()
  outside:wait_ended()
end)

lab.test("when BR stops counting, her calls are made, and the row says why", function()
  br:cli "service deactivate lbm"
  local call = desk:dial "4002"
  local ringing = bob:wait_call()
  ringing:answer()
  call:wait_answered()
  lab.contains(row().reason, "It does not decide about bandwidth: ")
  lab.eq(row().remote_activated, "no")
  call:hang_up()
  ringing:wait_ended()
end)
