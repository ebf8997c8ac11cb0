-- Forced authorization codes and client matter codes through real nodes: dialled by a softphone, a desk phone and a visitor in another
-- cluster, on record by name, and nowhere else.
local lab = require "lab"
local pair = require "pair"
local records = require "records"
local task = require "task"

local world = pair.start()
local hq, desk = world.hq, world.desk
local bob = pair.bob(hq)
local carol = pair.carol(hq)
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51), answer = "ring" }
pair.register(bob, carol)
hq:activate { "cdr" }
hq:apply {
  forced_authorization_codes = { { name = "Managers", code = "47110815", level = 7 }, { name = "Guests", code = "1000", level = 1 } },
  client_matter_codes = { { code = "77", description = "Client A" } },
  route_patterns = { { pattern = "9.0!", partition = "HQ-PSTN", sip_trunk = "HQ-Gateway", discard_digits = "pre_dot",
    require_forced_authorization_code = true, authorization_level = 5, require_client_matter_code = true } },
}

local function refused(phone, number, status)
  local call = phone:dial(number)
  call:wait_ended()
  lab.eq(call.status, status)
end

-- Dials with both codes; the gateway sees the number alone.
local function talk(phone)
  local call = phone:dial "901234#47110815#77"
  local outside = san_jose:wait_call()
  lab.check(outside.invite.uri:find("sip:01234@", 1, true), "it is called as %s", outside.invite.uri)
  outside:answer()
  call:wait_answered()
  lab.talk_both(call, outside)
  return call, outside
end

lab.test("without codes, with wrong ones, with one of a low level a call is refused", function()
  for _, phone in ipairs { carol, bob } do
    refused(phone, "901234", 484)
    refused(phone, "901234#47110815", 484)
    refused(phone, "901234#47110816#77", 403)
    refused(phone, "901234#1000#77", 403)
    refused(phone, "901234#47110815#78", 403)
  end
end)

lab.test("with both a call is made; its record says the name of the code", function()
  local call, outside = talk(carol)
  task.pause(1100) -- shorter calls are not on record
  call:hang_up()
  outside:wait_ended()
  lab.wait_for("the records are closed", 10, function() return hq:json("cdr status").open_calls == 0 end)
  local found
  for _, row in ipairs(records.finish(hq)) do
    if row.duration ~= "0" then found = row end
  end
  lab.eq(found.originalCalledPartyNumber, "901234")
  lab.eq(found.authCodeDescription, "Managers")
  lab.eq(found.authorizationLevel, "7")
  lab.eq(found.clientMatterCode, "77")
end)

lab.test("Alice, who visits London, dials them there", function()
  pair.log_alice_in(world)
  refused(desk, "901234", 484)
  local call, outside = talk(desk)
  call:hang_up()
  outside:wait_ended()
end)

-- What is kept of calls: the ladder, as text and as JSON, of the one that goes on.
local function no_code_in_ladder()
  local id = hq:json("call list").calls[1].call_id
  for _, shape in ipairs { "--ascii", "--json" } do
    local ladder = hq:cli(("call trace %s %s"):format(shape, id))
    lab.contains(ladder, "901234")
    lab.check(not ladder:find("47110815", 1, true), "the ladder (%s) has the code", shape)
  end
end

lab.test("the code is in no ladder: of a challenged call, and of one that is forwarded with it", function()
  local call, outside = talk(carol)
  no_code_in_ladder()
  call:hang_up()
  outside:wait_ended()
  hq:cli { "directory-number", "set", "4004@HQ-Phones", "forward_all_destination=901234#47110815#77",
    "forward_all_calling_search_space=HQ-National" }
  call = bob:dial "4004"
  outside = san_jose:wait_call()
  outside:answer()
  call:wait_answered()
  no_code_in_ladder()
  call:hang_up()
  outside:wait_ended()
  lab.contains(hq:cli { "forward-all", "set", "4004@HQ-Phones", "901234#47110815#77" }, "4004@HQ-Phones forwards all calls to 901234.")
  lab.contains(hq:log_text(), 'command "forward-all set 4004@HQ-Phones 901234" is given')
end)

lab.test("what keys of a phone do is told with the number alone", function()
  hq:cli { "phone", "set", "SEP00AA00000002", 'speed_dials=[{"number":"901234#47110815#77","label":"Outside","busy_lamp_field":true}]' }
  hq:cli { "directory-number", "set", "4002@HQ-Phones", "forward_all_destination=901234#47110815#77" }
  local told = hq:cli "phone diagnose SEP00AA00000002"
  lab.contains(told, "all calls to it are forwarded to 901234")
  lab.contains(told, "dials 901234, and shows its state: 901234 matches 9.0!")
  lab.check(not told:find("47110815", 1, true), "the diagnosis has the code")
  hq:cli { "directory-number", "set", "4002@HQ-Phones", "forward_all_destination=" }
end)

lab.test("the CFwdAll key takes it, and shows the number alone", function()
  lab.check(bob:forward_all "901234#47110815#78" >= 400, "a wrong code is taken")
  hq:cli { "directory-number", "set", "4002@HQ-Phones", "forward_all_calling_search_space=HQ-National" }
  lab.eq(bob:forward_all "901234#47110815#77", 487)
  bob:wait_forward_all "901234"
  lab.eq(bob:forward_all(nil), 487)
end)

lab.test("the code is in no capture of a phone", function()
  for _, name in ipairs { "CAROL-SOFTPHONE", "SEP00AA00000002" } do
    local path = hq.directory .. "/" .. name .. ".pcapng"
    hq:cli { "phone", "capture", name, path }
    local file = assert(io.open(path, "rb"))
    local capture = file:read "a"
    file:close()
    lab.contains(capture, "901234")
    lab.check(not capture:find("47110815", 1, true), "that of %s has it", name)
  end
end)

lab.test("the code is in no log and no trace", function()
  lab.check(not hq:log_text():find("47110815", 1, true), "the log of HQ has it")
  lab.check(not world.br:log_text():find("47110815", 1, true), "the log of BR has it")
end)
