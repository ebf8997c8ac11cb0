-- Operators change decisions in Lua while the node runs: what a traveller's phone may call, and whether a login is allowed at all.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, desk = world.hq, world.desk
local bob = pair.bob(hq, "auto")
bob:power_on()
bob:wait_registered { at = hq }

local function policy_file(name, text)
  local path = ("%s/%s"):format(lab.directory, name)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

local function spaces()
  return table.concat(hq:get("live_devices/" .. pair.desk_name).calling_search_spaces, ",")
end

lab.test("by default: adjunct CSS, line CSS, EMCC CSS", function()
  pair.log_alice_in(world)
  local order = spaces()
  lab.eq(order, "HQ-Adjunct-GB,HQ-Internal,HQ-Travellers")
  desk:logout()
  pair.wait_clean(world)
  return order
end)

lab.test("a policy takes the national CSS away: the phone can call colleagues only", function()
  local path = policy_file("internal_only.lua", [[
return { hooks = {
  ["css.select"] = function(input)
    return { calling_search_spaces = { input.adjunct_calling_search_space, input.line_calling_search_space },
             reason = "travellers in " .. input.geolocation.country .. " call colleagues only" }
  end,
} }
]])
  pair.log_alice_in(world)
  hq:cli { "policy", "activate", path }
  -- She has been logged in before.
  lab.wait_for("the policy counts for her too", 5, function() return spaces() == "HQ-Adjunct-GB,HQ-Internal", spaces() end)
  desk:wait_registered { at = hq, number = "4001" }
  local call = desk:dial "4002"
  call:wait_answered()
  call:hang_up()
  call = desk:dial "914085551234"
  call:wait_ended()
  lab.check(call.status and call.status >= 400, "the call is refused")
  desk:logout()
  pair.wait_clean(world)
  return lab.contains(hq:cli "policy explain", "colleagues only") and "explained by `policy explain`"
end)

lab.test("a policy that fails is contained: the built-in default decides", function()
  local path = policy_file("broken.lua", [[return { hooks = { ["css.select"] = function(input) return input.nothing.here end } }]])
  hq:try { "policy", "activate", path }
  pair.log_alice_in(world)
  lab.contains(spaces(), "HQ-Internal")
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("a file that is not Lua never replaces a working one", function()
  local result = hq:try { "policy", "activate", policy_file("not.lua", "return {") }
  lab.check(result.code ~= 0, "it is refused")
  lab.contains(result.error .. result.output, "not.lua")
end)

lab.test("a policy refuses the login: the phone shows 4", function()
  local path = policy_file("closed.lua", [[return { hooks = { ["login.limit"] = function() return { allowed = false, reason = "closed today" } end } }]])
  hq:cli { "policy", "activate", path }
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), 4, page:words())
  lab.eq(hq:get("sessions/" .. pair.desk_name), nil)
  return page:words()
end)
