-- What users take along: Do Not Disturb from phone to phone across clusters and home again, forwarding wherever they are logged in, and
-- calls that are forwarded over the border between two clusters.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local bob = pair.bob(hq)
local leeds_desk = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }
local reception = lab.phone { name = "Reception", mac = "00BB00000003", home = br }
local san_jose = lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
local leeds = lab.gateway { name = "Leeds-Gateway", address = lab.address(53) }
local carol = pair.carol(hq)
bob:power_on()
leeds_desk:power_on()
reception:power_on()
bob:wait_registered { at = hq }
leeds_desk:wait_registered { at = br }
reception:wait_registered { at = br }
lab.eq(carol:register().status, 200)

-- An ordinary trunk between the clusters: 8 and the number of the other side.
local function connect(from, to, partition, space)
  from:apply {
    sip_trunks = { { name = "To-" .. to.name, calling_search_space = space, call_classification = "on_net",
                     destinations = { { address = to.address, port = to.ports.sip } } } },
    route_patterns = { { pattern = "8.XXXX", partition = partition, sip_trunk = "To-" .. to.name, discard_digits = "pre_dot" } },
  }
end
connect(hq, br, "HQ-Phones", "HQ-Internal")
connect(br, hq, "BR-Phones", "BR-Internal")

local function number_set(cluster, key, fields)
  local words = { "directory-number", "set", key }
  for name, value in pairs(fields) do words[#words + 1] = name .. "=" .. value end
  cluster:cli(words)
end

local function alice_in(phone)
  local page = phone:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  phone:wait_registered { at = hq, number = "4001" }
end

local function alice_out(phone, at, number)
  phone:logout()
  phone:wait_registered { at = at, number = number }
end

-- Do Not Disturb ---------------------------------------------------------------------------------------------------------------------

lab.test("Alice switches Do Not Disturb on in London: her profile keeps it, HQ's live device has it, BR's phone does not", function()
  alice_in(desk)
  lab.eq(desk.dnd, false)
  desk:do_not_disturb(true)
  lab.eq(hq:get("device_profiles/Alice").do_not_disturb, true)
  lab.eq(hq:get("live_devices/" .. pair.desk_name).do_not_disturb, true)
  lab.eq(br:get("phones/" .. pair.desk_name).do_not_disturb, false)
  lab.eq(desk:publish(nil).status, 200, "a refresh")
end)

lab.test("a call to her rings silently; with call reject she is busy, and what forwards for busy applies", function()
  local call = carol:dial "4001"
  local ringing = desk:wait_call()
  call:hang_up()
  ringing:wait_ended()
  hq:cli "device-profile set Alice do_not_disturb_option=call_reject"
  alice_out(desk, br, "6001")
  alice_in(desk)
  desk:wait_do_not_disturb(true)
  lab.eq(desk.dnd_option, "callreject")
  call = carol:dial "4001"
  call:wait_ended()
  lab.eq(call.status, 486)
  number_set(hq, "4001@HQ-Phones", { forward_busy_internal_destination = "4002", forward_busy_internal_calling_search_space = "HQ-Internal" })
  call = carol:dial "4001"
  ringing = bob:wait_call()
  lab.contains(ringing.invite:get "Diversion", "reason=do-not-disturb")
  call:hang_up()
  ringing:wait_ended()
  number_set(hq, "4001@HQ-Phones", { forward_busy_internal_destination = "" })
end)

lab.test("she finds it in Leeds, then at home on Bob's phone, and switches it off there; Bob's phone is as it was", function()
  alice_out(desk, br, "6001")
  lab.eq(desk.dnd, false, "London's own phone")
  alice_in(leeds_desk)
  leeds_desk:wait_do_not_disturb(true)
  alice_out(leeds_desk, br, "6002")
  alice_in(bob)
  bob:wait_do_not_disturb(true)
  bob:do_not_disturb(false)
  lab.eq(hq:get("device_profiles/Alice").do_not_disturb, false)
  lab.eq(hq:get("phones/SEP00AA00000002").do_not_disturb, false)
  alice_out(bob, hq, "4002")
  lab.eq(bob.dnd, false)
end)

lab.test("with nobody logged in the phone's own record keeps it, and what the administrator sets reaches the phone", function()
  bob:do_not_disturb(true)
  lab.eq(hq:get("phones/SEP00AA00000002").do_not_disturb, true)
  hq:cli "phone set SEP00AA00000002 do_not_disturb=false"
  bob:wait_do_not_disturb(false)
  lab.eq(bob:publish(nil).status, 200)
end)

lab.test("logged in on two phones, she switches it on one, and the other shows it too", function()
  alice_in(bob)
  alice_in(leeds_desk)
  local controls = #bob.controls
  leeds_desk:do_not_disturb(true)
  bob:wait_do_not_disturb(true)
  lab.eq(#bob.controls, controls, "Bob's phone does not restart for it")
  bob:do_not_disturb(false)
  leeds_desk:wait_do_not_disturb(false)
  alice_out(bob, hq, "4002")
  alice_out(leeds_desk, br, "6002")
end)

lab.test("a node that is killed keeps both: what was answered is there", function()
  number_set(hq, "4001@HQ-Phones", { forward_all_calling_search_space = "HQ-National" })
  alice_in(desk)
  desk:do_not_disturb(true)
  lab.eq(desk:forward_all "4002", 487)
  hq:kill()
  hq:start()
  hq:wait_ready()
  desk:wait_registered { at = hq, number = "4001" }
  desk:wait_do_not_disturb(true)
  desk:wait_forward_all "4002"
  desk:do_not_disturb(false)
  lab.eq(desk:forward_all(nil), 487)
  alice_out(desk, br, "6001")
  bob:wait_registered { at = hq }
  lab.eq(carol:register().status, 200)
end)

-- Forward all ----------------------------------------------------------------------------------------------------------------------------

lab.test("Alice forwards her calls from the phone she visits, and takes that off there", function()
  number_set(hq, "4001@HQ-Phones", { forward_all_calling_search_space = "HQ-National" })
  alice_in(desk)
  desk:wait_forward_all ""
  lab.eq(desk:forward_all "4002", 487)
  desk:wait_forward_all "4002"
  local call = carol:dial "4001"
  local ringing = bob:wait_call()
  lab.eq(ringing.party.name, "Carol Cook", "the caller's name")
  lab.contains(ringing.invite:get "Diversion", "sip:4001@")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  lab.eq(call.party.name, "Bob Baker", "who answers is told")
  call:hang_up()
  ringing:wait_ended()
  lab.eq(desk:forward_all(nil), 487)
  desk:wait_forward_all ""
  lab.eq(desk:forward_all(nil), 484, "nothing to take off")
  call = carol:dial "4001"
  desk:wait_call():reject()
  call:wait_ended()
end)

lab.test("it holds when she is logged in nowhere, and the next phone shows it", function()
  lab.eq(desk:forward_all "914085551234", 487)
  alice_out(desk, br, "6001")
  local call = carol:dial "4001"
  lab.eq(san_jose:wait_call { dialled = "14085551234" }.party.number, "4003")
  call:wait_answered()
  call:hang_up()
  call:wait_ended()
  alice_in(leeds_desk)
  leeds_desk:wait_forward_all "914085551234"
  lab.contains(hq:json('forward-all set 4001@HQ-Phones ""').message, "no longer")
  leeds_desk:wait_forward_all ""
end)

lab.test("a destination out of reach, or in a circle, is refused; so is the visited country's emergency number", function()
  lab.eq(leeds_desk:forward_all "5555", 404)
  lab.eq(leeds_desk:forward_all "4001", 482)
  lab.eq(leeds_desk:forward_all "999", 404, "only the adjunct CSS knows it")
  local before = #leeds:incoming()
  -- Even configured by hand, with the adjunct CSS, the call does not go back to Leeds: the Standard Local Route Group is the caller's.
  number_set(hq, "4001@HQ-Phones", { forward_all_destination = "999", forward_all_calling_search_space = "HQ-Adjunct-GB" })
  local call = carol:dial "4001"
  san_jose:wait_call { dialled = "999" }
  call:hang_up()
  call:wait_ended()
  lab.eq(#leeds:incoming(), before, "calls through Leeds")
  number_set(hq, "4001@HQ-Phones", { forward_all_destination = "", forward_all_calling_search_space = "HQ-National" })
end)

lab.test("with the activating phone's calling search spaces, a visitor takes line and EMCC CSS along", function()
  hq:cli { "param", "set", "Cisco CallManager", "CFA CSS Activation Policy", "with_activating_device_line_css" }
  lab.eq(leeds_desk:forward_all "914085551234", 487)
  local number = hq:get "directory_numbers/4001@HQ-Phones"
  lab.eq(number.forward_all_calling_search_space, "HQ-Internal")
  lab.eq(number.forward_all_secondary_calling_search_space, "HQ-Travellers")
  lab.eq(leeds_desk:forward_all(nil), 487)
  hq:cli { "param", "set", "Cisco CallManager", "CFA CSS Activation Policy", "with_configured_css" }
  alice_out(leeds_desk, br, "6002")
end)

-- Over the border ----------------------------------------------------------------------------------------------------------------------

lab.test("busy at HQ: the call goes on to the reception at BR, with the caller's name and who was called first", function()
  number_set(hq, "4002@HQ-Phones", { forward_busy_internal_destination = "86003", forward_busy_internal_calling_search_space = "HQ-Internal" })
  bob:set_answer "busy"
  local call = carol:dial "4002"
  local ringing = reception:wait_call()
  lab.eq(ringing.party.name, "Carol Cook")
  lab.contains(ringing.invite:get "Diversion", "sip:4002@" .. hq.address)
  lab.contains(ringing.invite:get "Diversion", "reason=user-busy")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  ringing:hang_up()
  call:wait_ended()
  bob:set_answer "ring"
end)

lab.test("no answer at BR: a call from HQ comes back to HQ and is answered there", function()
  number_set(br, "6003@BR-Phones", {
    forward_no_answer_internal_destination = "84002", forward_no_answer_internal_calling_search_space = "BR-Internal", no_answer_ring_duration = "1",
  })
  local call = carol:dial "86003"
  reception:wait_call()
  local ringing = bob:wait_call()
  lab.eq(ringing.party.name, "Carol Cook")
  lab.contains(ringing.invite:get "Diversion", "reason=no-answer")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  call:hang_up()
  ringing:wait_ended()
end)

lab.test("a circle through both clusters is ended", function()
  number_set(br, "6003@BR-Phones", { forward_all_destination = "84002", forward_all_calling_search_space = "BR-Internal" })
  number_set(hq, "4002@HQ-Phones", { forward_all_destination = "86003", forward_all_calling_search_space = "HQ-Internal" })
  local call = carol:dial "4002"
  call:wait_ended()
  lab.eq(call.status, 482)
  number_set(hq, "4002@HQ-Phones", { forward_all_destination = "" })
  number_set(br, "6003@BR-Phones", { forward_all_destination = "" })
end)

lab.test("a phone that is not registered: calls from outside go where the number says", function()
  number_set(hq, "4002@HQ-Phones", { forward_unregistered_external_destination = "4003", forward_unregistered_external_calling_search_space = "HQ-Internal" })
  bob:power_off()
  hq:wait_gone "registrations/SEP00AA00000002"
  local call = san_jose:call(hq, "4002", { user = "14085550000", display = "Caller from outside" })
  local ringing = carol:wait_call()
  lab.eq(ringing.party.number, "14085550000")
  lab.contains(ringing.invite:get "Diversion", "reason=unavailable")
  ringing:answer()
  call:wait_answered()
  call:hang_up()
  ringing:wait_ended()
  call = reception:dial "84002"
  call:wait_ended()
  lab.eq(call.status, 480, "for those inside nothing is set")
end)
