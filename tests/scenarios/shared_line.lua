-- A shared line: Alice's number on her desk phone at home and on the phone in London on which she is logged in. What the one does the other
-- shows, a call that waits at the one goes on at the other, and a private phone keeps its calls.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, london = world.hq, world.desk
local carol = pair.carol(hq)
local home = lab.phone { name = "Alice's desk phone", mac = "00AA00000009", home = hq }

local function shown(phone, state, who)
  lab.eq(phone:wait_remote_use("4001", state), who)
end

-- Carol calls, and that phone answers; both sides of the call.
local function carol_talks_to(phone, other)
  local call = carol:dial "4001"
  local there = phone:wait_call()
  local ringing = other:wait_call()
  there:answer()
  call:wait_answered()
  ringing:wait_ended()
  lab.talk_both(call, there)
  return call, there
end

local function talk_and_end(call, resumed)
  lab.talk_when_joined(call, resumed)
  call:hang_up()
  resumed:wait_ended()
end

lab.test("both have the line: at home a phone with its number, in London the traveller's", function()
  hq:cli { "phone", "add", "name=SEP00AA00000009", "model=Cisco 8851", "calling_search_space=HQ-Internal",
    'lines=[{"directory_number":"4001@HQ-Phones","display":"Alice Adams"}]' }
  home:power_on()
  home:wait_registered { at = hq, number = "4001" }
  lab.eq(carol:register().status, 200)
  pair.log_alice_in(world)
  shown(home, "idle")
  shown(london, "idle")
end)

lab.test("London answers and holds: home shows it, and goes on with the call", function()
  local call, there = carol_talks_to(london, home)
  shown(home, "in use", "4003")
  lab.eq(there:hold "sendonly", 200)
  shown(home, "held", "4003")
  local resumed = home:dial "4001"
  resumed:wait_answered()
  there:wait_ended()
  shown(london, "in use", "4003")
  talk_and_end(call, resumed)
  shown(london, "idle")
end)

lab.test("home holds: London goes on with the call, whose media are now the region's", function()
  local call, there = carol_talks_to(home, london)
  lab.eq(there:hold "sendonly", 200)
  shown(london, "held", "4003")
  local resumed = london:dial "4001"
  resumed:wait_answered()
  there:wait_ended()
  shown(home, "in use", "4003")
  talk_and_end(call, resumed)
end)

lab.test("a private phone's call is in use without a name, and nobody resumes it", function()
  hq:cli "phone set SEP00AA00000009 privacy=true"
  local call, there = carol_talks_to(home, london)
  lab.eq(there:hold "sendonly", 200)
  shown(london, "in use")
  local refused = london:dial "4001"
  refused:wait_ended()
  lab.eq(refused.status, 403)
  london:wait_shown "The call is private"
  hq:cli "phone set SEP00AA00000009 privacy=false"
  shown(london, "held", "4003")
  call:hang_up()
  there:wait_ended()
end)

lab.test("a private phone's user shows the call by the key Privacy, and London goes on with it", function()
  hq:cli "phone set SEP00AA00000009 privacy=true"
  home:wait_private(true)
  local call, there = carol_talks_to(home, london)
  shown(london, "in use")
  lab.eq(home:softkey("Privacy", there), 202)
  home:wait_private(false)
  lab.eq(there:hold "sendonly", 200)
  shown(london, "held", "4003")
  local resumed = london:dial "4001"
  resumed:wait_answered()
  there:wait_ended()
  talk_and_end(call, resumed)
  home:power_cycle()
  home:wait_registered { at = hq, number = "4001" }
  home:wait_private(true)
  hq:cli "phone set SEP00AA00000009 privacy=false"
  home:wait_private(false)
  lab.eq(home:softkey "Privacy", 603)
  home:wait_shown "Privacy is not set for this phone"
end)

lab.test("the phone at home loses its power while it holds: London has the call", function()
  local call, there = carol_talks_to(home, london)
  lab.eq(there:hold "sendonly", 200)
  shown(london, "held", "4003")
  home:power_off()
  local resumed = london:dial "4001"
  resumed:wait_answered()
  talk_and_end(call, resumed)
end)
