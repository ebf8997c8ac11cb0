-- Hunting through real nodes: a hunt pilot with a desk phone, a softphone and a visitor in another cluster as members, HLog, overflow, a
-- broadcast, records, a change of the line group, and a node that is killed.
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
hq:activate { "cdr", "dna-server" }
hq:apply {
  line_groups = {
    { name = "Desks", distribution = "top_down", rna_reversion_timeout = 1, members = { "4001@HQ-Phones", "4002@HQ-Phones" } },
    { name = "Softphones", distribution = "top_down", rna_reversion_timeout = 2, members = { "4003@HQ-Phones" } },
    { name = "Everybody", distribution = "broadcast", rna_reversion_timeout = 20, members = { "4001@HQ-Phones", "4002@HQ-Phones", "4003@HQ-Phones" } },
  },
  hunt_lists = { { name = "Sales", members = { "Desks", "Softphones" } }, { name = "Emergency", members = { "Everybody" } } },
  hunt_pilots = {
    { pattern = "4700", partition = "HQ-Phones", hunt_list = "Sales", alerting_name = "Sales", display_member_as_connected_party = true },
    { pattern = "4799", partition = "HQ-Phones", hunt_list = "Emergency", alerting_name = "Everybody" },
  },
}

local function call_from_outside(number)
  return san_jose:call(hq, number or "4700", { user = "+14085551234", display = "Outside" })
end

local function status() return hq:json { "hunt", "status", "4700@HQ-Phones" } end

local function state_of(number)
  for _, member in ipairs(status().members) do
    if member.directory_number == number .. "@HQ-Phones" then return member.state end
  end
end

lab.test("Bob is the first who is there: he answers, and is on record beside the pilot", function()
  local outside = call_from_outside()
  local at_bob = bob:wait_call()
  lab.eq(at_bob.party.number, "+14085551234")
  lab.eq(state_of "4001", "not_registered")
  at_bob:answer()
  outside:wait_answered()
  lab.talk_both(outside, at_bob)
  lab.eq(state_of "4002", "available")
  task.pause(1100) -- shorter calls are not on record
  outside:hang_up()
  at_bob:wait_ended()
  lab.wait_for("the records are closed", 10, function() return hq:json("cdr status").open_calls == 0 end)
  local rows = records.finish(hq)
  lab.eq(#rows, 1)
  lab.eq(rows[1].originalCalledPartyNumber, "4700")
  lab.eq(rows[1].lastRedirectDn, "4700")
  lab.eq(rows[1].finalCalledPartyNumber, "4002")
  lab.eq(rows[1].huntPilotDN, "4700")
  lab.eq(rows[1].huntPilotPartition, "HQ-Phones")
  lab.eq(rows[1].huntPilotPattern, "4700")
  lab.eq(rows[1].destDeviceName, "SEP00AA00000002")
end)

lab.test("Bob does not answer: Carol's line group is next, and nobody else: the call ends", function()
  local outside = call_from_outside()
  local at_bob = bob:wait_call()
  local at_carol = carol:wait_call()
  at_bob:wait_ended()
  outside:wait_ended()
  at_carol:wait_ended()
  lab.eq(outside.status, 480)
end)

lab.test("a call that nobody answers goes to where the pilot forwards it", function()
  hq:cli { "hunt-pilot", "set", "4700@HQ-Phones", "forward_no_answer_destination=4003", "forward_no_answer_calling_search_space=HQ-Internal" }
  hq:cli { "line-group", "set", "Desks", "no_answer=stop" }
  local outside = call_from_outside()
  bob:wait_call()
  local at_carol = carol:wait_call()
  lab.check(at_carol.invite:get "Diversion":find("sip:4700@", 1, true), "the pilot forwards it")
  at_carol:answer()
  outside:wait_answered()
  outside:hang_up()
  at_carol:wait_ended()
  hq:cli { "line-group", "set", "Desks", "no_answer=next_member_then_next_group" }
end)

lab.test("Bob presses HLog: his phone says so, calls pass him over; an administrator logs him in again", function()
  lab.eq(bob:softkey "HLog", 202)
  bob:wait_hunt_login(false)
  bob:wait_shown "Logged out of hunt groups"
  lab.eq(state_of "4002", "logged_out")
  lab.eq(hq:get("phones/SEP00AA00000002").logged_into_hunt_group, false)
  local outside = call_from_outside()
  local at_carol = carol:wait_call()
  outside:hang_up()
  at_carol:wait_ended()
  local own = carol:dial "4002" -- his own number still rings
  local at_bob = bob:wait_call()
  own:hang_up()
  at_bob:wait_ended()
  lab.check(hq:cli("hunt login SEP00AA00000002 true"):find "logged into", "it is said")
  bob:wait_hunt_login(true)
  lab.eq(state_of "4002", "idle")
end)

lab.test("Alice, who visits London, is the first member: she answers there, and logs out by HLog there", function()
  pair.log_alice_in(world)
  lab.eq(state_of "4001", "idle")
  local outside = call_from_outside()
  local at_alice = desk:wait_call()
  at_alice:answer()
  outside:wait_answered()
  lab.talk_both(outside, at_alice)
  outside:hang_up()
  at_alice:wait_ended()
  lab.eq(desk:softkey "HLog", 202)
  desk:wait_hunt_login(false)
  lab.eq(state_of "4001", "logged_out")
  outside = call_from_outside()
  local at_bob = bob:wait_call()
  outside:hang_up()
  at_bob:wait_ended()
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
  pair.log_alice_in(world) -- logs in anew: she takes part again
  lab.eq(state_of "4001", "idle")
end)

lab.test("a broadcast rings at the visitor's, at Bob's and at Carol's; one answers, the others stop", function()
  local outside = call_from_outside "4799"
  local at_alice, at_bob, at_carol = desk:wait_call(), bob:wait_call(), carol:wait_call()
  at_carol:answer()
  outside:wait_answered()
  at_alice:wait_ended()
  at_bob:wait_ended()
  outside:hang_up()
  at_carol:wait_ended()
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
end)

lab.test("the analyzer says who would ring, and what is tried then", function()
  lab.eq(hq:ask("route/test", { device_name = "SEP00AA00000002", digits = "4700" }).outcome, "hunt")
  local found = hq:ask("dna/analyze", { device_name = "CAROL-SOFTPHONE", digits = "4700", here_only = true })
  lab.eq(found.outcome, "hunt")
  local test = hq:ask("dna/test", { tests = { { name = "sales ring at Bob's", from = { device_name = "CAROL-SOFTPHONE" }, digits = "4700",
    must = { outcome = "hunt", device = "SEP00AA00000002" } } }, phones_as_they_are = true })
  lab.eq(test.failed, 0)
end)

lab.test("a line group changes while a call hunts: the call goes on with what there is", function()
  local outside = call_from_outside()
  local at_bob = bob:wait_call()
  hq:cli { "line-group", "set", "Desks", "members=4003@HQ-Phones" }
  local at_carol = carol:wait_call()
  at_bob:wait_ended()
  at_carol:answer()
  outside:wait_answered()
  outside:hang_up()
  at_carol:wait_ended()
end)

lab.test("a node that is killed knows after its start who is logged out, and hunts again", function()
  hq:cli { "line-group", "set", "Desks", "members=4002@HQ-Phones" }
  lab.eq(bob:softkey "HLog", 202)
  bob:wait_hunt_login(false)
  hq:kill()
  hq:start()
  hq:wait_ready()
  bob:wait_registered { at = hq }
  lab.eq(carol:register().status, 200)
  lab.eq(state_of "4002", "logged_out")
  local outside = call_from_outside()
  local at_carol = carol:wait_call()
  outside:hang_up()
  at_carol:wait_ended()
end)
