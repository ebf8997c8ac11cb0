-- Call back through real nodes: a desk phone, and a visitor on a lent phone of another cluster, are told when a busy number is free, and
-- call it with the key of the page; what is cancelled; a node that is killed.
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local carol = pair.carol(hq)
pair.register(bob, carol)

-- How many call backs are active.
local function active()
  local text = task.http { url = "http://node/metrics", unix_socket = hq.state .. "/sojourn.sock" }.body
  return tonumber(text:match "\nsojourn_ccm_call_backs (%d+)")
end

-- The phone calls Carol, who is busy, and asks to be told.
local function ask_for_carol(phone)
  local call = phone:dial "4003"
  carol:wait_call():reject(486, "Busy Here")
  call:wait_ended()
  lab.eq(call.status, 486)
  lab.eq(phone:softkey "CallBack", 202)
end

-- Carol talks to Bob: her call, and his.
local function carol_talks()
  local call = carol:dial "4002"
  local there = bob:wait_call()
  there:answer()
  call:wait_answered()
  return call, there
end

lab.test("Alice, who visits London, is told on the lent phone when Carol is free, and the key calls her", function()
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hq, number = "4001" }
  local call, there = carol_talks()
  ask_for_carol(desk)
  desk:wait_page "You will be notified when 4003 becomes available."
  lab.eq(active(), 1)
  call:hang_up()
  there:wait_ended()
  desk:wait_page "4003 has become available."
  lab.eq(desk:press_page "Dial", 202)
  local at_carol = carol:wait_call()
  lab.eq(at_carol.party.number, "4001")
  at_carol:reject(486, "Busy Here")
  lab.eq(active(), 0)
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
end)

lab.test("what Bob cancels is over; then there is nothing to call", function()
  ask_for_carol(bob)
  bob:wait_page "4003 has become available."
  lab.eq(bob:press_page "Cancel", 202)
  lab.eq(active(), 0)
end)

lab.test("turned off, the key is refused so that the user sees it", function()
  hq:cli { "param", "set", "Cisco CallManager", "Call Back Enabled Flag", "false" }
  lab.eq(bob:softkey "CallBack", 603)
  bob:wait_shown "CallBack is not possible"
  hq:cli { "param", "set", "Cisco CallManager", "Call Back Enabled Flag", "true" }
end)

lab.test("a node that is killed forgets them, and begins anew", function()
  local call = carol_talks()
  ask_for_carol(bob)
  lab.eq(active(), 1)
  call:hang_up()
  hq:kill()
  hq:start()
  hq:wait_ready()
  bob:wait_registered { at = hq }
  lab.eq(active(), 0)
  ask_for_carol(bob)
  bob:wait_page "4003 has become available."
end)
