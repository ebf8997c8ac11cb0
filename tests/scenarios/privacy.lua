-- Who withholds the number, through real nodes: a softphone that asks for it, a prefix that does, gateways that are trusted and not, a
-- traveller's emergency call, and what operators find of it.
local lab = require "lab"
local pair = require "pair"
local records = require "records"
local task = require "task"

local world = pair.start()
local hq, desk = world.hq, world.desk
local bob, carol = pair.bob(hq), pair.carol(hq)
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
local london = lab.gateway { name = "London-Gateway", address = lab.address(52) }
pair.register(bob, carol)
hq:activate { "cdr" }
hq:apply {
  translation_patterns = {
    { pattern = "*67.!", partition = "HQ-Phones", discard_digits = "pre_dot", use_originator_calling_search_space = true,
      calling_line_id_presentation = "restricted", calling_name_presentation = "restricted" },
  },
}
local withheld = { headers = { Privacy = "id" } }

local function trust(word) hq:cli("sip-trunk set HQ-Gateway trust_received_identity=" .. word) end

lab.test("a phone that asks for it, and one that dials a prefix: who is called has an anonymous From and nothing else", function()
  local asks = { from = carol, own = "4003", dials = "4002", how = withheld, to = bob }
  local dials_prefix = { from = bob, own = "4002", dials = "*674003", to = carol }
  for _, try in ipairs { asks, dials_prefix } do
    local call = try.from:dial(try.dials, try.how)
    local there = try.to:wait_call()
    lab.eq(there.party.number, "anonymous")
    lab.eq(there.party.name, "Anonymous")
    lab.check(not tostring(there.invite:get "Contact"):find(try.own, 1, true), "no number stands in Contact")
    there:answer()
    call:wait_answered()
    local listed = hq:json("call list").calls[1]
    lab.eq(listed.calling_number, "anonymous")
    lab.check(not hq:cli("call trace " .. listed.call_id):find("number " .. try.own, 1, true), "call trace does not tell it")
    task.pause(1100) -- shorter calls are not on record
    call:hang_up()
    there:wait_ended()
  end
  lab.wait_for("the records are closed", 10, function() return hq:json("cdr status").open_calls == 0 end)
  local numbers = {}
  for _, row in ipairs(records.finish(hq)) do numbers[row.callingPartyNumber] = true end
  lab.check(numbers["4002"] and numbers["4003"], "call detail records have the numbers, for bills")
end)

lab.test("a gateway that is trusted is told the number to be kept, one that is not is told nothing", function()
  local call = carol:dial("912125551234", withheld)
  local there = san_jose:wait_call()
  lab.eq(there.party.number, "4003")
  lab.eq(there.invite:get "Privacy", "id")
  lab.contains(there.invite:get "From", "anonymous@anonymous.invalid")
  lab.contains(there.invite:get "Remote-Party-ID", "privacy=full")
  call:hang_up()
  trust "trust_none"
  call = carol:dial("912125551235", withheld)
  there = san_jose:wait_call()
  lab.eq(there.party.number, "anonymous")
  lab.eq(there.invite:get "Remote-Party-ID", nil)
  call:hang_up()
end)

lab.test("an emergency call shows who needs help, though the gateway is not trusted", function()
  local call = carol:dial("911", withheld)
  local there = san_jose:wait_call()
  lab.eq(there.party.number, "4003")
  lab.contains(there.invite:get "From", "sip:4003@")
  lab.eq(there.invite:get "Privacy", nil)
  call:hang_up()
  trust "trust_all"
end)

lab.test("so does a traveller's, in the visited cluster", function()
  pair.log_alice_in(world)
  local call = desk:dial("999", withheld)
  local outside = london:wait_call()
  lab.contains(outside.invite:get "From", "4001")
  lab.eq(outside.invite:get "Privacy", nil)
  call:hang_up()
end)

lab.test("a caller from outside is verified when the gateway vouches for the number", function()
  local call = san_jose:call(hq, "4003", { user = "+14085551234", display = "Outside" })
  local there = carol:wait_call()
  lab.contains(there.invite:get "Remote-Party-ID", "screen=yes") -- it says so itself
  call:hang_up()
  there:wait_ended()
  trust "trust_none"
  call = san_jose:call(hq, "4003", { user = "+14085551234", display = "Outside" })
  there = carol:wait_call()
  lab.contains(there.invite:get "Remote-Party-ID", "screen=no")
  call:hang_up()
end)
