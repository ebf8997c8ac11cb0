-- Message waiting numbers through real nodes: a phone at home, a visitor on a lent phone, and a mail system behind a trunk.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local mail = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
bob:power_on()
bob:wait_registered { at = hq }
hq:apply {
  message_waiting_numbers = {
    { number = "4990", partition = "HQ-Phones", message_waiting_indicator = true, calling_search_space = "HQ-Internal" },
    { number = "4991", partition = "HQ-Phones", message_waiting_indicator = false, calling_search_space = "HQ-Internal" },
  },
}

-- The call is answered, and ended by the node.
local function dials(phone, number)
  local call = phone:dial(number)
  call:wait_answered()
  call:wait_ended()
end

lab.test("Bob switches his lamp on and off; a restart keeps it", function()
  dials(bob, "4990")
  bob:wait_messages(true)
  hq:kill()
  hq:start()
  hq:wait_ready()
  lab.eq(hq:json("message-waiting get 4002@HQ-Phones").waiting, true)
  bob:wait_registered { at = hq }
  dials(bob, "4991")
  bob:wait_messages(false)
end)

lab.test("Alice, who visits London, switches the lamp of her own number", function()
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = hq, number = "4001" }
  dials(desk, "4990")
  desk:wait_messages(true)
  lab.eq(hq:json("message-waiting get 4001@HQ-Phones").waiting, true)
  dials(desk, "4991")
  desk:wait_messages(false)
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
end)

lab.test("a mail system does so for the number that its call comes from, once its trunk is believed", function()
  local trunk = hq:json("sip-trunk get HQ-Gateway")
  local call = mail:call(hq, "4990", { user = "4002" })
  call:wait_ended()
  lab.eq(call.status, 403)
  hq:cli { "sip-trunk-security-profile", "set", trunk.sip_trunk_security_profile, "accept_unsolicited_notification=true" }
  call = mail:call(hq, "4990", { user = "4002" })
  call:wait_answered()
  call:wait_ended()
  bob:wait_messages(true)
end)

lab.test("the way of the number says it", function()
  local answer = hq:ask("route/test", { device_name = "SEP00AA00000002", digits = "4991" })
  lab.eq(answer.outcome, "message_waiting")
end)
