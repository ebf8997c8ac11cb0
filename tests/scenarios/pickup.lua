-- Call pickup through real nodes: keys of a desk phone, a softphone that dials the number of the group or replaces what rings, a visitor
-- in another cluster, two who pick up at once, and the records of it.
local lab = require "lab"
local pair = require "pair"
local records = require "records"
local task = require "task"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local carol = pair.carol(hq)
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
hq:activate { "cdr" }
hq:apply {
  call_pickup_groups = {
    { name = "Support", number = "4802", partition = "HQ-Phones" },
    { name = "Sales", number = "4801", partition = "HQ-Phones", other_pickup_groups = { "Support" }, notification_policy = "visual_alert",
      notification_timer = 1, calling_party_information = true, called_party_information = true },
  },
}
for number, group in pairs { ["4001"] = "Sales", ["4002"] = "Sales", ["4003"] = "Support" } do
  hq:cli { "directory-number", "set", number .. "@HQ-Phones", "call_pickup_group=" .. group }
end
hq:cli { "phone", "set", "SEP00AA00000002", "subscribe_calling_search_space=HQ-Internal",
  'speed_dials=[{"number":"4003","label":"Carol","busy_lamp_field":true,"call_pickup":true}]' }
hq:cli { "phone", "set", "CAROL-SOFTPHONE", "subscribe_calling_search_space=HQ-Internal" }
pair.register(bob, carol)

local function auto(on) hq:cli { "param", "set", "Cisco CallManager", "auto_call_pickup_enabled", tostring(on) } end

local function active_calls()
  local text = task.http { url = "http://node/metrics", unix_socket = hq.state .. "/sojourn.sock" }.body
  return tonumber(text:match "\nsojourn_ccm_active_calls (%d+)")
end

-- Somebody from outside calls a number, whose phone rings.
local function ring(number, at, from)
  local outside = san_jose:call(hq, number, { user = from or "+14085551234", display = "Outside" })
  local ringing = at:wait_call()
  outside:wait_ringing()
  return outside, ringing
end

local function talk_and_end(one, other)
  lab.talk_when_joined(one, other)
  one:hang_up()
  other:wait_ended()
end

lab.test("nothing rings: the key is refused, and Bob's phone says so; nor may he do what his group does not allow", function()
  local call = bob:pick_up "pickup"
  call:wait_ended()
  lab.eq(call.status, 503)
  bob:wait_shown "No call to pick up"
  call = carol:dial "4802"
  call:wait_ended()
  lab.eq(call.status, 404)
  call = bob:pick_up("gpickup", "4004")
  call:wait_ended()
  lab.eq(call.status, 503)
  bob:wait_shown "Pickup is not possible"
end)

lab.test("OPickUp: a call for Carol rings at Bob's phone instead, and he answers", function()
  local outside, at_carol = ring("4003", carol)
  local key = bob:pick_up "opickup"
  key:wait_ended()
  lab.eq(key.status, 487)
  at_carol:wait_ended()
  local at_bob = bob:wait_call()
  lab.eq(at_bob.party.number, "+14085551234")
  at_bob:answer()
  outside:wait_answered()
  lab.talk_both(outside, at_bob)
  task.pause(1100) -- shorter calls are not on record
  outside:hang_up()
  at_bob:wait_ended()
  lab.wait_for("the records are closed", 10, function() return hq:json("cdr status").open_calls == 0 end)
  local row
  for _, one in ipairs(records.finish(hq)) do
    if one.lastRedirectDn == "4003" then row = one end
  end
  lab.check(row, "a record of the pickup")
  lab.eq(row.originalCalledPartyNumber, "4003")
  lab.eq(row.finalCalledPartyNumber, "4002")
  lab.eq(row.lastRedirectRedirectReason, "5")
  lab.eq(row.lastRedirectRedirectOnBehalfOf, "16")
  lab.eq(row.joinOnBehalfOf, "16")
end)

lab.test("he does not answer: it rings at Carol's again", function()
  hq:cli { "param", "set", "Cisco CallManager", "call_pickup_no_answer_timer", "1" }
  local outside, at_carol = ring("4003", carol)
  bob:pick_up "opickup":wait_ended()
  at_carol:wait_ended()
  local at_bob = bob:wait_call()
  at_bob:wait_ended()
  local again = carol:wait_call()
  again:answer()
  outside:wait_answered()
  talk_and_end(outside, again)
  hq:cli { "param", "set", "Cisco CallManager", "call_pickup_no_answer_timer", "12" }
end)

lab.test("connected at once: GPickUp with the number of who is called, and the lamp key", function()
  auto(true)
  lab.eq(bob.file.speed_dials[1].call_pickup, true)
  for _, key in ipairs { "gpickup", "blfpickup" } do
    local outside, at_carol = ring("4003", carol)
    local call = bob:pick_up(key, "4003")
    call:wait_answered()
    at_carol:wait_ended()
    outside:wait_answered()
    talk_and_end(outside, call)
  end
  auto(false)
end)

lab.test("Carol's softphone dials the number of Bob's group, and is connected", function()
  local outside, at_bob = ring("4002", bob)
  local call = carol:dial "4801"
  call:wait_answered()
  at_bob:wait_ended()
  outside:wait_answered()
  talk_and_end(outside, call)
end)

lab.test("a softphone that watches a number replaces the dialog that rings there", function()
  hq:cli { "directory-number", "set", "4003@HQ-Phones", "call_pickup_group=Sales" }
  local watch = carol:subscribe("4002", "dialog")
  local outside, at_bob = ring("4002", bob)
  local told = carol:wait_notified(watch, "<state>early</state>").body
  local function attribute(name) return told:match(name .. '="([^"]*)"') end
  local call = carol:dial("4002", { headers = { Require = "replaces", Replaces = ("%s;to-tag=%s;from-tag=%s;early-only"):format(
    attribute "call%-id", attribute "local%-tag", attribute "remote%-tag") } })
  call:wait_answered()
  at_bob:wait_ended()
  outside:wait_answered()
  talk_and_end(outside, call)
  lab.eq(carol:subscribe("4002", "dialog", 0, watch).response.status, 200)
end)

lab.test("Alice, who visits London, picks up a call for Bob at home; her phone is told of it", function()
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hq, number = "4001" }
  local call = carol:dial "4002"
  local at_bob = bob:wait_call()
  call:wait_ringing()
  desk:wait_shown "From 4003 To 4002"
  desk:pick_up "pickup":wait_ended()
  at_bob:wait_ended()
  local at_desk = desk:wait_call()
  at_desk:answer()
  call:wait_answered()
  talk_and_end(call, at_desk)
end)

lab.test("Bob diverts a caller to his voice mail, which Carol plays: while it rings, and in the call", function()
  hq:apply { voice_mail_pilots = { { number = "4003" } }, voice_mail_profiles = { { name = "Mail", voice_mail_pilot = "4003", default_profile = true } } }
  for _, in_the_call in ipairs { false, true } do
    local outside, at_bob = ring("4002", bob)
    if in_the_call then
      at_bob:answer()
      outside:wait_answered()
      lab.eq(at_bob:hold "sendonly", 200)
    end
    lab.eq(bob:softkey("iDivert", at_bob), 202)
    local mail = carol:wait_call()
    mail:answer()
    at_bob:wait_ended()
    outside:wait_answered()
    talk_and_end(outside, mail)
  end
end)

lab.test("Alice and Carol press at the same moment: one of them has the call, the other is told", function()
  auto(true)
  for _ = 1, 5 do
    local outside, at_bob = ring("4002", bob)
    local calls = {}
    for _, phone in ipairs { desk, carol } do
      task.start(function() calls[phone] = phone == desk and phone:pick_up "pickup" or phone:dial "4801" end)
    end
    lab.wait_for("both know", 10, function()
      local one, other = calls[desk], calls[carol]
      return one and other and ((one.state == "answered" and other.state == "ended") or (one.state == "ended" and other.state == "answered"))
    end)
    at_bob:wait_ended()
    outside:wait_answered()
    talk_and_end(outside, calls[desk].state == "answered" and calls[desk] or calls[carol])
  end
  auto(false)
end)

lab.test("the caller hangs up, or Bob answers, in the moment in which it is picked up: nothing of it stays", function()
  auto(true)
  for _, who in ipairs { "caller", "bob", "caller", "bob" } do
    local outside, at_bob = ring("4002", bob)
    local call
    task.start(function() call = desk:pick_up "pickup" end)
    if who == "caller" then outside:hang_up() elseif at_bob.state == "ringing" then at_bob:answer() end
    lab.wait_for("the key is answered", 10, function() return call and call.state ~= "calling" and call.state ~= "ringing" end)
    if outside.state ~= "ended" then outside:hang_up() end
    for _, one in ipairs { call, at_bob, outside } do one:wait_ended() end
    lab.wait_for("no call is left", 10, function() return active_calls() == 0 end)
  end
  auto(false)
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
end)
