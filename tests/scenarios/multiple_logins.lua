-- Multiple Login Behavior in its three values, for the second login of a user who is logged in: at home or away, away a second time in the
-- same cluster or in a third one; with and without the switch that makes it hold across clusters.
local lab = require "lab"
local trio = require "trio"

local world = trio.start { base_devices = 4, desk = false }
local hq, br, lx = world.hq, world.br, world.lx
local phones, told = {}, nil

lab.step("two phones each at HQ and BR, one at LX", function()
  hq:apply {
    directory_numbers = { { pattern = "4009", partition = "HQ-Phones" } },
    phones = {
      { name = "SEP00AA00000009", model = "Cisco 8851", enable_extension_mobility = true, services = { "Extension Mobility" },
        lines = { { directory_number = "4009@HQ-Phones" } } },
    },
  }
  for name, place in pairs {
    hq1 = { "00AA00000002", hq, "4002" }, hq2 = { "00AA00000009", hq, "4009" }, br1 = { "00BB00000001", br, "6001" },
    br2 = { "00BB00000002", br, "6002" }, lx1 = { "00CC00000001", lx, "6001" },
  } do
    local phone = lab.phone { name = name, mac = place[1], home = place[2] }
    phones[name], phone.own_number = phone, place[3]
    phone:power_on()
    phone:wait_registered { at = place[2], number = place[3] }
  end
  told = hq:watch "session.ended"
end)

local function is_in(name) phones[name]:wait_registered { at = hq, number = "4001" } end

local function is_out(name)
  local phone = phones[name]
  for _, cluster in ipairs(world.clusters) do cluster:wait_gone("sessions/" .. phone.device_name) end
  phone:wait_registered { at = phone.home, number = phone.own_number }
end

local function log_out(name)
  phones[name]:logout()
  is_out(name)
end

local seconds = {
  { "at home", "at home too", "hq1", "hq2", local_only = true },
  { "at home", "away", "hq1", "br1" },
  { "away", "at home", "br1", "hq1" },
  { "away", "away in the same cluster", "br1", "br2" },
  { "away", "away in a third cluster", "br1", "lx1" },
}

-- What the second login does to the first.
local outcomes = {
  not_allowed = function(first, second, page)
    lab.eq(page:code(), 25, page:words())
    lab.contains(page:words(), "Multi-Login Not Allowed")
    is_in(first)
    is_out(second)
    log_out(first)
  end,
  allowed = function(first, second, page)
    lab.eq(page:code(), nil, page:words())
    is_in(second)
    is_in(first)
    log_out(first)
    is_in(second)
    log_out(second)
  end,
  auto_logout = function(first, second, page)
    lab.eq(page:code(), nil, page:words())
    is_in(second)
    is_out(first)
    local event = told:wait(function(seen) return seen.event.device_name == phones[first].device_name and seen.event.reason == "auto_logout" end)
    lab.eq(event.event.user_id, "alice")
    log_out(second)
  end,
}

for _, across in ipairs { false, true } do
  for _, behavior in ipairs { "not_allowed", "allowed", "auto_logout" } do
    lab.step(("%s, %s"):format(behavior, across and "across clusters too" or "at home only"), function()
      hq:apply { parameters = { ["Cisco Extension Mobility"] = {
        ["Intra-cluster Multiple Login Behavior"] = behavior, ["Multiple Login Behavior Applies to EMCC"] = across } } }
    end)
    for _, case in ipairs(seconds) do
      local outcome = (across or case.local_only) and behavior or "allowed"
      lab.test(("    logged in %s, then %s: %s"):format(case[1], case[2], outcome), function()
        local first, second = case[3], case[4]
        lab.eq(phones[first]:login("alice", "12345"):code(), nil)
        is_in(first)
        outcomes[outcome](first, second, phones[second]:login("alice", "12345"))
        for _, device in ipairs(hq:list "emcc_base_devices") do lab.eq(device.device_name or "", "", device.name) end
      end)
    end
  end
end
