-- What a traveller meets when a login across clusters is refused: the documented code on the phone, and nothing left behind.
local lab = require "lab"
local pair = require "pair"

local world = pair.start { base_devices = 1 }
local hq, br, desk = world.hq, world.br, world.desk

local function refused(user, pin, code)
  local page = desk:login(user, pin)
  lab.eq(page:code(), code, page:words())
  lab.eq(hq:get("sessions/" .. pair.desk_name), nil, "no session at HQ")
  lab.eq(br:get("sessions/" .. pair.desk_name), nil, "no session at BR")
  lab.check(desk.state == "registered" and br:has_address(desk.registration.node.address), "the phone stays at BR")
  return page:words()
end

lab.test("an empty user id or PIN: 202", function()
  refused("", "12345", 202)
  return refused("alice", "", 202)
end)

lab.test("a wrong PIN of a traveller: 2", function() return refused("alice", "54321", 2) end)

lab.test("a wrong PIN of a local user: 201", function() return refused("william", "54321", 201) end)

lab.test("a user whom no cluster knows: 23", function() return refused("nobody", "12345", 23) end)

lab.test("a user who may not travel: 31", function() return refused("dave", "45678", 31) end)

lab.test("PSTN access not active at the visited cluster: 211", function()
  br:apply { intercluster_service_profile = { emcc_active = true, pstn_access_active = false } }
  local words = refused("alice", "12345", 211)
  br:apply { intercluster_service_profile = { emcc_active = true, pstn_access_active = true, pstn_access_sip_trunk = "EMCC-ICT-SIP-Trunk-1" } }
  return words
end)

lab.test("a device name that both clusters know: 37", function()
  hq:apply { phones = { { name = pair.desk_name, model = "Cisco 8851", enable_extension_mobility = true } } }
  local words = refused("alice", "12345", 37)
  lab.eq((hq:rest("DELETE", "phones/" .. pair.desk_name)) < 300, true, "the phone is removed from HQ")
  return words
end)

lab.test("no cluster entry for the visitor at home: 35", function()
  local remote = hq:get "remote_clusters/BR"
  lab.eq((hq:rest("DELETE", "remote_clusters/BR")) < 300, true)
  local page = desk:login("alice", "12345")
  hq:apply { remote_clusters = { remote } }
  lab.eq(page:code(), 35, page:words())
  return page:words()
end)

lab.test("no TFTP server set for travellers at home: shown as 201", function()
  hq:apply { parameters = { EMCC = { ["Default TFTP Server for EMCC Login Device"] = "" } } }
  local words = refused("alice", "12345", 201)
  hq:apply { parameters = { EMCC = { ["Default TFTP Server for EMCC Login Device"] = hq.address } } }
  return words
end)

lab.test("no free base device: 33", function()
  local other = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }
  other:power_on()
  other:wait_registered { at = br, number = "6002" }
  local page = other:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  other:wait_registered { at = hq, number = "4001" }
  local words = refused("alice", "12345", 33)
  other:logout()
  other:wait_registered { at = br, number = "6002" }
  return words
end)

lab.test("a phone where nobody may log in, and a phone that does not exist", function()
  local reception = lab.phone { name = "Reception", mac = "00BB00000003", home = br }
  reception:power_on()
  reception:wait_registered { at = br, number = "6003" }
  local page = reception:login("alice", "12345")
  lab.check(page:code() == 22 or page:code() == 5 or page:code() == 20, "expected 5, 20 or 22: %s", page:words())
  page = desk:open(("http://%s:8080/emapp/EMAppServlet?device=SEP00DD00000009&EMCC=true"):format(br.address))
  lab.eq(page:code(), 11, page:words())
  page = desk:open(("http://%s:8080/emapp/EMAppServlet?EMCC=true"):format(br.address))
  lab.eq(page:code(), 207, page:words())
  page = desk:open(("http://%s:8080/emapp/EMAppServlet?device=%s&EMCC=true&loginType=XY"):format(br.address, pair.desk_name))
  lab.eq(page:code(), 215, page:words())
end)

lab.test("and after all that the right PIN works", function()
  pair.log_alice_in(world)
  desk:logout()
  pair.wait_clean(world)
end)
