-- Lamps: a key of Bob's phone and a softphone watch Alice's number, wherever she is logged in; what they may see, that messages wait for
-- her, and what becomes of it when a node is killed.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local carol = pair.carol(hq)
pair.register(bob, carol)

local function alice_in(phone)
  local page = phone:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  phone:wait_registered { at = hq, number = "4001" }
end

lab.test("Bob's key for Alice's number: a lamp in his file, and dark while she is nowhere", function()
  hq:cli { "phone", "set", "SEP00AA00000002", "subscribe_calling_search_space=HQ-Internal",
    'speed_dials=[{"number":"4001","label":"Alice","busy_lamp_field":true},{"number":"4003","label":"Carol"}]' }
  bob:power_off()
  bob:power_on()
  bob:wait_registered { at = hq }
  lab.eq(bob.file.speed_dials[1].busy_lamp_field, true)
  lab.eq(bob.file.speed_dials[2].busy_lamp_field, false)
  bob:wait_lamp("4001", "unknown")
end)

local watch

lab.test("a softphone watches her: refused without a SUBSCRIBE calling search space, then by presence groups", function()
  lab.eq(carol:subscribe("4001", "dialog").response.status, 404)
  hq:cli { "phone", "set", "CAROL-SOFTPHONE", "subscribe_calling_search_space=HQ-Internal" }
  hq:cli "presence-group add name=Board"
  hq:cli "directory-number set 4001@HQ-Phones presence_group=Board"
  local refused = carol:subscribe("4001", "dialog").response
  lab.eq(refused.status, 403)
  lab.contains(refused:get "Warning", "may not watch numbers of Board")
  hq:cli { "param", "set", "Cisco CallManager", "Default Inter-Presence Group Subscription", "allow_subscription" }
  watch = carol:subscribe("4001", "dialog")
  lab.eq(watch.response.status, 200)
  carol:wait_notified(watch, "<state>terminated</state>")
  lab.eq(carol:subscribe("4001", "weather").response.status, 489)
end)

lab.test("she is on a phone in London: both see it, what rings there, and that she speaks, but not with whom", function()
  alice_in(desk)
  bob:wait_lamp("4001", "idle")
  local call = carol:dial "4001"
  local ringing = desk:wait_call()
  bob:wait_lamp("4001", "alerting")
  carol:wait_notified(watch, "<state>early</state>")
  ringing:answer()
  call:wait_answered()
  bob:wait_lamp("4001", "busy")
  local message = carol:wait_notified(watch, "<state>confirmed</state>")
  lab.eq(message.body:find("4003", 1, true), nil, "with whom")
  call:hang_up()
  ringing:wait_ended()
  bob:wait_lamp("4001", "idle")
  carol:wait_notified(watch, "<state>terminated</state>")
end)

lab.test("messages wait for her: the lamp in London, and the number that the Messages key calls", function()
  hq:cli "voice-mail-pilot add number=4900"
  hq:cli "voice-mail-profile add name=Unity voice_mail_pilot=4900 default_profile=true"
  lab.contains(hq:json("mwi set 4001@HQ-Phones true").message, "Messages wait for 4001@HQ-Phones")
  desk:wait_messages(true)
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
  desk:wait_messages(false)
  alice_in(desk)
  desk:wait_messages(true)
  lab.eq(desk.file.lines[1].messages_number, "4900")
end)

lab.test("Do Not Disturb shows where the cluster wants it to", function()
  hq:cli { "param", "set", "Cisco CallManager", "BLF Status Depicts DND", "true" }
  desk:do_not_disturb(true)
  bob:wait_lamp("4001", "dnd")
  desk:do_not_disturb(false)
  bob:wait_lamp("4001", "idle")
end)

lab.test("a node that is killed tells Bob's key again; the softphone subscribes anew", function()
  hq:kill()
  hq:start()
  hq:wait_ready()
  bob:wait_registered { at = hq }
  desk:wait_registered { at = hq, number = "4001" }
  lab.eq(hq:get("message_waitings/4001@HQ-Phones").waiting, true, "that messages wait is kept")
  bob:wait_lamp("4001", "idle")
  lab.eq(carol:register().status, 200)
  lab.eq(carol:subscribe("4001", "dialog", 300, watch).response.status, 481)
  watch = carol:subscribe("4001", "dialog")
  lab.eq(watch.response.status, 200)
end)

lab.test("she logs out: nobody is there; the softphone ends its subscription", function()
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
  bob:wait_lamp("4001", "unknown")
  lab.eq(carol:subscribe("4001", "dialog", 0, watch).response.status, 200)
  carol:wait_notified(watch, "terminated;reason=timeout")
end)
