-- Every code that the home cluster answers, or that the way there has, is provoked by its cause; see docs/error-codes.md. The home
-- cluster's own log and the visited cluster's both name the true cause, also where the phone's text hides it (39, 40, 44).
local lab = require "lab"
local codes = require "codes"
local pair = require "pair"

local world = pair.start { base_devices = 1 }
local hq, br, desk = world.hq, world.br, world.desk

local function log_in(user, pin, more) -- on a desk that needs no registration
  return desk:open(("http://%s:8080/emapp/EMAppServlet?device=%s&userid=%s&seq=%s&EMCC=true%s"):format(br.address,
    more and more.device or pair.desk_name, user, pin, more and more.query or ""))
end

-- Alice meets a code. `where.home` false: HQ is never asked, or cannot answer.
local function refused(code, where)
  local page = log_in("alice", where.pin or "12345", where)
  if where.undo then where.undo() end
  lab.eq(hq:get("sessions/" .. (where.device or pair.desk_name)), nil, "session at HQ")
  lab.eq(br:get("sessions/" .. (where.device or pair.desk_name)), nil, "session at BR")
  if where.home ~= false then codes.logged(code, { at = hq, cause = where.cause }) end
  return codes.expect(page, code, { at = br, cause = where.cause })
end

lab.step("users and phones with something wrong", function()
  hq:apply {
    end_users = {
      { user_id = "twin1", last_name = "Twin", pin = "11111", enable_emcc = true, primary_extension = "4004@HQ-Phones" },
      { user_id = "twin2", last_name = "Twin", pin = "11111", enable_emcc = true, primary_extension = "4004@HQ-Phones" },
      { user_id = "unprovided", last_name = "Unprovided", pin = "11111", enable_emcc = true },
      { user_id = "fresh", last_name = "Fresh", pin = "11111", enable_emcc = true, pin_change_required = true, controlled_profiles = { "Alice" } },
    },
    phone_security_profiles = { { name = "Secure", device_security_mode = "authenticated", transport = "tls" } },
  }
  br:apply {
    phone_models = { { name = "Desk of tomorrow", number = 99001, supports_emcc = true, supports_extension_mobility = true } },
    phone_security_profiles = { { name = "Secure", device_security_mode = "authenticated", transport = "tls" } },
    phones = {
      { name = "SEP00BB00000041", model = "Desk of tomorrow", enable_extension_mobility = true, device_pool = "London" },
      { name = "SEP00BB00000042", model = "Cisco 8851", enable_extension_mobility = true, device_pool = "London", phone_security_profile = "Secure" },
    },
  }
end)

local alerts = br:watch "emcc.alert"

lab.test("2 a wrong PIN", function() return refused(2, { pin = "54321" }) end)

lab.test("4 a policy of the home cluster refuses the login", function()
  local path = lab.directory .. "/nobody.lua"
  local file = assert(io.open(path, "w"))
  file:write [[return { hooks = { ["login.limit"] = function(input) return { allowed = false, reason = "nobody travels on Mondays" } end } }]]
  file:close()
  hq:cli { "policy", "activate", path }
  return refused(4, { cause = "nobody travels on Mondays", undo = function() hq:cli "policy rollback login.limit" end })
end)

lab.test("31 a user who may not travel", function()
  return codes.expect(log_in("dave", "45678"), 31, { at = br, cause = "Enable Extension Mobility Cross Cluster is off for dave" })
end)

lab.test("32 a model that the home cluster does not know", function()
  return refused(32, { device = "SEP00BB00000041", cause = "Desk of tomorrow" })
end)

lab.test("33 no free base device", function()
  lab.eq(log_in("alice", "12345", { device = "SEP00BB00000002" }):code(), nil)
  return refused(33, { cause = "no free EMCC base device", undo = function()
    hq:cli "session logout SEP00BB00000002"
    hq:wait_gone "sessions/SEP00BB00000002"
    br:wait_gone "sessions/SEP00BB00000002"
  end })
end)

lab.test("35 the home cluster has no record of the visited one", function()
  local remote = hq:get "remote_clusters/BR"
  hq:rest("DELETE", "remote_clusters/BR")
  local sentence = "HQ has no remote cluster record for BR: logins of its users here fail with 35."
  lab.contains(br:cli "remote-cluster update HQ", sentence)
  lab.contains(br:try "emcc validate".output, sentence)
  lab.contains(br:try "emcc check HQ".output, sentence)
  return refused(35, { cause = "no remote cluster record for BR", undo = function() hq:apply { remote_clusters = { remote } } end })
end)

lab.test("37 the phone's name is taken at home", function()
  hq:apply { phones = { { name = pair.desk_name, model = "Cisco 8851" } } }
  return refused(37, { cause = "is also a phone of the home cluster", undo = function() hq:rest("DELETE", "phones/" .. pair.desk_name) end })
end)

lab.test("38 the home cluster's EMCC is off, as a whole and for this cluster", function()
  hq:cli "intercluster-service-profile set emcc_active=false"
  refused(38, { cause = "EMCC is not active", undo = function() hq:cli "intercluster-service-profile set emcc_active=true" end })
  hq:cli "remote-cluster set BR emcc=false"
  return refused(38, { cause = "BR has EMCC off", undo = function() hq:cli "remote-cluster set BR emcc=true" end })
end)

lab.test("211 PSTN Access is off at home", function()
  hq:cli "intercluster-service-profile set pstn_access_active=false"
  return refused(211, { cause = "of the home cluster", undo = function() hq:cli "intercluster-service-profile set pstn_access_active=true" end })
end)

lab.test("the first three are alerts, which name side and cause; a wrong PIN is none", function()
  lab.eq(#alerts.seen, 3, "alerts")
  lab.eq(alerts.seen[1].event.alert, "EMCCFailedInRemoteCluster")
  lab.eq(alerts.seen[1].event.remote_cluster_id, "HQ")
  for i, cause in ipairs { "Mondays", "is off for dave", "Desk of tomorrow" } do lab.contains(alerts.seen[i].event.cause, cause) end
  lab.contains(br:cli { "session", "failures", pair.desk_name, "limit=1" }, "PSTN Access is not active")
end)

lab.test("39 shown as 201: no TFTP server for travellers; the log says so", function()
  hq:cli { "param", "set", "EMCC", "Default TFTP Server for EMCC Login Device", "" }
  local cause = refused(39, { cause = "Default TFTP Server for EMCC Login Device is not set" })
  hq:cli { "param", "set", "EMCC", "Default TFTP Server for EMCC Login Device", "no-node-of-ours" }
  refused(39, { cause = "expected a node of this cluster" })
  hq:cli { "param", "set", "EMCC", "Default TFTP Server for EMCC Login Device", hq.address }
  return cause
end)

lab.test("40 shown as 23: the home cluster does not answer in time", function()
  hq:freeze()
  local page = log_in("alice", "12345")
  hq:thaw()
  pair.update(world)
  return codes.expect(page, 40, { at = br, cause = "did not answer in time" })
end)

lab.test("41 the PIN must be changed first; the keys lead to the change at home, and on to a login", function()
  local page = log_in("fresh", "11111")
  local cause = codes.expect(page, 41, { at = br })
  local form = page:press "Change"
  lab.eq(form:submit { userid = "fresh", oldpin = "11111", newpin = "11111", confirmpin = "11111" }.text, "The new PIN is the old one")
  lab.eq(form:submit { userid = "fresh", oldpin = "11112", newpin = "24680", confirmpin = "24680" }:code(), 2)
  local changed = form:submit { userid = "fresh", oldpin = "11111", newpin = "24680", confirmpin = "24680" }
  lab.eq(changed.text, "PIN changed")
  local page_after = changed:press("Log in"):submit { userid = "fresh", seq = "24680" }
  lab.eq(page_after.text, "Login successful")
  hq:cli { "session", "logout", pair.desk_name }
  hq:wait_gone("sessions/" .. pair.desk_name)
  br:wait_gone("sessions/" .. pair.desk_name)
  for _, cluster in ipairs { hq, br } do lab.check(not cluster:log_text():find("24680", 1, true), "a PIN in the log of %s", cluster.name) end
  return cause
end)

lab.test("42 an information request is refused to a cluster that calls itself otherwise than its certificate does", function()
  br:cli { "param", "set", "Enterprise", "Cluster ID", "StandAloneCluster" }
  local result = br:try "remote-cluster update HQ"
  lab.eq(result.code, 1, "exit code: " .. result.output)
  lab.contains(result.output, "unanswered: HQ")
  lab.contains(result.output, "says its id is StandAloneCluster; its certificate was imported for BR (the Cluster ID is still the factory value) (42)")
  lab.contains(br:get "remote_cluster_statuses/HQ".reason, "(42)")
  br:cli { "param", "set", "Enterprise", "Cluster ID", "BR" }
  pair.update(world)
  return result.output:match "Cluster HQ refuses[^\n]*"
end)

lab.test("43 a base device that only secure phones may use", function()
  hq:cli { "emcc-template", "set", "EMCC_Device_Template", "phone_security_profile=Secure" }
  return refused(43, { undo = function()
    hq:cli { "emcc-template", "set", "EMCC_Device_Template", "phone_security_profile=Standard SIP Non-Secure Profile" }
  end })
end)

lab.test("44 shown as 201: the visited cluster calls itself otherwise than its certificate was imported for", function()
  br:cli { "param", "set", "Enterprise", "Cluster ID", "Elsewhere" }
  local cause = refused(44, { cause = "says its id is Elsewhere; its certificate was imported for BR" })
  br:cli { "param", "set", "Enterprise", "Cluster ID", "StandAloneCluster" }
  refused(44, { cause = "factory value" })
  br:cli { "param", "set", "Enterprise", "Cluster ID", "BR" }
  return cause
end)

lab.test("46 a secure phone, and a home cluster that is not in mixed mode", function()
  br:cli { "param", "set", "Enterprise", "Cluster Security Mode", "mixed" }
  return refused(46, { device = "SEP00BB00000042", undo = function()
    br:cli { "param", "set", "Enterprise", "Cluster Security Mode", "non_secure" }
  end })
end)

lab.test("47 an extension that is the primary one of two users", function()
  return codes.expect(log_in("4004", "11111", { query = "&loginType=DN" }), 47, { at = br })
end)

lab.test("205 a traveller without device profile", function()
  return codes.expect(log_in("unprovided", "11111"), 205, { at = br, cause = "unprovided" })
end)

lab.test("208 the home cluster is down", function()
  hq:stop()
  local page = log_in("alice", "12345")
  hq:start()
  pair.update(world)
  return codes.expect(page, 208, { at = br, cause = "cannot be reached" })
end)

lab.test("212 the home cluster has got another cluster id", function()
  hq:cli { "param", "set", "Enterprise", "Cluster ID", "Renamed" }
  return refused(212, { home = false, cause = "the cluster configured as HQ answers with the id Renamed", undo = function()
    hq:cli { "param", "set", "Enterprise", "Cluster ID", "HQ" }
    hq:wait_gone("sessions/" .. pair.desk_name)
  end })
end)

lab.test("after all that a login succeeds, and code 0 never appeared", function()
  pair.log_alice_in(world)
  desk:logout()
  pair.wait_clean(world)
  codes.never_zero(hq, br)
end)
