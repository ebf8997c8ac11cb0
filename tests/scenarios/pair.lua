-- The two clusters of examples/two-clusters, up and configured, for scenarios that begin where the demo's preparations end.
local lab = require "lab"

local pair = {}

local desk_name = "SEP00BB00000001"
pair.desk_name = desk_name

local services = { "certificates", "callmanager", "tftp", "extension-mobility", "bulk" }

-- `started`: the cluster runs already, with records of its own.
local function configure(world, cluster, file, started)
  local addresses = { ["127.10.0.5"] = lab.range .. "5" } -- the gateways
  for _, mark in ipairs { '"', ":" } do
    addresses["127.10.0.1" .. mark] = world.hq.address .. mark
    addresses["127.10.0.2" .. mark] = world.br.address .. mark
  end
  if not started then cluster:start() end
  cluster:activate(services)
  cluster:wait_ready()
  cluster:apply_file(lab.beside("../../examples/two-clusters/" .. file), addresses)
end

--- Bob's desk phone at HQ, which is off. answer: as a phone of the lab answers ("auto").
function pair.bob(hq, answer) return lab.phone { name = "Bob's phone", mac = "00AA00000002", home = hq, answer = answer } end

--- Carol's softphone at HQ, which has not registered.
function pair.carol(hq)
  return lab.softphone {
    name = "Carol's softphone", cluster = hq, user = "carol", password = "carols-secret", number = "4003", display = "Carol Cook",
  }
end

--- Both register.
function pair.register(bob, carol)
  bob:power_on()
  bob:wait_registered { at = bob.home }
  lab.eq(carol:register().status, 200)
end

--- Exchanges the certificates of both clusters, as in step 3 of the story.
function pair.trust(world)
  local exchange = lab.directory .. "/exchange" .. (world.number or "")
  for _, cluster in ipairs { world.hq, world.br } do
    cluster:apply { bulk_certificate_management = { url = "file://" .. exchange .. "/" } }
    cluster:cli "cert export"
  end
  world.hq:cli "cert consolidate"
  for _, cluster in ipairs { world.hq, world.br } do cluster:cli "cert import confirm=true" end
  pair.update(world)
end

--- Each asks the other for its state now, which also reconciles their sessions. Waits until both have answered.
function pair.update(world, seconds)
  lab.wait_for("both clusters answer each other", seconds or 5, function()
    -- The command ends with 1 while a cluster does not answer.
    local to_br, to_hq = world.hq:try "remote-cluster update BR", world.br:try "remote-cluster update HQ"
    return to_br.code == 0 and to_hq.code == 0, to_br.output .. to_br.error .. to_hq.output .. to_hq.error
  end)
end

--- Runs the job that inserts base devices.
function pair.insert_base_devices(world, number)
  local job = world.hq:json { "emcc", "insert", tostring(number) }
  world.hq:wait_record("jobs/" .. job.job_id, function(record) return record.status == "completed" end)
end

--- Both clusters, trusting each other, with base devices at HQ, and the London hot desk registered at BR.
--- options: hq = a cluster HQ that runs; trust = false, base_devices (2), desk = false; number: of this pair, when there are several
function pair.start(options)
  options = options or {}
  local function cluster(id)
    return lab.cluster { id = id, name = options.number and ("%s-%d"):format(id, options.number), log_level = options.log_level }
  end
  local world = { hq = options.hq or cluster "HQ", br = cluster "BR", number = options.number }
  configure(world, world.hq, "hq.lua", options.hq ~= nil)
  configure(world, world.br, "br.lua")
  world.hq:cli "emcc update EMCC_Device_Template"
  if (options.base_devices or 2) > 0 then pair.insert_base_devices(world, options.base_devices or 2) end
  if options.trust ~= false then pair.trust(world) end
  world.desk = lab.phone { name = "London hot desk", mac = "00BB00000001", home = world.br }
  if options.desk ~= false then
    world.desk:power_on()
    world.desk:wait_registered { at = world.br, number = "6001" }
  end
  return world
end

--- Logs Alice in on the hot desk and waits until it is registered at HQ as hers.
function pair.log_alice_in(world)
  local page = world.desk:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  world.desk:wait_registered { at = world.hq, number = "4001" }
end

--- What must hold when no user is logged in: no session, no live device, no taken base device, the phone at BR.
function pair.wait_clean(world, seconds)
  for _, cluster in ipairs { world.hq, world.br } do
    cluster:wait_gone("sessions/" .. desk_name, seconds)
    cluster:wait_gone("live_devices/" .. desk_name, seconds)
  end
  for _, device in ipairs(world.hq:list "emcc_base_devices") do
    lab.eq(device.device_name or "", "", device.name .. " is taken by")
  end
  world.desk:wait_registered { at = world.br, number = "6001", seconds = seconds or 10 }
end

local function taken_base_devices(cluster)
  local taken = 0
  for _, device in ipairs(cluster:list "emcc_base_devices") do
    if (device.device_name or "") ~= "" then taken = taken + 1 end
  end
  return taken
end

--- Waits until both clusters and the phone tell the same story: all of them that Alice is logged in, or none. Returns which.
function pair.wait_agreement(world, seconds)
  return lab.wait_for("both clusters and the phone agree", seconds or 15, function()
    local home, visiting = world.hq:get("sessions/" .. desk_name), world.br:get("sessions/" .. desk_name)
    local live, taken = world.hq:get("live_devices/" .. desk_name), taken_base_devices(world.hq)
    local registration = world.desk.state == "registered" and world.desk.registration
    local at_home = registration and world.hq:has_address(registration.domain)
    local state = ("HQ %s, BR %s, live device %s, %d base devices taken, phone %s"):format(home and home.state or "no session",
      visiting and visiting.state or "no session", live and "there" or "gone", taken,
      registration and "at " .. registration.domain .. " as " .. registration.number or world.desk.state)
    if not registration then return nil, state end
    if at_home and home and home.state == "active" and visiting and visiting.state == "active" and live and taken == 1
      and home.lease_id == visiting.lease_id and registration.number == "4001" then
      return "logged in", state
    end
    if not at_home and not home and not visiting and not live and taken == 0 and registration.number == "6001" then
      return "logged out", state
    end
    return nil, state
  end)
end

return pair
