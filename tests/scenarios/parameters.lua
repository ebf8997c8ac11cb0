-- Each service parameter of Extension Mobility and each EMCC feature parameter shows its effect at once, without a restart. Those
-- whose effect another test shows stand in the list at the end, with that test.
local codes = require "codes"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk

local function set(cluster, service, title, value) cluster:cli { "param", "set", service, title, tostring(value) } end
local function em(title, value) set(br, "Cisco Extension Mobility", title, value) end
local function emcc(cluster, title, value) set(cluster, "EMCC", title, value) end

local function url(query) return ("http://%s:8080/emapp/EMAppServlet?%s"):format(br.address, query) end

local function log_out()
  desk:logout()
  pair.wait_clean(world)
end

-- Seconds that William's login may last; nil without end.
local function local_seconds()
  lab.eq(desk:login("william", "67890"):code(), nil)
  desk:wait_registered { at = br, number = "6100" }
  local session = br:get("sessions/" .. pair.desk_name)
  log_out()
  if not session.expires_at then return nil end
  local function minute_of_day(text) return tonumber(text:sub(12, 13)) * 60 + tonumber(text:sub(15, 16)) end
  return (minute_of_day(session.expires_at) - minute_of_day(session.login_time)) % 1440
end

lab.test("Enforce Intra-cluster Maximum Login Time, Intra-cluster Maximum Login Time", function()
  em("Intra-cluster Maximum Login Time", "2:30")
  em("Enforce Intra-cluster Maximum Login Time", false)
  lab.eq(local_seconds(), nil, "not enforced")
  em("Enforce Intra-cluster Maximum Login Time", true)
  lab.eq(local_seconds(), 150, "minutes")
  em("Intra-cluster Maximum Login Time", "0:00")
  lab.eq(local_seconds(), nil, "0:00 is for ever")
end)

lab.test("Intra-cluster Multiple Login Behavior: allowed", function()
  em("Intra-cluster Multiple Login Behavior", "allowed")
  lab.eq(desk:open(url "device=SEP00BB00000002&userid=william&seq=67890"):code(), nil)
  lab.eq(desk:login("william", "67890"):code(), nil)
  desk:wait_registered { at = br, number = "6100" }
  lab.eq(#br:list "sessions", 2)
  br:cli "session logout SEP00BB00000002"
  log_out()
end)

lab.test("Multiple Login Behavior Applies to EMCC", function()
  local second = "device=SEP00BB00000002&EMCC=true&userid=alice&seq=12345"
  pair.log_alice_in(world)
  set(hq, "Cisco Extension Mobility", "Multiple Login Behavior Applies to EMCC", true)
  lab.eq(desk:open(url(second)):code(), 25)
  set(hq, "Cisco Extension Mobility", "Multiple Login Behavior Applies to EMCC", false)
  lab.eq(desk:open(url(second)):code(), nil)
  hq:cli "session logout SEP00BB00000002"
  hq:wait_gone "sessions/SEP00BB00000002"
  br:wait_gone "sessions/SEP00BB00000002"
  log_out()
end)

lab.test("Alphanumeric User ID", function()
  for _, case in ipairs { { false, "N" }, { true, "A" } } do
    em("Alphanumeric User ID", case[1])
    lab.eq(desk:open(url("device=" .. pair.desk_name)).fields[1].flags, case[2])
  end
end)

lab.test("Remember the Last User Logged In", function()
  for _, case in ipairs { { false, "" }, { true, "william" } } do
    em("Remember the Last User Logged In", case[1])
    local_seconds()
    lab.eq(desk:open(url("device=" .. pair.desk_name)).fields[1].default, case[2])
  end
end)

lab.test("Clear Call Logs on Intra-Cluster EM", function()
  for _, case in ipairs { { false, nil }, { true, true } } do
    em("Clear Call Logs on Intra-Cluster EM", case[1])
    local page = desk:login("william", "67890")
    lab.eq(page.refresh and page.refresh.url:find("clearCallLogs", 1, true) and true, case[2], "the phone is told to clear its call log")
    desk:wait_registered { at = br, number = "6100" }
    log_out()
  end
end)

lab.test("Validate IP Address, Trusted List of IPs, Extension Mobility Cache Size", function()
  local stranger, named = lab.address(71), lab.address(72)
  local function shown(from) return codes.page_text(br, "device=" .. pair.desk_name, nil, from) end
  local refused = codes.entries[28].login
  em("Validate IP Address", true)
  lab.eq(shown(stranger), refused, "an address that nobody knows")
  lab.check(shown(desk.address) ~= refused, "a registered phone's address")
  em("Trusted List of IPs", "192.0.2.1;" .. stranger)
  lab.check(shown(stranger) ~= refused, "an address in the list")
  lab.eq(shown(named), refused, "one that is not in it")
  em("Trusted List of IPs", "")
  lab.check(shown(stranger) ~= refused, "an address that was allowed before is remembered")
  em("Extension Mobility Cache Size", 2000)
  lab.eq(shown(stranger), refused, "a cache of another size begins empty")
  em("Validate IP Address", false)
  lab.check(shown(stranger) ~= refused, "not validated")
end)

lab.test("Allow Proxy, EMCC Allow Proxy: each for its kind of request, only with Validate IP Address", function()
  local function proxied(query) return codes.page_text(br, "device=" .. pair.desk_name .. query, { Via = "1.1 proxy" }, desk.address) end
  local refused = codes.entries[30].login
  for _, case in ipairs { { true, false, "&EMCC=true", "" }, { false, true, "", "&EMCC=true" } } do
    em("Allow Proxy", case[1])
    em("EMCC Allow Proxy", case[2])
    em("Validate IP Address", false)
    lab.check(proxied(case[3]) ~= refused, "not validated: %s", case[3])
    em("Validate IP Address", true)
    lab.eq(proxied(case[3]), refused)
    lab.check(proxied(case[4]) ~= refused, "the other kind: %s", case[4])
  end
  em("Validate IP Address", false)
end)

lab.test("Enable All Remote Cluster Services When Adding A New Remote Cluster", function()
  for _, value in ipairs { true, false } do
    emcc(hq, "Enable All Remote Cluster Services When Adding A New Remote Cluster", value)
    hq:cli("remote-cluster add cluster_id=FR fully_qualified_name=192.0.2.7")
    local record = hq:get "remote_clusters/FR"
    lab.eq(record.emcc and record.pstn_access and record.rsvp_agent or false, value)
    hq:rest("DELETE", "remote_clusters/FR")
  end
end)

lab.test("EMCC Geolocation Filter", function()
  hq:cli "geolocation-filter add name=Streets use_street=true"
  for _, case in ipairs { { "Streets", "" }, { "EMCC_filter", "Roaming London" } } do
    emcc(hq, "EMCC Geolocation Filter", case[1])
    pair.log_alice_in(world)
    lab.eq(hq:get("sessions/" .. pair.desk_name).roaming_device_pool or "", case[2], "with the filter " .. case[1])
    log_out()
  end
end)

lab.test("CSS for PSTN Access SIP Trunk", function()
  hq:cli "route-pattern add pattern=6XXX partition=Emergency-GB route_list=HQ-Local"
  local leeds = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }
  leeds:power_on()
  leeds:wait_registered { at = br, number = "6002" }
  pair.log_alice_in(world)
  local call = desk:dial "6002"
  call:wait_ended()
  lab.check(call.status >= 400, "the trunk's CSS reaches emergency numbers only")
  emcc(br, "CSS for PSTN Access SIP Trunk", "use_phones_original_device_css")
  call = desk:dial "6002"
  local ringing = leeds:wait_call()
  lab.eq(ringing.party.name, "Alice Archer")
  call:hang_up()
  ringing:wait_ended()
  emcc(br, "CSS for PSTN Access SIP Trunk", "use_trunk_css")
  log_out()
  leeds:power_off()
end)

lab.test("the three EMCC Region parameters are told to partners, and compared", function()
  local function rsvp()
    for _, service in ipairs(br:get "remote_cluster_statuses/HQ".services) do
      if service.service == "rsvp_agent" then return service.remote_activated end
    end
  end
  pair.update(world)
  local before = rsvp()
  for _, case in ipairs {
    { "EMCC Region Max Audio Bit Rate", "max_audio_bit_rate", 64, 8 },
    { "EMCC Region Max Video Call Bit Rate (Includes Audio)", "max_video_bit_rate", 512, 384 },
    { "EMCC Region Audio Codec Preference List", "audio_codec_preference_list", "Factory Default lossy", "Factory Default low loss" },
  } do
    emcc(hq, case[1], case[3])
    pair.update(world)
    lab.eq(br:get "remote_cluster_statuses/HQ"[case[2]], case[3], case[1])
    lab.contains(br:try "emcc validate".output .. br:try "emcc check".output, "EMCC Region", case[1])
    lab.check(tostring(rsvp()) ~= "active" and tostring(rsvp()) ~= "yes", "RSVP agent is off while they differ: %s", tostring(rsvp()))
    emcc(hq, case[1], case[4])
    pair.update(world)
  end
  lab.eq(rsvp(), before, "and as before when they are equal again")
end)

-- Alice in London and Bob at home, whose phones can do more than the default lets them.
local function with_alice_and_bob(story)
  local bob = pair.bob(hq)
  bob:power_on()
  bob:wait_registered { at = hq, number = "4002" }
  pair.log_alice_in(world)
  local usual = { desk.agent.codecs, bob.agent.codecs }
  story(bob)
  desk.agent.codecs, bob.agent.codecs = usual[1], usual[2]
  desk.agent.video, bob.agent.video = nil, nil
  log_out()
  bob:power_off()
end

-- A call that is answered, then held; what each side was told of the other's media.
local function told(from, to, number)
  local call = from:dial(number)
  local ringing = to:wait_call()
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  local media = { offered = ringing.remote_media, answered = call.remote_media }
  media.held = call:hold "sendonly"
  media.reoffered = ringing.remote_media
  call:hang_up()
  ringing:wait_ended()
  return media
end

local function codecs(media) return table.concat(media.codecs, " ") end

lab.test("EMCC Region Max Audio Bit Rate: of the calls of a phone of EMCC, from it and to it, and of none else", function()
  with_alice_and_bob(function(bob)
    for _, way in ipairs { { desk, bob, "4002" }, { bob, desk, "4001" } } do
      local media = told(table.unpack(way))
      lab.eq(codecs(media.offered), "G729", "8 kbps")
      lab.eq(codecs(media.answered), "G729")
      lab.eq(media.held, 200)
      lab.eq(codecs(media.reoffered), "G729", "and in a re-INVITE")
      lab.eq(media.reoffered.direction, "sendonly")
    end
    bob.agent.codecs = { "PCMU", "PCMA" }
    local call = bob:dial "4001"
    call:wait_ended()
    lab.eq(call.status, 488)
    lab.contains(hq:log_text(), "No audio codec is within the EMCC Region Max Audio Bit Rate of 8 kbps: PCMU 64 kbps, PCMA 64 kbps")
    local london = lab.gateway { name = "London-Gateway", address = lab.address(52) }
    london.agent.codecs = { "PCMU" }
    call = desk:dial "999"
    local help = london:wait_call { dialled = "999" }
    lab.eq(codecs(help.remote_media), "G729 PCMU", "what goes back to London is ordered, and nothing is taken out")
    call:wait_answered()
    lab.talk_both(call, help)
    lab.eq(codecs(call.remote_media), "PCMU", "an emergency call to a gateway that speaks nothing else")
    call:hang_up()
    help:wait_ended()
    emcc(hq, "EMCC Region Max Audio Bit Rate", 64)
    desk.agent.codecs = { "PCMU", "G729" }
    lab.eq(codecs(told(bob, desk, "4001").offered), "PCMU PCMA")
    emcc(hq, "EMCC Region Max Audio Bit Rate", 8)
  end)
  local leeds = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }
  leeds:power_on()
  leeds:wait_registered { at = br, number = "6002" }
  lab.eq(codecs(told(leeds, desk, "6001").offered), "PCMU G729", "phones at home are not concerned")
  leeds:power_off()
end)

lab.test("EMCC Region Max Video Call Bit Rate (Includes Audio)", function()
  with_alice_and_bob(function(bob)
    desk.agent.video, bob.agent.video = 2000, 1500
    local media = told(desk, bob, "4002")
    lab.eq(media.offered.video, 376, "384 with 8 kbps of audio")
    lab.eq(media.answered.video, 376)
    emcc(hq, "EMCC Region Max Video Call Bit Rate (Includes Audio)", 1008)
    lab.eq(told(bob, desk, "4001").offered.video, 1000)
    emcc(hq, "EMCC Region Max Video Call Bit Rate (Includes Audio)", 0)
    media = told(desk, bob, "4002")
    lab.eq(media.offered.video, 0, "refused")
    lab.eq(codecs(media.answered), "G729", "and the audio is not")
    emcc(hq, "EMCC Region Max Video Call Bit Rate (Includes Audio)", 384)
  end)
end)

lab.test("EMCC Region Audio Codec Preference List: factory lists, one of the administrator's own, and none that does not exist", function()
  emcc(hq, "EMCC Region Max Audio Bit Rate", 64)
  hq:cli { "audio-codec-preference-list", "add", "name=Law first", [=[codecs=[{"name":"g711_alaw"},{"name":"g711_ulaw"}]]=] }
  with_alice_and_bob(function(bob)
    bob.agent.codecs = { "PCMU", "iSAC", "PCMA", "G722" }
    desk.agent.codecs = { "PCMA", "PCMU", "G722", "iSAC" }
    for _, case in ipairs {
      { "Factory Default low loss", "G722 iSAC PCMU PCMA" }, { "Factory Default lossy", "iSAC G722 PCMU PCMA" }, { "Law first", "PCMA PCMU iSAC G722" },
    } do
      emcc(hq, "EMCC Region Audio Codec Preference List", case[1])
      lab.eq(codecs(told(bob, desk, "4001").offered), case[2], case[1])
    end
  end)
  local refused = hq:try { "param", "set", "EMCC", "EMCC Region Audio Codec Preference List", "Nobody's" }
  lab.check(refused.code ~= 0, "a list that does not exist")
  lab.contains(refused.error .. refused.output, "does not exist")
  refused = hq:try { "param", "set", "EMCC", "EMCC Geolocation Filter", "Nobody's" }
  lab.check(refused.code ~= 0, "nor a filter")
  refused = hq:try { "audio-codec-preference-list", "remove", "Law first" }
  lab.contains(refused.error .. refused.output, "EMCC Region Audio Codec Preference List")
  emcc(hq, "EMCC Region Audio Codec Preference List", "Factory Default low loss")
  hq:cli { "audio-codec-preference-list", "remove", "Law first" }
  emcc(hq, "EMCC Region Max Audio Bit Rate", 8)
end)

lab.test("Redirect File: the three element names", function()
  local names = { ["TFTP Address"] = "homeServer", Logout = "leaveAt", ["EMCC Mode"] = "abroad" }
  local usual = { ["TFTP Address"] = "tempTftpAddress", Logout = "visitingLogoutURI", ["EMCC Mode"] = "emccMode" }
  pair.log_alice_in(world)
  local function file() return task.http { url = ("http://%s:6970/%s.cnf.xml"):format(br.address, pair.desk_name), from = desk.address }.body end
  for what, name in pairs(names) do emcc(br, ("Redirect File: %s Element"):format(what), name) end
  local text = file()
  for what, name in pairs(usual) do emcc(br, ("Redirect File: %s Element"):format(what), name) end
  lab.contains(text, "<homeServer1>" .. hq.address .. "</homeServer1>")
  lab.contains(text, "<abroad>")
  lab.contains(text, "<leaveAt>")
  lab.contains(file(), "<tempTftpAddress1>" .. hq.address)
  log_out()
end)

lab.test("RSVP SIP Trunk Keep-Alive Timer: asked at once in the new interval, gone after two silent ones, back with the first answer", function()
  local function row()
    for _, service in ipairs(hq:get "remote_cluster_statuses/BR".services) do
      if service.service == "rsvp_agent" then return service end
    end
  end
  local function kept_alive()
    local text = task.http { url = ("http://%s:%d/metrics"):format(hq.address, hq.ports.http) }.body
    return tonumber(text:match "sojourn_ccm_rsvp_keep_alives_total (%d+)") or 0
  end
  local timer = "RSVP SIP Trunk Keep-Alive Timer"
  pair.update(world)
  lab.eq(row().remote_activated, "yes")
  desk:power_off()
  emcc(hq, timer, 600)
  local before = kept_alive()
  emcc(hq, timer, 1)
  lab.wait_for("BR is asked every second", 5, function() return kept_alive() >= before + 2 end)
  lab.eq(row().remote_activated, "yes", "and answers")
  local watch = hq:watch "rsvp_agent.changed"
  br:cli "service deactivate callmanager"
  local gone = watch:wait(function(told) return told.event.cluster_id == "BR" and not told.event.reachable end, 8).event
  lab.wait_for("its row says so", 3, function() return row().remote_activated == "no" end)
  lab.contains(row().reason, "cannot be reached: connection refused")
  lab.check(row().silent_since, "since when")
  lab.contains(hq:log_text(), "RSVP agent of cluster BR: no answer for 2 intervals, marked down")
  pair.update(world)
  lab.eq(row().remote_activated, "no", "whatever an update says meanwhile")
  br:cli "service activate callmanager"
  watch:wait(function(told) return told.event.cluster_id == "BR" and told.event.reachable end, 8)
  lab.wait_for("it is back", 5, function() return row().remote_activated == "yes" end)
  br:cli "intercluster-service-profile set rsvp_agent_active=false"
  lab.wait_for("nor is it active without the profile", 8, function() return row().remote_activated == "no" end)
  lab.contains(row().reason, "480")
  br:cli "intercluster-service-profile set rsvp_agent_active=true"
  lab.wait_for("and it is back once more", 8, function() return row().remote_activated == "yes" end)
  emcc(hq, timer, 15)
  desk:power_on()
  desk:wait_registered { at = br, number = "6001" }
  return gone.reason
end)

-- Parameter, and where its effect is shown; false where it has none that could be seen.
local elsewhere = {
  ["Maximum Concurrent Requests"] = "error_codes.lua: 26",
  ["Inter-cluster Maximum Login Time"] = "emcc_limit.lua",
  ["Default TFTP Server for EMCC Login Device"] = "error_codes_clusters.lua: 39",
  ["Backup TFTP Server for EMCC Login Device"] = "known_defects.lua: CSCvw50430",
  ["Default Server For Remote Cluster Update"] = "known_defects.lua: CSCvw50430",
  ["Backup Server for Remote Cluster Update"] = "known_defects.lua: CSCvw50430",
  ["Default Interval for Expired EMCC Device Maintenance"] = "../plugins/test_em_intervals.c",
  ["Remote Cluster Update Interval"] = "../plugins/test_em_intervals.c",
}

lab.test("no parameter is forgotten", function()
  local this = codes.read_file "parameters.lua"
  for _, parameter in ipairs(hq:list "parameters") do
    if parameter.service == "Cisco Extension Mobility" or parameter.service == "EMCC" then
      local title = parameter.title
      local place = elsewhere[title]
      if place then
        local text = codes.read_file(place:match "^[^:]*")
        local named = place:match ": (.*)$"
        lab.check(not named or text:find('"' .. named, 1, true), "%s shows no %s", place, named or "")
      elseif place == nil then
        local short = title:gsub("^EMCC Region ", ""):gsub(" %(Includes Audio%)$", ""):gsub("^Redirect File.*", "Redirect File")
        local shown = false
        for name in this:gmatch 'lab%.test%("([^"]*)"' do shown = shown or name:find(short, 1, true) end
        lab.check(shown, "%s has no test", title)
      end
    end
  end
end)
