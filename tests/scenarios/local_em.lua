-- Extension Mobility within one cluster: the user's profile comes over the phone, and goes again.
local lab = require "lab"
local pair = require "pair"

local world = pair.start { trust = false, base_devices = 0 }
local br, desk = world.br, world.desk
local leeds = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }
leeds:power_on()
leeds:wait_registered { at = br, number = "6002" }

lab.test("a local user logs in: the phone gets the profile's line, without a session across clusters", function()
  local stamp = desk.file.version_stamp
  local page = desk:login("william", "67890")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = br, number = "6100" }
  local session = br:get("sessions/" .. pair.desk_name)
  lab.eq(session.kind, "local")
  lab.eq(session.device_profile, "William")
  lab.check(desk.file.version_stamp ~= stamp, "the file's version stamp has changed")
  return page:words()
end)

lab.test("the profile's number rings on that phone, with the user's name at the other end", function()
  local call = leeds:dial "6100"
  local ringing = desk:wait_call()
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  call:hang_up()
  ringing:wait_ended()
  call = desk:dial "6002"
  ringing = leeds:wait_call()
  lab.eq(ringing.party.name, "William West")
  lab.eq(ringing.party.number, "6100")
  call:hang_up()
  ringing:wait_ended()
end)

lab.test("the phone's own number cannot be reached meanwhile", function()
  local call = leeds:dial "6001"
  call:wait_ended()
  lab.check(call.status and call.status >= 400, "the call is refused")
  return tostring(call.reason)
end)

lab.test("a second login elsewhere: refused with 25 as the parameter says", function()
  local page = leeds:login("william", "67890")
  lab.eq(page:code(), 25, page:words())
  return page:words()
end)

lab.test("with automatic log-out the first phone is freed", function()
  br:apply { parameters = { ["Cisco Extension Mobility"] = { ["Intra-cluster Multiple Login Behavior"] = "auto_logout" } } }
  local page = leeds:login("william", "67890")
  lab.eq(page:code(), nil, page:words())
  leeds:wait_registered { at = br, number = "6100" }
  desk:wait_registered { at = br, number = "6001" }
  lab.eq(br:get("sessions/" .. pair.desk_name), nil)
end)

lab.test("log-out brings the phone's own settings back", function()
  local page = leeds:logout()
  lab.eq(page:code(), nil, page:words())
  leeds:wait_registered { at = br, number = "6002" }
  lab.eq(br:get "sessions/SEP00BB00000002", nil)
  lab.eq(br:get "last_logins/SEP00BB00000002".user_id, "william")
end)

lab.test("the login survives a restart of the node", function()
  desk:login("william", "67890")
  desk:wait_registered { at = br, number = "6100" }
  br:restart()
  desk:wait_registered { at = br, number = "6100", seconds = 15 }
  lab.eq(br:get("sessions/" .. pair.desk_name).user_id, "william")
  desk:logout()
  desk:wait_registered { at = br, number = "6001" }
end)

lab.test("several failed attempts lock the PIN, and the right one is refused too", function()
  for _ = 1, 5 do desk:login("william", "11111") end
  local page = desk:login("william", "67890")
  lab.check(page:code(), "the locked user is not let in: %s", page:words())
  return page:words()
end)

lab.test("a new PIN set by the administrator is not locked", function()
  br:cli "end-user set william pin=13579"
  lab.eq(desk:login("william", "13579"):code(), nil)
  desk:wait_registered { at = br, number = "6100" }
end)
