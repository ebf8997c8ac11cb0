-- What is told of calls afterwards, through the shell: the ladder of a call, and of one that goes to the other cluster.
local lab = require "lab"
local pair = require "pair"
local records = require "records"
local task = require "task"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local carol = pair.carol(hq)
local london = lab.gateway { name = "London-Gateway", address = lab.address(52) }
pair.register(bob, carol)

local function columns(text)
  local widest = 0
  for line in text:match("\n\n(.*)"):gmatch "[^\n]+" do widest = math.max(widest, utf8.len(line)) end
  return widest
end

lab.test("a call of two phones: both legs, what was offered and answered, hold, who hung up", function()
  local call = bob:dial "4003"
  local at_carol = carol:wait_call()
  at_carol:answer()
  call:wait_answered()
  local listed = hq:json("call list").calls[1]
  lab.eq(listed.calling_number .. " " .. listed.calling_device .. " " .. listed.called_device, "4002 SEP00AA00000002 CAROL-SOFTPHONE")
  lab.eq(at_carol:hold "sendonly", 200)
  lab.contains(hq:cli("call trace " .. listed.call_id), "goes on. Times are UTC.")
  call:hang_up()
  at_carol:wait_ended()
  local ladder = hq:cli("call trace --ascii " .. listed.call_id)
  lab.contains(ladder, "from SEP00AA00000002, number 4002, at ")
  lab.contains(ladder, "to CAROL-SOFTPHONE, number 4003, at ")
  lab.contains(ladder, "|-- INVITE 101 sip:4003@")
  lab.contains(ladder, "|   offer: PCMU, G729 at ")
  lab.contains(ladder, '* 4003 matches 4003 in partition "HQ-Phones" through')
  lab.contains(ladder, "* 4003 is offered to CAROL-SOFTPHONE as 4003")
  lab.contains(ladder, "* CAROL-SOFTPHONE rings")
  lab.contains(ladder, ", held")
  lab.contains(ladder, "* CAROL-SOFTPHONE puts the other party on hold")
  lab.contains(ladder, "* the call from 4002 to 4003 has ended, by")
  lab.check(columns(ladder) <= 120, "it is at most 120 columns wide")
  lab.eq(ladder:find "[\128-\255]", nil, "nothing but ASCII is in it")
  local drawn = hq:cli("call trace " .. listed.call_id)
  lab.contains(drawn, "●")
  lab.check(columns(drawn) <= 120, "it is at most 120 columns wide")
  -- The same by the Call-ID of either dialog, and as JSON.
  local told = hq:json("call trace " .. listed.call_id)
  lab.eq(#told.parties, 2)
  for _, party in ipairs(told.parties) do lab.eq(hq:json("call trace " .. party.sip_call_id).call_id, listed.call_id) end
  lab.eq(told.ended, true)
  lab.eq(#(told.notes or {}), 0)
  return ladder
end)

lab.test("a traveller's emergency call leaves through the visited cluster: what happened there is not made up", function()
  pair.log_alice_in(world)
  local call = desk:dial "999"
  local outside = london:wait_call()
  call:wait_answered()
  local id = hq:json("call list").calls[1].call_id
  local told = hq:json("call trace " .. id)
  lab.eq(told.parties[1].name, pair.desk_name)
  lab.eq(told.parties[2].trunk, true)
  lab.contains(told.notes[1], "The cluster BR is not asked for its part: there the call is the one with the Call-ID " .. told.parties[2].sip_call_id)
  call:hang_up()
  outside:wait_ended()
  local there = br:cli("call trace --ascii " .. told.parties[2].sip_call_id)
  lab.contains(there, "to trunk London-Gateway")
  lab.contains(there, "The cluster HQ is not asked for its part")
  desk:logout()
  pair.wait_clean(world)
  return there
end)

lab.test("a call detail record says by which number to ask", function()
  hq:activate { "cdr" }
  local call = bob:dial "4003"
  local at_carol = carol:wait_call()
  at_carol:answer()
  call:wait_answered()
  local id = hq:json("call list").calls[1].call_id
  task.pause(1100) -- shorter calls are not on record
  call:hang_up()
  at_carol:wait_ended()
  local rows = records.finish(hq)
  lab.eq(hq:json("call trace " .. rows[1].globalCallID_callId).call_id, id)
end)

lab.test("no call, no messages, wrong words", function()
  local refused = hq:try "call trace nobody"
  lab.eq(refused.code, 1)
  lab.contains(refused.error, "no call nobody: none that goes on has this id, trace id, Call-ID or number")
  refused = hq:try "call trace one two"
  lab.eq(refused.code, 2)
  hq:cli { "param", "set", "Cisco CallManager", "sip_message_buffer", "0" }
  refused = hq:try "call trace nobody"
  lab.eq(refused.code, 1)
  lab.contains(refused.error, "no SIP messages are kept")
end)
