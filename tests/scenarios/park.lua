-- Call park through real nodes: a desk phone's softkey, a softphone's transfer, retrieval at home and by a visitor in another cluster,
-- what goes back, a full range, a node that is killed, and the records of it all.
local lab = require "lab"
local pair = require "pair"
local records = require "records"
local task = require "task"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local carol = pair.carol(hq)
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
pair.register(bob, carol)
hq:activate { "cdr" }
hq:apply {
  call_park_numbers = { { pattern = "470[1-2]", partition = "HQ-Phones" } },
  directed_call_parks = { { pattern = "48XX", partition = "HQ-Phones", retrieval_prefix = "*7" } },
}

-- Bob talks to a caller from outside.
local function call_from_outside()
  local outside = san_jose:call(hq, "4002", { user = "+14085551234", display = "Outside" })
  local at_bob = bob:wait_call()
  at_bob:answer()
  outside:wait_answered()
  return outside, at_bob
end

local function waits(call)
  lab.wait_for("the caller has no media", 5, function() return call.remote_media.direction == "inactive" end)
end

lab.test("Bob parks a caller with the softkey, his phone shows where, and Carol takes the call there", function()
  local outside, at_bob = call_from_outside()
  lab.eq(bob:softkey("Park", at_bob), 202)
  at_bob:wait_ended()
  bob:wait_shown "\x80!4701"
  waits(outside)
  lab.eq(outside.state, "answered")
  local call = carol:dial "4701"
  call:wait_answered()
  lab.wait_for("they hear each other", 5, function() return outside.remote_media.direction ~= "inactive" end)
  lab.talk_both(call, outside)
  task.pause(1100) -- shorter calls are not on record
  call:hang_up()
  outside:wait_ended()
  lab.wait_for("the records are closed", 10, function() return hq:json("cdr status").open_calls == 0 end)
  local rows = records.finish(hq)
  lab.eq(#rows, 2)
  local first, second = rows[1], rows[2]
  lab.eq(first.callingPartyNumber, "+14085551234")
  lab.eq(first.finalCalledPartyNumber, "4002")
  lab.eq(first.origCause_value, "393216")
  lab.eq(first.destCause_value, "393216")
  lab.eq(first.origCallTerminationOnBehalfOf, "3")
  lab.eq(first.destCallTerminationOnBehalfOf, "3")
  lab.eq(second.globalCallID_callId, first.globalCallID_callId, "the same call")
  lab.eq(second.callingPartyNumber, "4003", "who has taken it")
  lab.eq(second.finalCalledPartyNumber, "+14085551234")
  lab.eq(second.lastRedirectDn, "4701")
  lab.eq(second.lastRedirectRedirectReason, "8")
  lab.eq(second.lastRedirectRedirectOnBehalfOf, "3")
  lab.eq(second.joinOnBehalfOf, "3")
  lab.eq(second.origCause_value, "16", "who has taken it has hung up")
end)

lab.test("the range is full: Bob's phone shows it, and he keeps his call", function()
  local first, at_bob = call_from_outside()
  lab.eq(bob:softkey("Park", at_bob), 202)
  at_bob:wait_ended()
  local second
  second, at_bob = call_from_outside()
  lab.eq(bob:softkey("Park", at_bob), 202)
  at_bob:wait_ended()
  bob:wait_shown "\x80!4702"
  local third
  third, at_bob = call_from_outside()
  lab.eq(bob:softkey("Park", at_bob), 503)
  bob:wait_shown "\x80^"
  lab.talk_both(third, at_bob)
  for _, call in ipairs { first, second, third } do
    call:hang_up()
    call:wait_ended()
  end
end)

lab.test("Carol's softphone parks by transfer at a directed number; a wrong prefix finds nothing", function()
  local call = bob:dial "4003"
  local at_carol = carol:wait_call()
  at_carol:answer()
  call:wait_answered()
  lab.eq(at_carol:transfer "4811", 200)
  at_carol:wait_ended()
  waits(call)
  local wrong = carol:dial "*74812"
  wrong:wait_ended()
  lab.eq(wrong.status, 404)
  local right = carol:dial "*74811"
  right:wait_answered()
  lab.talk_both(right, call)
  right:hang_up()
  call:wait_ended()
end)

lab.test("nobody takes it: it rings at Bob's again", function()
  hq:cli { "param", "set", "Cisco CallManager", "call_park_reversion_timer", "1" }
  local outside, at_bob = call_from_outside()
  lab.eq(bob:softkey("Park", at_bob), 202)
  at_bob:wait_ended()
  local again = bob:wait_call()
  lab.eq(again.party.number, "+14085551234")
  again:answer()
  lab.wait_for("they hear each other", 5, function() return again.acknowledged and outside.remote_media.direction ~= "inactive" end)
  lab.talk_both(again, outside)
  outside:hang_up()
  again:wait_ended()
  hq:cli { "param", "set", "Cisco CallManager", "call_park_reversion_timer", "60" }
end)

lab.test("Bob parks with monitoring: his phone is reminded, and told that Carol has taken the call", function()
  hq:cli { "param", "set", "Cisco CallManager", "park_monitoring_reversion_timer", "1" }
  hq:cli { "param", "set", "Cisco CallManager", "park_monitoring_periodic_reversion_timer", "1" }
  local outside, at_bob = call_from_outside()
  lab.eq(bob:softkey("ParkMonitor", at_bob), 202)
  at_bob:wait_ended()
  bob:wait_park("4701", "parked")
  bob:wait_park("4701", "reminder")
  local call = carol:dial "4701"
  call:wait_answered()
  bob:wait_park("4701", "retrieved")
  outside:hang_up()
  call:wait_ended()
  hq:cli { "param", "set", "Cisco CallManager", "park_monitoring_reversion_timer", "60" }
end)

lab.test("Carol's softphone watches a park number: it is lit while a call waits there", function()
  hq:cli { "phone", "set", "CAROL-SOFTPHONE", "subscribe_calling_search_space=HQ-Internal" }
  local watch = carol:subscribe("4701", "dialog")
  carol:wait_notified(watch, "<state>terminated</state>")
  local outside, at_bob = call_from_outside()
  lab.eq(bob:softkey("Park", at_bob), 202)
  at_bob:wait_ended()
  carol:wait_notified(watch, "<state>confirmed</state>")
  outside:hang_up()
  carol:wait_notified(watch, "<state>terminated</state>")
end)

lab.test("Alice, who visits London, takes a call that is parked at home, and parks it again", function()
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hq, number = "4001" }
  local call = carol:dial "4002"
  local at_bob = bob:wait_call()
  at_bob:answer()
  call:wait_answered()
  lab.eq(bob:softkey("Park", at_bob), 202)
  at_bob:wait_ended()
  waits(call)
  local visitor = desk:dial "4701"
  visitor:wait_answered()
  lab.wait_for("they hear each other", 5, function() return call.remote_media.direction ~= "inactive" end)
  lab.talk_both(visitor, call)
  lab.eq(desk:softkey("Park", visitor), 202)
  visitor:wait_ended()
  desk:wait_shown "\x80!4701"
  local back = bob:dial "4701"
  back:wait_answered()
  lab.talk_both(back, call)
  back:hang_up()
  call:wait_ended()
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
end)

lab.test("the way of a number and the event say it; a key that is not offered is refused", function()
  lab.eq(hq:ask("route/test", { device_name = "SEP00AA00000002", digits = "4701" }).outcome, "park")
  local call = bob:dial "4003"
  local at_carol = carol:wait_call()
  at_carol:answer()
  call:wait_answered()
  lab.eq(bob:softkey("Conference", call), 603)
  call:hang_up()
  at_carol:wait_ended()
end)

lab.test("a node that is killed forgets its parked calls, and parks again", function()
  local call = carol:dial "4002"
  local at_bob = bob:wait_call()
  at_bob:answer()
  call:wait_answered()
  lab.eq(bob:softkey("Park", at_bob), 202)
  at_bob:wait_ended()
  hq:kill()
  hq:start()
  hq:wait_ready()
  bob:wait_registered { at = hq }
  lab.eq(carol:register().status, 200)
  local nobody = bob:dial "4701"
  nobody:wait_ended()
  lab.eq(nobody.status, 404)
end)
