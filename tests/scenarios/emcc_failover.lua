-- The home cluster's call manager goes down while a phone is lent to it: the phone fails over to the next one of the call manager group,
-- and nobody loses the session. A stand-in plays the second node; its record is what a second node leaves in the cluster's store.
local lab = require "lab"
local pair = require "pair"
local stub = require "stub_node"

local second_address = lab.address()

lab.step("a node hq-2 has written its record", function()
  local second = lab.cluster { id = "HQ", node = "hq-2", address = second_address }
  second:start()
  second:stop()
  os.execute(("rm -r '%s/identity' && touch '%s/new-identity'"):format(second.state, second.state)) -- its keys are its own
end)

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local session = "sessions/" .. pair.desk_name
local second

local function both_have_it()
  pair.update(world)
  for _, cluster in ipairs { hq, br } do lab.eq(cluster:get(session).state, "active", cluster.name) end
end

lab.step("the group names both nodes, and Alice's phone is told", function()
  second = stub.new(second_address, desk.tftp_port)
  lab.finally(function() second:close() end)
  hq:cli "call-manager-group set Default nodes=hq-1,hq-2"
  pair.log_alice_in(world)
  lab.eq(#desk.file.nodes, 2, "call managers in the phone's file")
  lab.eq(desk.file.nodes[2].address, second_address)
end)

lab.test("the first call manager goes: the phone registers with the second, and both sides keep the session", function()
  local refused = hq:try "service deactivate callmanager"
  lab.eq(refused.code, 1)
  lab.contains(refused.error, "callmanager is in use: alice is logged in on " .. pair.desk_name
    .. " at BR, and would be left without it; force=true deactivates it all the same")
  lab.eq(hq:try("service deactivate extension-mobility").code, 1)
  hq:cli "service deactivate callmanager force=true"
  desk:wait_registered { at = second, number = "4001" }
  both_have_it()
end)

lab.test("it is back: after a power cut the phone is there again, and a log-out leaves nothing", function()
  hq:cli "service activate callmanager"
  desk:power_cycle()
  desk:wait_registered { at = hq, number = "4001" }
  both_have_it()
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("the whole home node goes: the phone fails over, and finds back when the stand-in ends", function()
  pair.log_alice_in(world)
  hq:kill()
  desk:wait_registered { at = second, number = "4001" }
  hq:start()
  second:close()
  desk:lost "the second call manager has ended"
  desk:wait_registered { at = hq, number = "4001" }
  both_have_it()
  desk:logout()
  pair.wait_clean(world)
end)
