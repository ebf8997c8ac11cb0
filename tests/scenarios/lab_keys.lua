-- The lab's phones as they tell keys (KPML, RFC 4730): two gateways call each other, and no node is there.
local flows = require "sip_flow"
local lab = require "lab"

local there = lab.gateway { name = "there", answer = "ring" }
local here = lab.gateway { name = "here" }

local function hear(from, message) here.agent:receive(from, message) end

-- A call from here to there: both sides of it.
local function call()
  local flow = assert(flows.connect(here.address, there.address, there.port, hear))
  here.agent.domain = there.address
  return here.agent:invite(flow, "1"), there:wait_call()
end

lab.test("keys that are pressed before somebody asks for them are told then, each by itself, and those that follow", function()
  local one, other = call()
  other:press "12"
  other:answer()
  one:wait_answered()
  lab.eq(one:watch_keys(), 200)
  one:wait_keys "12"
  lab.wait_for("both are answered", 5, function() return other.keys.told == "12" end)
  other:press "#"
  one:wait_keys "12#"
  one:hang_up()
end)

lab.test("keys are told no more when the subscription has ended, and not kept from before", function()
  local one, other = call()
  other:answer()
  one:wait_answered()
  lab.eq(one:watch_keys(), 200)
  other:press "1"
  one:wait_keys "1"
  lab.eq(one:watch_keys(0), 200)
  lab.wait_for("the end is told", 5, function() return one.keys_ended end)
  lab.eq(one.keys_ended, "487")
  other:press "2"
  lab.eq(one:watch_keys(), 200)
  one:wait_keys "2"
  one:hang_up()
end)

lab.test("a request for what a phone cannot tell is answered, and its subscription ended: 501", function()
  local one, other = call()
  other:answer()
  one:wait_answered()
  lab.eq(one:watch_keys(600, "xxxx"), 200)
  lab.wait_for("the end is told", 5, function() return one.keys_ended end)
  lab.eq(one.keys_ended, "501")
  one:hang_up()
end)

lab.test("a phone that tells no keys refuses: 489", function()
  function there.agent.tells_keys() return false end
  local one, other = call()
  other:answer()
  one:wait_answered()
  lab.eq(one:watch_keys(), 489)
  one:hang_up()
end)
