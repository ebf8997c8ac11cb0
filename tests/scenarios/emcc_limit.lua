-- A login across clusters ends by itself when its time is over. A minute is the shortest that can be set.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, desk = world.hq, world.desk

lab.test("the inter-cluster maximum login time ends the session on both sides", function()
  hq:apply { parameters = { ["Cisco Extension Mobility"] = { ["Inter-cluster Maximum Login Time"] = "0:01" } } }
  pair.log_alice_in(world)
  local session = hq:get("sessions/" .. pair.desk_name)
  lab.check(session.expires_at, "the session has an end")
  hq:wait_gone("sessions/" .. pair.desk_name, 75)
  pair.wait_clean(world, 15)
  return "it ended at " .. session.expires_at
end)
