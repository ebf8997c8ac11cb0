-- Intercom: one way until talk-back, on a desk phone by its file, on a plain phone by the INVITE; a user's intercom line is on its default
-- activated device alone.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local carol = lab.softphone { name = "Carol's softphone", cluster = hq, user = "carol", password = "carols-secret", number = "7003" }

hq:cli { "partition", "add", "name=Intercom", "usage=intercom" }
hq:cli { "calling-search-space", "add", "name=Intercoms", "usage=intercom", 'partitions=["Intercom"]' }
for _, number in ipairs { "7001", "7002", "7003" } do
  hq:cli { "directory-number", "add", "pattern=" .. number, "partition=Intercom", "calling_search_space=Intercoms" }
end
hq:cli { "phone", "set", "SEP00AA00000002",
  'lines=[{"directory_number":"4002@HQ-Phones"},{"directory_number":"7002@Intercom","label":"Carol","speed_dial":"7003"}]' }
hq:cli { "phone", "set", "CAROL-SOFTPHONE", 'lines=[{"directory_number":"7003@Intercom"}]' }
pair.register(bob, carol)

lab.test("the desk phone's file has the intercom line", function()
  local line = bob.file.lines[2]
  lab.eq(line.number, "7002")
  lab.eq(line.intercom, true)
  lab.eq(line.speed_dial, "7003")
  lab.eq(line.auto_answer, true)
end)

lab.test("a plain phone answers by itself, hears, and is heard after talk-back", function()
  local call = bob:dial(bob.file.lines[2].speed_dial, { user = "7002" })
  call:wait_answered()
  local there = carol.agent.history[#carol.agent.history]
  lab.eq(there.invite:get "Call-Info", ("<sip:%s>;answer-after=0"):format(hq.address))
  lab.check(there.invite.body:find("a=sendonly", 1, true), "it only hears")
  lab.check(call.answer_message.body:find("a=recvonly", 1, true), "it is not heard")
  lab.eq(carol.agent:reinvite(there, "sendonly"), 488)
  lab.eq(carol.agent:reinvite(there), 200)
  call:hang_up()
  call:wait_ended()
end)

lab.test("Alice's intercom line does not come along to London", function()
  hq:cli { "device-profile", "set", "Alice", 'lines=[{"directory_number":"4001@HQ-Phones"},{"directory_number":"7001@Intercom"}]' }
  pair.log_alice_in(world)
  lab.eq(#desk.file.lines, 1)
  lab.eq(desk.file.lines[1].number, "4001")
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
end)
