-- Every way in which a session across clusters ends, or does not: afterwards both sides are clean, the base device is free, the phone is at
-- BR, Alice can log in again, and each side has told of the end once, with its cause. By time: emcc_limit.lua; maintenance and clocks that
-- differ: test_plugin_emcc.
local codes = require "codes"
local core = require "core"
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk
local session = "sessions/" .. pair.desk_name
local line, told, other

lab.step("a line between the clusters, an application at both, a second phone", function()
  for _, cluster in ipairs { hq, br } do
    cluster:apply { application_users = { { user_id = "hub", password = "hub-password", roles = { "Standard EM Authentication Proxy Rights" } } } }
  end
  line = lab.line(br, hq)
  desk.home_patience_seconds = 2
  told = { [hq] = hq:watch "session.ended", [br] = br:watch "session.ended" }
  line:carry(desk)
  other = lab.phone { name = "Leeds hot desk", mac = "00BB00000002", home = br }
  other:power_on()
  other:wait_registered { at = br }
end)

local function log_out_at(cluster) cluster:ask("session/logout", { device_name = pair.desk_name }) end

local function by_application(cluster)
  local code, body = codes.api(cluster, ("<request><appInfo><appID>hub</appID><appCertificate>hub-password</appCertificate></appInfo>"
    .. "<logout><deviceName>%s</deviceName></logout></request>"):format(pair.desk_name))
  lab.eq(code, nil, body)
end

local function both_are_in()
  desk:wait_registered { at = hq, number = "4001" }
  lab.eq(hq:get(session).state, "active", "at HQ")
  lab.eq(br:get(session).state, "active", "at BR")
end

-- Nobody is told by a node of what happens at the other; phones get through.
local function nodes_apart()
  line:cut(hq)
  line:cut(br)
end

local function is_ending(cluster) cluster:wait_record(session, function(record) return record.state == "ending" end) end

-- Takes a record away and returns it as it can be written again.
local function remove(cluster, path)
  local record = cluster:get(path)
  local status, answer = cluster:rest("DELETE", path)
  lab.eq(status, 409, "what is in use says so first: " .. path)
  lab.contains(answer.detail, ("is logged in on %s"):format(pair.desk_name))
  lab.contains(answer.detail, "force=true removes it all the same")
  lab.eq(cluster:get(session).state, "active", "the session goes on after the refusal")
  status = cluster:rest("DELETE", path .. "?force=true")
  lab.check(status < 300, "DELETE %s answered %d", path, status)
  return record
end

local function next_login(code)
  local page = other:login("alice", "12345")
  lab.eq(page:code(), code, page:words())
  return page:words()
end

local alice = {
  user_id = "alice", first_name = "Alice", last_name = "Archer", pin = "12345", enable_emcc = true, controlled_profiles = { "Alice" },
  default_profile = "Alice", primary_extension = "4001@HQ-Phones", self_service_user_id = "4001",
}

-- What happens, the cause at HQ, the cause at BR when it is another one, how. The way may return what was seen.
local cases = {
  { "the user, on the phone", "user", nil, function() desk:logout() end },
  { "the home administrator", "administrator", nil, function() log_out_at(hq) end },
  { "the visited administrator, with the phone registered at home", "administrator", nil, function() log_out_at(br) end },
  { "an application, at home", "application", nil, function() by_application(hq) end },
  { "an application, at the visited cluster", "application", nil, function() by_application(br) end },

  { "at home, and the visited cluster is told late", "administrator", nil, function()
    nodes_apart()
    desk:power_off()
    log_out_at(hq)
    is_ending(hq)
    lab.eq(br:get(session).state, "active", "BR does not know yet")
    line:restore()
    pair.update(world)
    br:wait_gone(session)
    desk:power_on()
  end },
  { "at the visited cluster, and home is told late", "administrator", nil, function()
    nodes_apart()
    log_out_at(br)
    is_ending(br)
    desk:refresh()
    desk:wait_registered { at = hq, number = "4001" }
    line:restore()
    pair.update(world)
  end },
  { "on both sides, each without knowing of the other", "administrator", nil, function()
    nodes_apart()
    desk:power_off()
    log_out_at(br)
    log_out_at(hq)
    is_ending(br)
    is_ending(hq)
    line:restore()
    pair.update(world)
    desk:power_on()
  end },

  { "not by disabling the user, nor by Enable EMCC off: the next login is refused", "user", nil, function()
    local seen = {}
    hq:cli "end-user set alice enable_emcc=false"
    seen[1] = next_login(31)
    hq:cli "end-user set alice enable_emcc=true enabled=false"
    seen[2] = next_login(2)
    desk:refresh()
    both_are_in()
    hq:cli "end-user set alice enabled=true"
    desk:logout()
    return table.concat(seen, "; ")
  end },
  { "not by EMCC off in the Intercluster Service Profile: the next login is refused", "user", nil, function()
    hq:cli "intercluster-service-profile set emcc_active=false"
    local seen = next_login(38)
    pair.update(world)
    both_are_in()
    desk:logout()
    desk:wait_registered { at = br }
    hq:cli "intercluster-service-profile set emcc_active=true"
    return seen
  end },
  { "not by EMCC off in both remote cluster records", "user", nil, function()
    hq:cli "remote-cluster set BR emcc=false"
    br:cli "remote-cluster set HQ emcc=false"
    pair.update(world)
    both_are_in()
    desk:logout()
    desk:wait_registered { at = br }
    hq:cli "remote-cluster set BR emcc=true"
    br:cli "remote-cluster set HQ emcc=true"
    pair.update(world)
  end },
  { "at the visited cluster, while the service is off at home", "administrator", nil, function()
    hq:cli "service deactivate extension-mobility force=true"
    log_out_at(br)
    is_ending(br)
    hq:cli "service activate extension-mobility"
    pair.update(world)
  end },
  { "at home, while the service is off at the visited cluster", "administrator", { "administrator", "home_lost" }, function()
    br:cli "service deactivate extension-mobility force=true"
    log_out_at(hq)
    is_ending(hq)
    br:cli "service activate extension-mobility"
    pair.update(world)
  end },
  { "by deleting the user", "user_removed", nil, function()
    remove(hq, "end_users/alice")
    desk:wait_registered { at = br }
    hq:apply { end_users = { alice } }
  end },
  { "by deleting the phone at the visited cluster", "phone_removed", nil, function()
    local record = remove(br, "phones/" .. pair.desk_name)
    hq:wait_gone(session)
    br:apply { phones = { record } }
  end },
  { "by deleting the visited cluster's record at home", "remote_cluster_removed", { "home_lost", "reconciled" }, function()
    local record = remove(hq, "remote_clusters/BR")
    hq:wait_gone(session)
    desk:wait_registered { at = br, number = "6001" }
    br:try "remote-cluster update HQ"
    br:wait_gone(session)
    hq:apply { remote_clusters = { record } }
    pair.update(world)
  end },
  { "by deleting the home cluster's record at the visited one", "reconciled", { "remote_cluster_removed" }, function()
    local record = remove(br, "remote_clusters/HQ")
    br:wait_gone(session)
    hq:json "remote-cluster update BR"
    hq:wait_gone(session)
    br:apply { remote_clusters = { record } }
    pair.update(world)
  end },

  { "not by a power cut at the phone: the visited cluster sends it home again", "user", nil, function()
    desk:power_cycle()
    both_are_in()
    pair.update(world)
    both_are_in()
    desk:logout()
  end },
  { "a power cut at the phone with home out of reach: the phone gives home up", "home_lost", nil, function()
    desk:power_off()
    line:cut()
    desk:power_on()
    desk:wait_registered { at = br, number = "6001" }
    lab.contains(desk.gave_up_home, "Logout successful")
    is_ending(br)
    lab.eq(hq:get(session).state, "active", "HQ does not know yet")
    line:restore()
    pair.update(world)
  end },
  { "the line breaks under a phone in use, for longer than its patience", "home_lost", nil, function()
    line:cut()
    desk:wait_registered { at = br, number = "6001" }
    line:restore()
    pair.update(world)
  end },
  { "not when the line breaks for a moment", "user", nil, function()
    line:cut()
    lab.wait_for("the phone has lost home", 3, function() return desk.state ~= "registered" end)
    line:restore()
    both_are_in()
    pair.update(world)
    both_are_in()
    desk:logout()
  end },
  { "home refuses the phone's registration: it gives home up at once", "administrator", { "home_lost" }, function()
    desk.home_patience_seconds = 60
    line:cut()
    log_out_at(hq)
    lab.wait_for("the phone has lost home", 3, function() return desk.state ~= "registered" end)
    nodes_apart()
    local began = core.now()
    line:let_phones_through()
    desk:wait_registered { at = br, number = "6001" }
    local seconds = (core.now() - began) / 1000
    lab.contains(desk.gave_up_home, "Logout successful")
    line:restore()
    pair.update(world)
    desk.home_patience_seconds = 2
    return ("after %.1f s"):format(seconds)
  end },
  { "the phone comes back by itself: without a file it goes by the one it has kept", "phone_returned", nil, function()
    desk.keeps_file = true
    br:cli "service deactivate tftp"
    desk:power_cycle()
    br:wait_gone(session, 30) -- for 20 s after a login it is taken for a phone that has not read its file yet
    br:cli "service activate tftp"
    desk.keeps_file = false
    desk:wait_registered { at = br, number = "6001" }
  end },
}

local function reasons_since(cluster, from)
  local found = {}
  for index = from + 1, #told[cluster].seen do
    local event = told[cluster].seen[index].event
    if event.device_name == pair.desk_name then found[#found + 1] = event.reason end
  end
  return table.concat(found, ", ")
end

local function check_reasons(cluster, from, expected)
  local found
  lab.wait_for(cluster.name .. " tells of the end", 3, function()
    found = reasons_since(cluster, from)
    return found ~= ""
  end)
  for _, reason in ipairs(expected) do
    if found == reason then return end
  end
  error(("%s tells of %s; expected once %s"):format(cluster.name, found, table.concat(expected, " or ")), 0)
end

for _, case in ipairs(cases) do
  local what, at_home, at_visited, act = case[1], case[2], case[3], case[4]
  lab.test(what, function()
    local from_hq, from_br = #told[hq].seen, #told[br].seen
    pair.log_alice_in(world)
    local seen = act()
    pair.wait_clean(world, 15)
    check_reasons(hq, from_hq, { at_home })
    check_reasons(br, from_br, at_visited or { at_home })
    return seen
  end)
end

lab.test("home does not know yet, and somebody else is on the phone already: home finds out, and nobody disturbs him", function()
  pair.log_alice_in(world)
  desk.home_patience_seconds = 60
  nodes_apart()
  log_out_at(br)
  is_ending(br)
  desk:power_cycle()
  desk:wait_registered { at = br, number = "6001" }
  local page = desk:login("william", "67890")
  lab.eq(page:code(), nil, page:words())
  desk:wait_registered { at = br, number = "6100" }
  lab.eq(hq:get(session).state, "active", "at HQ")
  line:restore()
  pair.update(world)
  hq:wait_gone(session)
  lab.eq(br:get(session).user_id, "william")
  desk:refresh()
  desk:wait_registered { at = br, number = "6100" }
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("home does not know yet, and Alice is back on the same phone: one session, one base device", function()
  pair.log_alice_in(world)
  local old = hq:get(session)
  nodes_apart()
  log_out_at(br)
  is_ending(br)
  desk:power_cycle()
  desk:wait_registered { at = br, number = "6001" }
  line:restore(br)
  pair.log_alice_in(world)
  local new = hq:get(session)
  lab.check(new.lease_id ~= old.lease_id, "the session is the old one")
  lab.eq(new.base_device, old.base_device, "base device")
  line:restore()
  pair.update(world)
  lab.eq(pair.wait_agreement(world), "logged in")
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("a user of the phone's own cluster is deleted, and then the phone under one: both sessions end", function()
  local william = br:get "end_users/william"
  william.pin = "67890"
  lab.eq(desk:login("william", "67890"):code(), nil)
  desk:wait_registered { at = br, number = "6100" }
  local refused = br:try { "end-user", "remove", "william" }
  lab.eq(refused.code, 1, "the shell says who is logged in")
  lab.contains(refused.error, "william is logged in on " .. pair.desk_name)
  br:cli { "end-user", "remove", "william", "force=true" }
  br:wait_gone(session)
  desk:wait_registered { at = br, number = "6001" }
  br:apply { end_users = { william } }
  lab.eq(desk:login("william", "67890"):code(), nil)
  desk:wait_registered { at = br, number = "6100" }
  local phone = br:get("phones/" .. pair.desk_name)
  local removal = { remove = { phones = { pair.desk_name } } }
  local status, answer = br:rest("POST", "apply", { content = removal })
  lab.eq(status, 409, "apply says who is logged in")
  lab.contains(answer.detail, "william is logged in on " .. pair.desk_name)
  removal.force = true
  br:apply(removal)
  br:wait_gone(session)
  br:apply { phones = { phone } }
  desk:wait_registered { at = br, number = "6001" }
  local reasons = reasons_since(br, #told[br].seen - 2)
  lab.eq(reasons, "user_removed, phone_removed")
end)
