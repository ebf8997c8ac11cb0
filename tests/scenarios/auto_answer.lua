-- Lines that answer by themselves: a desk phone by its file, a softphone that is asked by the INVITE, a user's line on a lent phone.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local carol = pair.carol(hq)
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }

local function lines(number, mode)
  return ('lines=[{"directory_number":"%s@HQ-Phones","auto_answer":"%s"}]'):format(number, mode)
end

local function call_from_outside(number) return san_jose:call(hq, number, { user = "+14085551234", display = "Outside" }) end

hq:cli { "phone", "set", "SEP00AA00000002", lines("4002", "speakerphone") }
pair.register(bob, carol)

lab.test("a desk phone answers by its file", function()
  lab.eq(bob.file.lines[1].auto_answer, true)
  local outside = call_from_outside "4002"
  outside:wait_answered()
  local second = call_from_outside "4002" -- it is in a call: it rings
  second:wait_ringing()
  second:hang_up()
  second:wait_ended()
  outside:hang_up()
  outside:wait_ended()
end)

lab.test("a softphone is asked to, unless it is in a call or not to be disturbed", function()
  local outside = call_from_outside "4003"
  outside:wait_ringing()
  local at_carol = carol:wait_call()
  lab.check(not at_carol.invite:get "Call-Info", "it is not asked")
  outside:hang_up()
  at_carol:wait_ended()
  hq:cli { "phone", "set", "CAROL-SOFTPHONE", lines("4003", "headset") }
  outside = call_from_outside "4003"
  outside:wait_answered()
  at_carol = carol.agent.history[#carol.agent.history]
  lab.eq(at_carol.invite:get "Call-Info", ("<sip:%s>;answer-after=0"):format(hq.address))
  lab.check(at_carol.invite:get "Alert-Info":find("info=alert-autoanswer", 1, true), "the other way, too")
  local second = call_from_outside "4003"
  local ringing = carol:wait_call()
  lab.check(not ringing.invite:get "Call-Info", "it is in a call")
  for _, call in ipairs { second, outside } do
    call:hang_up()
    call:wait_ended()
  end
  hq:cli { "phone", "set", "CAROL-SOFTPHONE", "do_not_disturb=true", "do_not_disturb_option=ringer_off" }
  outside = call_from_outside "4003"
  outside:wait_ringing()
  lab.check(not carol:wait_call().invite:get "Call-Info", "it is not to be disturbed")
  outside:hang_up()
  outside:wait_ended()
end)

lab.test("Alice's line answers by itself on the phone that she has in London", function()
  hq:cli { "device-profile", "set", "Alice", lines("4001", "headset") }
  pair.log_alice_in(world)
  lab.eq(desk.file.lines[1].auto_answer, true)
  local outside = call_from_outside "4001"
  outside:wait_answered()
  outside:hang_up()
  outside:wait_ended()
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
end)
