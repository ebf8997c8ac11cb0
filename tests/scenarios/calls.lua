-- Calls through real nodes: local, to and from the public network, of a visitor at another site, and the ways a call can end.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local leeds_desk = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
local london = lab.gateway { name = "London-Gateway", address = lab.address(52) }
local leeds = lab.gateway { name = "Leeds-Gateway", address = lab.address(53) }
local carol = pair.carol(hq)
bob:power_on()
leeds_desk:power_on()
bob:wait_registered { at = hq }
leeds_desk:wait_registered { at = br }

lab.test("a softphone registers with digest; a wrong password is refused", function()
  lab.eq(carol:register().status, 200)
  local impostor = lab.softphone { name = "impostor", cluster = hq, user = "carol", password = "guessed", number = "4003" }
  lab.check(impostor:register().status >= 400, "the impostor is not registered")
end)

lab.test("registrations are refreshed, and stay the same ones", function()
  local seen = hq:get("registrations/SEP00AA00000002")
  bob:refresh()
  lab.eq(bob.state, "registered")
  lab.eq(carol:register().status, 200)
  local now = hq:get("registrations/SEP00AA00000002")
  lab.eq(now and now.register_call_id, seen and seen.register_call_id)
  lab.eq(hq:ask("registration/list").total, 2)
end)

lab.test("desk phone and softphone call each other, TCP to UDP and back", function()
  local call = bob:dial "4003"
  local ringing = carol:wait_call()
  lab.eq(ringing.party.name, "Bob Baker")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  ringing:hang_up()
  call:wait_ended()
  call = carol:dial "4002"
  ringing = bob:wait_call()
  lab.eq(ringing.party.name, "Carol Cook", "the line's name, as configured")
  lab.eq(ringing.party.number, "4003")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  call:hang_up()
  ringing:wait_ended()
end)

lab.test("busy, declined, given up, unknown number", function()
  bob:set_answer "busy"
  local call = carol:dial "4002"
  call:wait_ended()
  lab.eq(call.status, 486)
  bob:set_answer "ring"
  call = carol:dial "4002"
  bob:wait_call():reject(603, "Decline")
  call:wait_ended()
  lab.eq(call.status, 603)
  call = carol:dial "4002"
  local ringing = bob:wait_call()
  call:hang_up()
  ringing:wait_ended()
  call:wait_ended()
  lab.eq(call.status, 487)
  call = bob:dial "5555"
  call:wait_ended()
  lab.eq(call.status, 404)
end)

lab.test("out to the public network, with the digits that the gateway expects, and in from it", function()
  local call = bob:dial "914085551234"
  local outside = san_jose:wait_call()
  lab.eq(outside.dialled, "14085551234")
  lab.eq(outside.party.number, "4002")
  call:wait_answered()
  lab.talk_both(call, outside)
  outside:hang_up()
  call:wait_ended()
  call = london:call(br, "6001", { user = "02079460000", display = "Caller from outside" })
  local ringing = desk:wait_call()
  lab.eq(ringing.party.number, "02079460000")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  call:hang_up()
  ringing:wait_ended()
end)

lab.test("Bob puts Carol through to the public network: the two hear each other, and see whom they talk to", function()
  local call = carol:dial "4002"
  local at_bob = bob:wait_call()
  at_bob:answer()
  call:wait_answered()
  lab.eq(at_bob:hold "sendonly", 200)
  local consultation = bob:dial "914085551234"
  local outside = san_jose:wait_call()
  consultation:wait_answered()
  lab.eq(at_bob:transfer(consultation), 200)
  at_bob:wait_ended()
  consultation:wait_ended()
  lab.talk_when_joined(call, outside)
  lab.eq(outside.party.number, "4003", "shown at the gateway")
  lab.eq(call.remote_media.direction, "sendrecv", "the hold is over")
  outside:hang_up()
  call:wait_ended()
end)

lab.test("Carol puts Bob through blindly, and to a number that nobody has", function()
  local call = carol:dial "4002"
  local at_bob = bob:wait_call()
  at_bob:answer()
  call:wait_answered()
  lab.eq(call:transfer "5555", 404)
  lab.talk_both(call, at_bob)
  lab.eq(call:transfer "914085551234", 200)
  local outside = san_jose:wait_call()
  call:wait_ended()
  lab.talk_when_joined(at_bob, outside)
  lab.eq(outside.party.number, "4002")
  at_bob:hang_up()
  outside:wait_ended()
end)

lab.test("a stranger's calls are refused", function()
  local stranger = lab.gateway { name = "stranger" }
  local call = stranger:call(br, "6001", { user = "1", display = "Stranger" })
  call:wait_ended()
  lab.eq(call.status, 403)
  call = stranger:call(br, "999", { user = "4001", headers = { ["X-Sojourn-Emcc"] = "device=SEP00BB00000001;cluster=HQ" } })
  call:wait_ended()
  lab.eq(call.status, 403, "an invented EMCC header")
end)

lab.test("the same emergency number from both sites of BR leaves through each site's own gateway", function()
  local call = desk:dial "999"
  lab.eq(london:wait_call { dialled = "999" }.party.number, "6001")
  call:wait_answered()
  call:hang_up()
  call:wait_ended()
  call = leeds_desk:dial "999"
  lab.eq(leeds:wait_call { dialled = "999" }.party.number, "6002")
  call:wait_answered()
  call:hang_up()
end)

-- What an INVITE says of the caller's place: the street, floor and so on, by element.
local function place_of(call)
  local id = call.invite:get("Geolocation") and call.invite:get("Geolocation"):match "<cid:(.-)>"
  if not id then return nil end
  lab.contains(call.invite.body, "Content-ID: <" .. id .. ">")
  local place = {}
  for element, value in call.invite.body:gmatch "<ca:(%w+)>([^<]*)" do place[element] = value end
  return place
end

lab.test("an emergency call carries the caller's place to the gateway, other trunks do not hear it", function()
  local call = desk:dial "999"
  local place = place_of(london:wait_call { dialled = "999" })
  lab.eq(place.country .. place.A3 .. place.RD .. place.FLR, "GBLondonCheapside3")
  call:wait_answered()
  call:hang_up()
  call:wait_ended()
  call = bob:dial "914085551234"
  lab.eq(place_of(san_jose:wait_call()), nil)
  call:wait_answered()
  call:hang_up()
  call:wait_ended()
end)

lab.test("Alice in Leeds: her roaming device pool, her emergency call through Leeds, her PSTN call through San Jose", function()
  leeds_desk:login("alice", "12345")
  leeds_desk:wait_registered { at = hq, number = "4001" }
  lab.eq(hq:get "sessions/SEP00BB00000002".roaming_device_pool, "Roaming Leeds")
  lab.eq(hq:get "live_devices/SEP00BB00000002".geolocation.community_name, "Leeds", "what goes with her calls over the EMCC trunk")
  local before = #london:incoming()
  for _, number in ipairs { "999", "9999" } do
    local call = leeds_desk:dial(number)
    local outside = leeds:wait_call { dialled = "999" }
    lab.eq(outside.party.name, "Alice Archer")
    lab.eq(outside.party.number, "4001")
    lab.eq(place_of(outside).A3, "Leeds", "where the phone stands, not where Alice is at home")
    call:wait_answered()
    lab.talk_both(call, outside)
    lab.eq(call.codec, "G729", "8 kbps between clusters")
    call:hang_up()
    outside:wait_ended()
  end
  lab.eq(#london:incoming(), before, "calls through London")
  local call = leeds_desk:dial "914085551234"
  lab.eq(san_jose:wait_call { dialled = "14085551234" }.party.number, "4001")
  call:wait_answered()
  call:hang_up()
  call:wait_ended()
  call = leeds_desk:dial "6001"
  call:wait_ended()
  lab.eq(call.status, 404, "BR's own numbers are not in Alice's dial plan")
  -- The visitor puts a caller through: the two who stay are both at home.
  call = carol:dial "4001"
  local at_alice = leeds_desk:wait_call()
  at_alice:answer()
  call:wait_answered()
  lab.eq(call.codec, "G729", "8 kbps while the visitor takes part")
  bob:set_answer "auto"
  lab.eq(at_alice:transfer "4002", 200)
  bob:set_answer "ring"
  at_alice:wait_ended()
  lab.talk_when_joined(call, bob.agent.history[#bob.agent.history])
  lab.eq(call.codec, "PCMU", "and not after that")
  call:hang_up()
  leeds_desk:logout()
  leeds_desk:wait_registered { at = br, number = "6002" }
end)

lab.test("a phone that loses its power in a call: the other side can hang up, and both can call again", function()
  local call = bob:dial "4003"
  local ringing = carol:wait_call()
  ringing:answer()
  call:wait_answered()
  bob:power_off()
  ringing:hang_up()
  bob:power_on()
  bob:wait_registered { at = hq }
  call = carol:dial "4002"
  ringing = bob:wait_call()
  ringing:answer()
  call:wait_answered()
  call:hang_up()
  ringing:wait_ended()
end)

lab.test("a hundred calls at once, all answered, all ended", function()
  carol.agent.answer_mode = "auto"
  local calls = {}
  for number = 1, 100 do calls[number] = san_jose:call(hq, "4003", { user = tostring(1000 + number) }) end
  for _, call in ipairs(calls) do
    lab.wait_for("the call has an outcome", 10, function() return call.state == "answered" or call.state == "ended" end)
  end
  local answered = 0
  for _, call in ipairs(calls) do
    if call.state == "answered" then
      answered = answered + 1
      call:hang_up()
    else
      lab.eq(call.status, 486, "beyond the line's busy trigger")
    end
  end
  lab.wait_for("the softphone is free", 10, function() return next(carol.agent.calls) == nil end)
  return ("%d answered, %d busy"):format(answered, 100 - answered)
end)
