-- A pair of clusters with a line between them and several hot desks at BR, for scenarios that have many of Alice's sessions at once.
local lab = require "lab"
local pair = require "pair"

local fleet = {}

--- options: number (of this pair), phones (how many), and those of pair.start. As many base devices as phones and two more.
function fleet.start(options)
  options.base_devices, options.desk = options.phones + 2, false
  local world = pair.start(options)
  world.phones, world.base_devices = {}, options.base_devices
  local numbers, devices = {}, {}
  for i = 1, options.phones do
    local number, mac = tostring(6200 + i), ("00BB0000%04X"):format(0x100 + i)
    numbers[i] = { pattern = number, partition = "BR-Phones", calling_search_space = "BR-Internal" }
    devices[i] = {
      name = "SEP" .. mac, model = "Cisco 8851", device_pool = "London", enable_extension_mobility = true,
      services = { "Extension Mobility" }, lines = { { directory_number = number .. "@BR-Phones", display = "Desk " .. i } },
    }
    world.phones[i] = lab.phone { name = ("desk %d of %s"):format(i, world.br.name), mac = mac, home = world.br, retry_ms = 100, home_patience_seconds = 3 }
    world.phones[i].own_number = number
  end
  world.br:apply { directory_numbers = numbers, phones = devices }
  for _, cluster in ipairs { world.hq, world.br } do
    cluster:apply { parameters = { ["Cisco Extension Mobility"] = { ["Maximum Concurrent Requests"] = 100 } } }
  end
  world.line = lab.line(world.br, world.hq)
  world.line:carry(table.unpack(world.phones))
  for _, phone in ipairs(world.phones) do phone:power_on() end
  for _, phone in ipairs(world.phones) do phone:wait_registered { at = world.br, number = phone.own_number } end
  pair.update(world)
  return world
end

local function by_device(list)
  local found = {}
  for _, record in ipairs(list) do found[record.device_name or record.name] = record end
  return found
end

-- What one phone is, by the records of both clusters: "in", "out", or nil and what does not fit.
local function state_of(world, phone, records)
  local name = phone.device_name
  local home, visiting, live = records.home[name], records.visiting[name], records.live[name]
  local taken = records.taken[name] or 0
  local registration = phone.state == "registered" and phone.registration
  local state = ("%s: HQ %s, BR %s, live device %s, %d base devices taken, phone %s"):format(phone.name, home and home.state or "no session",
    visiting and visiting.state or "no session", live and "there" or "gone", taken,
    registration and "at " .. registration.domain .. " as " .. registration.number or phone.state)
  if not registration then return nil, state end
  local at_home = world.hq:has_address(registration.node.address)
  if at_home and registration.number == "4001" and live and taken == 1 and home and home.state == "active" and visiting
    and visiting.state == "active" and home.lease_id == visiting.lease_id then
    return "in"
  end
  if not at_home and registration.number == phone.own_number and not home and not visiting and not live and taken == 0 then return "out" end
  return nil, state
end

local function read(world)
  local records = {
    home = by_device(world.hq:list "sessions?limit=1000"), visiting = by_device(world.br:list "sessions?limit=1000"),
    live = by_device(world.hq:list "live_devices?limit=1000"), taken = {}, base_devices = 0,
  }
  for _, device in ipairs(world.hq:list "emcc_base_devices?limit=1000") do
    records.base_devices = records.base_devices + 1
    if (device.device_name or "") ~= "" then records.taken[device.device_name] = (records.taken[device.device_name] or 0) + 1 end
  end
  return records
end

--- Waits until both clusters and all phones tell the same story and no base device is lost or taken twice; the phones that are in,
--- and those that are out.
function fleet.wait_agreement(world, seconds)
  return table.unpack(lab.wait_for(world.hq.name .. ", " .. world.br.name .. " and the phones agree", seconds, function()
    local records = read(world)
    if records.base_devices ~= world.base_devices then return nil, ("%d base devices"):format(records.base_devices) end
    local inside, outside = {}, {}
    for _, phone in ipairs(world.phones) do
      local state, problem = state_of(world, phone, records)
      if not state then return nil, problem end
      local list = state == "in" and inside or outside
      list[#list + 1] = phone
    end
    return { inside, outside }
  end))
end

return fleet
