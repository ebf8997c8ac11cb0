-- One traveller between two real clusters:  ./run demo   (or: sojourn lab run examples/two-clusters/demo.lua [--stay])
--
-- HQ in San Jose is Alice's home. BR in London has a phone for whoever comes by. Both are nodes of their own, with their own stores and
-- keys, on two loopback addresses; the phones are simulated, but every packet is real. Each step prints one line with what was seen.
local lab = require "lab"

local hq = lab.cluster { id = "HQ" }
local br = lab.cluster { id = "BR" }
local services = { "certificates", "callmanager", "tftp", "extension-mobility", "bulk" }

-- The gateways to the public network: their addresses stand in the apply files.
local london = lab.gateway { name = "London-Gateway", address = lab.address(52), answer = "auto" }
local leeds = lab.gateway { name = "Leeds-Gateway", address = lab.address(53), answer = "auto" }

local bob = lab.phone { name = "Bob's phone", mac = "00AA00000002", home = hq }
local desk = lab.phone { name = "London hot desk", mac = "00BB00000001", home = br }
local exchange = lab.directory .. "/exchange"

local function here(path, cluster)
  return cluster:apply_file(lab.beside(path), { ["127.10.0."] = lab.range })
end

lab.say("Sojourn: one traveller between the clusters HQ (%s) and BR (%s)", hq.address, br.address)

lab.step("1. Both nodes start from a node file", function()
  local hq_seconds, br_seconds = hq:start(), br:start()
  return ("HQ ready in %.2f s, BR in %.2f s"):format(hq_seconds, br_seconds)
end)

lab.step("1. The services are activated on both, by command", function()
  for _, cluster in ipairs { hq, br } do
    for _, service in ipairs(services) do cluster:cli("service activate " .. service) end
    cluster:wait_ready()
  end
  return table.concat(services, ", ")
end)

lab.step("2. Each cluster's configuration is applied from one file", function()
  here("hq.lua", hq)
  here("br.lua", br)
  lab.eq(hq:get("phones/SEP00AA00000002").lines[1].display, "Bob Baker")
  lab.eq(#br:list("phones"), 3)
  return "hq.lua and br.lua: steps 1 to 5 and 10 to 19 of the guide"
end)

lab.step("5. The phones boot and register where they belong", function()
  bob:power_on()
  desk:power_on()
  bob:wait_registered { at = hq, number = "4002" }
  desk:wait_registered { at = br, number = "6001" }
  local file = desk.downloads[#desk.downloads]
  return ("Bob 4002 at HQ, the London hot desk 6001 at BR; %s over %s, %d bytes"):format(file.name, file.how, file.bytes)
end)

lab.step("3. Before the certificates the clusters do not trust each other", function()
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), 208, "the code that Alice sees")
  return "Alice sees \"" .. page.text .. "\""
end)

lab.step("3. Certificates: exported, consolidated, imported on both sides", function()
  for _, cluster in ipairs { hq, br } do
    cluster:apply { bulk_certificate_management = { url = "file://" .. exchange .. "/" } }
    cluster:cli("cert export")
  end
  hq:cli("cert consolidate")
  for _, cluster in ipairs { hq, br } do cluster:cli("cert import confirm=true") end
  hq:cli("remote-cluster update BR")
  br:cli("remote-cluster update HQ")
  local trusted = #br:list("trusted_certificates")
  lab.check(trusted > 0, "BR trusts no certificate")
  return ("BR trusts %d certificates of HQ, and asked HQ for its state"):format(trusted)
end)

lab.step("4. EMCC base devices are inserted by a job", function()
  hq:cli("emcc update EMCC_Device_Template")
  local job = hq:json("emcc insert 5")
  local done = hq:wait_record("jobs/" .. job.job_id, function(record) return record.status == "completed" end)
  lab.eq(#hq:list("emcc_base_devices"), 5)
  return ("job %s is %s: %s"):format(done.job_id, done.status, done.result)
end)

lab.step("6. Alice of HQ logs in on the London hot desk", function()
  local page = desk:open_service("Extension Mobility")
  lab.eq(page.kind, "Input", "the login form")
  page = page:submit { userid = "alice", seq = "12345" }
  lab.eq(page:code(), nil, page:words())
  local session = hq:wait_record("sessions/SEP00BB00000001")
  return ("\"%s\"; HQ took %s and chose the device pool %s"):format(page.text, session.base_device, session.roaming_device_pool)
end)

lab.step("6. The phone is sent home: BR's file redirects it, HQ's gives it Alice's number", function()
  desk:wait_registered { at = hq, number = "4001" }
  lab.eq(desk.controls[#desk.controls].action == "reset" or desk.controls[#desk.controls].action == "restart", true)
  lab.eq(desk.file_server, hq.address, "where its file is from")
  lab.eq(desk.file.time_zone, "GMT Standard/Daylight Time", "its clock, which is London's")
  return ("registered at HQ as %s, logout URL %s"):format(desk:number(), desk.emcc.logout_url)
end)

lab.step("7. Bob calls Alice: the phone in London rings and is answered", function()
  local call = bob:dial("4001")
  local ringing = desk:wait_call()
  lab.eq(ringing.party.name, "Bob Baker", "the name that Alice sees")
  lab.eq(ringing.party.number, "4002", "the number that Alice sees")
  call:wait_ringing()
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  lab.eq(call.remote_media.address, desk.address, "media address of the phone in London")
  lab.eq(ringing.remote_media.address, bob.address, "media address of Bob's phone")
  call:hang_up()
  ringing:wait_ended()
  return ("audio straight between %s and %s"):format(bob.address, desk.address)
end)

lab.step("7. Alice calls Bob", function()
  local call = desk:dial("4002")
  local ringing = bob:wait_call()
  lab.eq(ringing.party.name, "Alice Archer", "the name that Bob sees")
  lab.eq(ringing.party.number, "4001", "the number that Bob sees")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  ringing:hang_up()
  call:wait_ended()
  return "Bob saw Alice Archer 4001"
end)

lab.step("8. Alice dials 999: HQ sends the call back to BR, it leaves through London's gateway", function()
  local calls = br:watch("call.started")
  local digits, seconds = desk:press("999")
  lab.eq(seconds, 0, "seconds that her phone waits for more digits")
  local call = desk:dial(digits)
  local outside = london:wait_call { dialled = "999" }
  call:wait_answered()
  lab.eq(outside.party.name, "Alice Archer", "the name that the emergency service sees")
  lab.eq(outside.party.number, "4001", "the number that the emergency service sees")
  lab.eq(#leeds:incoming(), 0, "calls through Leeds")
  local event = calls:wait(function(told) return told.event.dialled_number == "999" end).event
  lab.eq(event.calling_device, "SEP00BB00000001", "the device that BR sees calling")
  lab.eq(event.remote_cluster_id, "HQ", "the cluster that BR sees the call come from")
  lab.talk_both(call, outside)
  lab.eq(outside.heard_from, desk.address, "where the audio comes from")
  call:hang_up()
  outside:wait_ended()
  return ("with Alice Archer 4001; BR knew it was %s, so not Leeds, where the trunk's own device pool points"):format(event.calling_device)
end)

lab.step("9. BR's page of the phone tells who is on it", function()
  local session = br:get("sessions/SEP00BB00000001")
  lab.eq(session.remote_cluster_id, "HQ", "Remote Cluster ID")
  lab.eq(session.user_id, "alice", "Remote User ID")
  return ("Remote Cluster ID %s, Remote User ID %s, Remote Log In Time %s"):format(session.remote_cluster_id, session.user_id, session.login_time)
end)

lab.stay(([[

Try it by hand, with both clusters up:
  curl 'http://%s:8080/emapp/EMAppServlet?device=SEP00BB00000001&EMCC=true'     the page on the London hot desk
  %s/sojourn --node %s session list
  %s/sojourn --node %s session logout SEP00BB00000001
  %s/sojourn --node %s events tail
  a softphone: user carol, password carols-secret, number 4003, registrar %s (UDP 5060); call 4001 for Alice, 4002 for Bob]]):format(
  br.address, br.programs, br.state, hq.programs, hq.state, hq.programs, hq.state, hq.address))

lab.step("9. Alice logs out: both sides are clean, the phone is back at BR", function()
  local page = desk:logout()
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = br, number = "6001" }
  hq:wait_gone("sessions/SEP00BB00000001")
  br:wait_gone("sessions/SEP00BB00000001")
  hq:wait_gone("live_devices/SEP00BB00000001")
  for _, device in ipairs(hq:list("emcc_base_devices")) do
    lab.check((device.device_name or "") == "", "%s is still taken by %s", device.name, tostring(device.device_name))
  end
  return ("\"%s\"; all base devices are free"):format(page.text)
end)
