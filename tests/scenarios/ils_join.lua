-- Three clusters that nobody has paired by hand: two join a hub, one by the network's password, one by fingerprints. Then they call each
-- other by URI and by advertised number, and what joined is taken out again.
local lab = require "lab"

local password = "a long password of the network"
local clusters, phones = {}, {}

local function cluster_of(id, number)
  local cluster = lab.cluster { id = id }
  clusters[id] = cluster
  cluster.number = number
  cluster:start()
  cluster:activate { "certificates", "callmanager", "ils" }
  cluster:wait_ready()
  return cluster
end

local function says(cluster, command, part, seconds)
  local result
  lab.wait_for(("%s: sojourn %s says \"%s\""):format(cluster.id, command, part), seconds or 20, function()
    result = cluster:try(command)
    return (result.output .. result.error):find(part, 1, true), result.output .. result.error
  end)
  return result.output .. result.error
end

--- Synchronises until the cluster has learned it.
local function learned(cluster, what, route)
  lab.wait_for(cluster.id .. " has learned " .. what, 30, function()
    local found = cluster:json { "ils", "lookup", what }
    if not found.found then cluster:try "ils synchronize" end
    return found.found and found.route_string == route, found.message
  end)
end

local function fails(cluster, command, part)
  local result = cluster:try(command)
  lab.check(result.code ~= 0, "%s succeeded: %s", table.concat(command, " "), result.output)
  lab.contains(result.error .. result.output, part, table.concat(command, " "))
end

local function fingerprint(cluster, kind)
  for _, one in ipairs(cluster:json("cert list").certificates) do
    if one.kind == kind then return one.fingerprint end
  end
end

local function trusted_kinds(cluster, of)
  local kinds = {}
  for _, one in ipairs(cluster:list "trusted_certificates") do
    if one.cluster_id == of then kinds[#kinds + 1] = one.kind end
  end
  table.sort(kinds)
  return table.concat(kinds, " ")
end
local all_kinds = "CAPF CallManager ITLRecovery TVS tomcat"

local a, b, c = cluster_of("A", "4001"), cluster_of("B", "4001"), cluster_of("C", "4001")

lab.step("each has a phone, trunks to the others by their route strings, and advertises", function()
  for id, cluster in pairs(clusters) do
    local trunks, routes = {}, {}
    for other, there in pairs(clusters) do
      if other ~= id then
        trunks[#trunks + 1] = { name = "To-" .. other, calling_search_space = "All", sip_profile = "Between clusters",
                                destinations = { { address = there.address, port = there.ports.sip } } }
        routes[#routes + 1] = { pattern = other:lower() .. ".example", sip_trunk = "To-" .. other }
      end
    end
    local user = "user-" .. id:lower()
    cluster:apply {
      partitions = { { name = "Phones" } },
      calling_search_spaces = { { name = "All", partitions = { "Phones", "Global Learned Enterprise Numbers", "Global Learned E.164 Numbers",
                                                               "Global Learned Enterprise Patterns", "Global Learned E.164 Patterns" } } },
      sip_profiles = { { name = "Between clusters", send_ils_learned_destination_route_string = true } },
      directory_numbers = { { pattern = "4001", partition = "Phones", calling_search_space = "All" } },
      end_users = { { user_id = user, last_name = "User", digest_credentials = "a-secret", primary_extension = "4001@Phones" } },
      phones = { { name = user .. "-phone", model = "Third-party SIP Device (Basic)", phone_security_profile = "Standard SIP Digest Profile",
                   digest_user = user, calling_search_space = "All",
                   lines = { { directory_number = "4001@Phones", display = "User of " .. id } } } },
      sip_trunks = trunks,
      sip_route_patterns = routes,
      directory_uris = { { user = user, host = id:lower() .. ".example", end_user = user } },
      alternate_numbers = { { mask = ({ A = "51", B = "52", C = "53" })[id] .. "XXXX", directory_number = "4001" } },
    }
    cluster:cli { "ils-configuration", "set", "exchange_dial_plan=true", "advertised_route_string=" .. id:lower() .. ".example",
                  "synchronize_clusters_every=1" }
    phones[id] = lab.softphone { name = user, cluster = cluster, user = user, password = "a-secret", number = "4001", display = "User of " .. id }
    lab.eq(phones[id]:register().status, 200)
  end
end)

lab.test("nobody can join before there is a hub with a password", function()
  fails(b, { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=" .. password }, "no hub")
  a:cli "ils-configuration set role=hub"
  says(a, "ils status", "hub in a network")
  fails(b, { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=" .. password }, "nobody can join here by a password")
  fails(a, { "ils", "password", "password=short" }, "at least 12")
  fails(a, { "ils", "password", "password=" .. password, "none=true" }, "either a password, or none=true")
end)

lab.test("the password is asked for on the terminal, and not shown", function()
  local function typed(first, second)
    local pipe = assert(io.popen(("printf '%s\\n%s\\n' | SOJOURN_SECRET= script -qec \"'%s/sojourn' --node '%s' ils password\" /dev/null 2>&1"):format(
      first, second, a.programs, a.state)))
    local text = pipe:read "a"
    pipe:close()
    return text
  end
  lab.contains(typed(password, password .. "!"), "it was typed in two ways: nothing has been done")
  local text = typed(password, password)
  lab.contains(text, "Once more: ")
  lab.contains(text, "The password for ils password: ", "the prompt")
  lab.contains(text, "clusters that know the password can join this one", "the answer")
end)

lab.test("a password that is typed leaves the list of processes", function()
  a:freeze() -- so that whoever joins waits
  local pipe = assert(io.popen(("'%s/sojourn' --node '%s' ils join %s https_port=%d password='a guess of somebody' >/dev/null 2>&1 & echo $!"):format(
    b.programs, b.state, a.address, a.ports.https)))
  local pid = pipe:read "n"
  pipe:close()
  lab.wait_for("the password is wiped", 20, function()
    local file = io.open(("/proc/%d/cmdline"):format(pid))
    local line = file and file:read "a" or ""
    if file then file:close() end
    return line:find("password=", 1, true) and not line:find("guess", 1, true), line
  end)
  a:thaw()
  lab.wait_for("it has ended", 60, function() return not io.open(("/proc/%d/cmdline"):format(pid)) end)
end)

lab.test("a wrong password joins nothing, raises the alarm, and can be tried a few times a minute only", function()
  local alarms = a:watch "ils.alarm"
  for _ = 1, 2 do
    fails(b, { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=a guess of somebody" }, "the password is another one there")
  end
  local alarm = alarms:wait(function(message) return message.event.name == "ILSPwdAuthenticationFailed" end).event
  lab.eq(alarm.cluster_id, "B")
  lab.eq(trusted_kinds(a, "B"), "")
  lab.eq(trusted_kinds(b, "A"), "")
end)

lab.test("the right password joins: both trust each other, as after an exchange by hand", function()
  b:cli { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=" .. password }
  lab.eq(trusted_kinds(a, "B"), all_kinds)
  lab.eq(trusted_kinds(b, "A"), all_kinds)
  lab.eq(b:get("remote_clusters/A").fully_qualified_name, a.address)
  lab.eq(b:get("ils_configuration/default").role, "spoke")
  says(b, "ils peers", "A")
  says(a, "ils peers", "B")
end)

lab.test("a record that was removed stays away, and is there again after a new join and after a start", function()
  local function there() return a:get "remote_clusters/B" end
  lab.wait_for("B has a record at A", 20, there)
  a:cli "remote-cluster remove B"
  says(a, "ils peers", "B")
  lab.eq(there(), nil)
  b:cli { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=" .. password }
  lab.wait_for("it is there after a new join", 20, there)
  a:cli "remote-cluster remove B"
  a:cli "service restart ils"
  lab.wait_for("it is there after a start", 20, function()
    b:try "ils synchronize" -- or with its next interval
    return there()
  end)
end)

lab.test("who knows the password does not take another cluster's place", function()
  local impostor = lab.cluster { id = "B", name = "impostor" }
  impostor:start()
  impostor:activate { "certificates", "ils" }
  impostor:wait_ready()
  lab.wait_for("the impostor is refused", 20, function()
    local result = impostor:try { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=" .. password }
    return result.error:find("other certificates of cluster B are trusted here", 1, true), result.error .. result.output
  end)
  lab.eq(trusted_kinds(impostor, "A"), "")
  impostor:stop()
end)

lab.test("by fingerprints: the one that was named, and one that was admitted", function()
  local hub = fingerprint(a, "tomcat")
  fails(c, { "ils", "join", a.address, "https_port=" .. a.ports.https, "fingerprint=" .. fingerprint(b, "tomcat") }, "another certificate")
  fails(c, { "ils", "join", a.address, "https_port=" .. a.ports.https, "fingerprint=" .. hub }, "has not been admitted")
  a:cli { "ils", "admit", fingerprint(c, "CallManager") }
  c:cli { "ils", "join", a.address, "https_port=" .. a.ports.https, "fingerprint=" .. hub }
  lab.eq(trusted_kinds(a, "C"), all_kinds)
  lab.eq(trusted_kinds(c, "A"), all_kinds)
end)

lab.test("a call by URI to a cluster that this one has no certificate of, by route string", function()
  learned(c, "user-b@b.example", "b.example")
  local call = phones.C:dial "user-b@b.example"
  local ringing = phones.B:wait_call()
  lab.eq(ringing.party.number, "4001")
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  call:hang_up()
  ringing:wait_ended()
end)

lab.test("a call by an advertised number, and what nobody has", function()
  learned(b, "534001", "c.example")
  local call = phones.B:dial "534001"
  local ringing = phones.C:wait_call()
  ringing:answer()
  call:wait_answered()
  lab.talk_both(call, ringing)
  ringing:hang_up()
  call:wait_ended()
  call = phones.B:dial "544001"
  call:wait_ended()
  lab.eq(call.status, 404)
  call = phones.A:dial "nobody@b.example" -- B's domain, but nobody there
  call:wait_ended()
  lab.eq(call.status, 404)
end)

lab.test("trust that is withdrawn is gone: nothing is exchanged any more, and joining begins anew", function()
  local alarms = b:watch "ils.alarm"
  a:cli "cert remove B"
  lab.eq(trusted_kinds(a, "B"), "")
  b:cli "ils synchronize"
  alarms:wait(function(message) return message.event.name == "ILSTLSAuthenticationFailed" end)
  lab.eq(#a:json("ils learned B").objects, 0, "what B has stated is not shown")
  a:cli "remote-cluster remove B"
  a:cli "service restart ils"
  lab.wait_for("the journal is read", 10, function() return a:try("ils status").code == 0 end)
  lab.eq(a:get "remote_clusters/B", nil, "B's record does not come back by itself")
  b:cli { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=" .. password }
  lab.eq(trusted_kinds(a, "B"), all_kinds)
  lab.wait_for("B has a record at A again", 10, function() return a:get "remote_clusters/B" end)
  says(b, "ils status", "0 of 1 hub")
end)

lab.test("the password is kept over a restart, and only what argon2id makes of it", function()
  a:restart()
  a:wait_ready()
  a:cli "cert remove B"
  lab.wait_for("B joins again", 20, function()
    local result = b:try { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=" .. password }
    return result.code == 0, result.error
  end)
  lab.check(not a:log_text():find(password, 1, true), "the password is in the log")
  a:cli "ils password none=true"
  a:cli "cert remove B"
  fails(b, { "ils", "join", a.address, "https_port=" .. a.ports.https, "password=" .. password }, "nobody can join here by a password")
end)
