-- The simulated phone by itself, against stand-ins for two clusters: boot, files, reset, redirect, giving up home, services, calls.
local lab = require "lab"
local sip = require "sip_message"
local stub = require "stub_node"
local tftp = require "tftp"

local function tftp_port() return lab.phone { mac = "000000000001", tftp = { lab.address(1) } }.tftp_port end

local device = "SEP001122334455"
local visiting = stub.new(lab.address(1), tftp_port())
local home = stub.new(lab.address(2), tftp_port())
visiting.files[device .. ".cnf.xml"] = stub.file(visiting.address, "2001", "v1",
  ("http://%s:8080/emapp/EMAppServlet?device=#DEVICENAME#&EMCC=#EMCC#"):format(visiting.address))
local phone = lab.phone { mac = "00:11:22:33:44:55", tftp = { visiting.address }, home_patience_seconds = 0.5 }

lab.test("boots: trust lists first, then its file over HTTP, then registers as a Cisco phone", function()
  phone:power_on()
  local registration = phone:wait_registered { at = visiting, number = "2001" }
  lab.eq(visiting.requests[1], "CTL" .. device .. ".tlv")
  lab.eq(visiting.requests[4], device .. ".cnf.xml")
  local message = visiting.registrations[device].message
  lab.contains(message:get("Contact"), '+u.sip!model.ccm.cisco.com="684"')
  lab.contains(message:get("Reason"), "Last=initialized")
  lab.contains(message.body, "bulkregisterreq")
  lab.eq(registration.expires, 120)
end)

lab.test("a key whose URI is not in the file is no key of the phone", function()
  local pressed, why = pcall(phone.pick_up, phone, "pickup")
  lab.check(not pressed, "it has been pressed")
  lab.contains(why, "has no key pickup: its file has no URI for it")
  lab.contains(select(2, pcall(phone.pick_up, phone, "blfpickup", "2002")), "has no lamp key that picks up 2002")
end)

lab.test("refreshes its registration: the same Call-ID, a higher CSeq, no body", function()
  local before = visiting.registrations[device]
  phone:refresh()
  local after = visiting.registrations[device]
  lab.eq(after.call_id, before.call_id)
  lab.eq(after.message:get("CSeq"), "102 REGISTER")
  lab.eq(after.message.body, "")
  lab.eq(phone.registration.refreshed, 1)
end)

lab.test("fetches its file over TFTP when HTTP does not have it", function()
  visiting.tftp_only = true
  phone:power_cycle()
  phone:wait_registered { at = visiting }
  visiting.tftp_only = false
  local last = phone.downloads[#phone.downloads]
  lab.eq(last.how, "TFTP")
  lab.check(last.bytes > 512, "the file takes more than one block")
end)

lab.test("TFTP with options and without ends at the same bytes, also when the length is a multiple of the block", function()
  visiting.files.big = ("0123456789abcdef"):rep(64) -- 1,024 bytes
  for _, options in ipairs { {}, { blksize = 512 }, { blksize = 1428 }, { blksize = 100 } } do
    lab.eq(tftp.get(phone.address, visiting.address, phone.tftp_port, "big", options), visiting.files.big)
  end
  local bytes, _, code = tftp.get(phone.address, visiting.address, phone.tftp_port, "absent")
  lab.eq(bytes, nil)
  lab.eq(code, 1)
end)

lab.test("a malformed file leaves the old one in force", function()
  local good = visiting.files[device .. ".cnf.xml"]
  visiting.files[device .. ".cnf.xml"] = "<device><unclosed></device>"
  lab.eq(visiting:control(device, "restart").status, 200)
  lab.wait_for("the malformed file is seen", 3, function() return phone.malformed_files end)
  phone:wait_registered { number = "2001" }
  visiting.files[device .. ".cnf.xml"] = '<!DOCTYPE device [<!ENTITY x "y">]>' .. good
  lab.eq(visiting:control(device, "restart").status, 200)
  lab.wait_for("a file with a DTD is not taken", 3, function() return phone.malformed_files == 2 end)
  visiting.files[device .. ".cnf.xml"] = good
end)

lab.test("refuses a reset for another registration, obeys its own", function()
  phone:wait_registered()
  lab.eq(visiting:control(device, "reset", "somebody-else").status, 400)
  local boots = phone.boots
  lab.eq(visiting:control(device, "reset").status, 200)
  lab.wait_for("the phone boots", 3, function() return phone.boots == boots + 1 end)
  phone:wait_registered()
  lab.contains(visiting.registrations[device].message:get("Reason"), "Last=reset-reset")
end)

lab.test("check-version reads the file only when its stamp differs", function()
  local boots = phone.boots
  lab.eq(visiting:control(device, "check-version", nil, "v1").status, 200)
  phone:wait_registered()
  lab.eq(phone.boots, boots)
  lab.eq(visiting:control(device, "check-version", nil, "v2").status, 200)
  lab.wait_for("the phone reads it", 3, function() return phone.boots == boots + 1 end)
  phone:wait_registered()
end)

lab.test("fills in the login form of a service", function()
  visiting.files["emapp/EMAppServlet?device=" .. device .. "&EMCC=true"] = ([[<CiscoIPPhoneInput><Title>Login</Title><Prompt>Please</Prompt>
<URL>http://%s:8080/emapp/EMAppServlet?device=%s&amp;EMCC=true</URL>
<InputItem><DisplayName>User ID</DisplayName><QueryStringParam>userid</QueryStringParam><DefaultValue></DefaultValue><InputFlags>A</InputFlags></InputItem>
<InputItem><DisplayName>PIN</DisplayName><QueryStringParam>seq</QueryStringParam><DefaultValue></DefaultValue><InputFlags>NP</InputFlags></InputItem>
</CiscoIPPhoneInput>]]):format(visiting.address, device)
  visiting.files["emapp/EMAppServlet?device=" .. device .. "&EMCC=true&userid=al%20ice&seq=12345"] =
    "<CiscoIPPhoneText><Title>Login</Title><Text>Please try to login again (201)</Text></CiscoIPPhoneText>"
  local page = phone:login("al ice", 12345)
  lab.eq(page:code(), 201)
  lab.eq(page.kind, "Text")
end)

lab.test("obeys a redirect file: boots from home and registers there", function()
  home.files[device .. ".cnf.xml"] = stub.file(home.address, "1001", "h1")
  visiting.normal = visiting.files[device .. ".cnf.xml"]
  visiting.files[device .. ".cnf.xml"] = stub.redirect(home.address, ("http://%s:8080/logout?a=1&b=2"):format(visiting.address))
  lab.eq(visiting:control(device, "restart").status, 200)
  phone:wait_registered { at = home, number = "1001" }
  lab.eq(visiting.registrations[device], nil, "the phone has unregistered")
end)

lab.test("a call with audio straight between both; a restart waits for its end", function()
  local gateway = lab.gateway { name = "PSTN" }
  home.caller = gateway.agent
  local call = gateway.agent:invite(home.registrations[device].flow, "1001", { user = "4940123", display = "Somebody" })
  local ringing = phone:wait_call()
  lab.eq(ringing.party.name, "Somebody")
  lab.eq(ringing.party.number, "4940123")
  call:wait_ringing()
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  lab.eq(ringing.heard_from, gateway.address)
  local boots = phone.boots
  lab.eq(home:control(device, "restart").status, 200)
  lab.eq(phone.boots, boots, "it waits for the call to end")
  call:hang_up()
  ringing:wait_ended()
  lab.wait_for("it restarts when the call is over", 3, function() return phone.boots == boots + 1 end)
  phone:wait_registered { at = home }
end)

lab.test("a call that is refused, one that is given up, and a busy phone", function()
  local caller = home.caller
  local function invite() return caller:invite(home.registrations[device].flow, "1001", { user = "1" }) end
  local call = invite()
  phone:wait_call():reject(603, "Decline")
  call:wait_ended()
  lab.eq(call.status, 603)
  call = invite()
  local ringing = phone:wait_call()
  call:hang_up()
  call:wait_ended()
  lab.eq(call.status, 487)
  ringing:wait_ended()
  phone:set_answer("busy")
  call = invite()
  call:wait_ended()
  lab.eq(call.status, 486)
  phone:set_answer("ring")
end)

lab.test("gives home up when it is lost, asks the visited cluster to log out, and is back", function()
  visiting.files["logout?a=1&b=2"] = function()
    visiting.files[device .. ".cnf.xml"] = visiting.normal
    return "<CiscoIPPhoneText><Text>Logged out</Text></CiscoIPPhoneText>"
  end
  home.files[device .. ".cnf.xml"] = nil
  lab.eq(home:control(device, "restart").status, 200)
  phone:wait_registered { at = visiting, number = "2001" }
  lab.contains(phone.gave_up_home, "Logged out")
end)

lab.test("a refused registration is tried again", function()
  visiting.refuse = 503
  phone:power_cycle()
  lab.wait_for("it waits", 3, function() return phone.state == "waiting" end)
  visiting.refuse = nil
  phone:wait_registered()
end)

lab.test("the stream cutter and the scanner stand odd input", function()
  local cut = sip.cutter()
  local text = "OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/TCP h;branch=z9hG4bK1\r\nf: <sip:x@y>;tag=1\r\nt: \"A; B\" <sip:a@b>\r\ni: 1\r\n"
    .. "CSeq: 1 OPTIONS\r\nSubject: folded\r\n text\r\nl: 4\r\n\r\nbody"
  lab.eq(#cut("\r\n\r\n" .. text:sub(1, 40)), 0)
  local messages = cut(text:sub(41) .. text)
  lab.eq(#messages, 2)
  lab.eq(messages[1].body, "body")
  lab.eq(messages[1]:get("Subject"), "folded text")
  lab.eq(messages[2]:get("Call-ID"), "1")
  lab.eq(sip.parse_address(messages[1]:get("To")).name, "A; B")
  lab.eq(cut("NOTIFY sip:a@b SIP/2.0\r\nVia: x\r\n\r\n"), nil, "a message without a length ends the stream")
  lab.eq(sip.parse("nonsense\r\n\r\n"), nil)
end)
