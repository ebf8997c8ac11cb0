-- The ways in which a session across clusters ends: by the user, by either administrator, by a power cut at the phone.
local core = require "core"
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk

local function read(path)
  local file = io.open(path)
  local text = file and file:read "a" or ""
  if file then file:close() end
  return text
end

-- What is asked over the network by who may only read.
local function read_afar(cluster, path)
  local out = lab.directory .. "/afar.out"
  os.execute(("curl -sS -k --noproxy '*' --max-time 20 -u reader:only-reading https://%s:8443/api/v1/%s >%s 2>&1"):format(cluster.address, path, out))
  local file = assert(io.open(out))
  local text = file:read "a"
  file:close()
  return text
end

lab.test("the lease, and the proof of a logout, are rights: who reads over the network does not learn them", function()
  pair.log_alice_in(world)
  local session = br:get("sessions/" .. pair.desk_name)
  lab.eq(#session.lease_id, 32, "on the node's own socket the lease is shown")
  for _, cluster in ipairs { hq, br } do
    cluster:cli { "application-user", "add", "user_id=reader", "password=only-reading", "roles=Standard CCM Read Only" }
    for _, path in ipairs { "sessions/" .. pair.desk_name, "sessions", "live_devices", "sessions?state=active" } do
      local text = read_afar(cluster, path)
      lab.contains(text, path:find "live" and "items" or '"device_name":"' .. pair.desk_name .. '"')
      for _, right in ipairs { session.lease_id, session.log_out_proof } do
        lab.check(not text:find(right, 1, true), "%s of %s shows %s", path, cluster.name, right)
      end
    end
  end
  desk:logout()
  pair.wait_clean(world)
end)

lab.test("a PIN, a lease and the proof of a logout stand in no log, event, trace or failure", function()
  local wrong_pin, tails = "97153086", {}
  for _, cluster in ipairs { hq, br } do
    local tail = { file = ("%s/%s.events"):format(lab.directory, cluster.name) }
    tail.process = core.spawn({ cluster.programs .. "/sojourn", "--node", cluster.state, "events", "tail" }, tail.file, tail.file .. ".err")
    tails[cluster] = tail
  end
  local changes = 0
  lab.wait_for("both listen", 5, function()
    changes = changes + 1
    for _, cluster in ipairs { hq, br } do
      cluster:apply { partitions = { { name = "Heard", description = tostring(changes) } } }
      if not read(tails[cluster].file):find("config.changed", 1, true) then return false end
    end
    return true
  end)
  lab.check(desk:login("alice", wrong_pin):code(), "the wrong PIN was taken")
  pair.log_alice_in(world)
  local session = br:get("sessions/" .. pair.desk_name)
  desk:logout()
  pair.wait_clean(world)
  for _, cluster in ipairs { hq, br } do
    lab.wait_for("the end is heard", 5, function() return read(tails[cluster].file):find("session.ended", 1, true) end)
    tails[cluster].process:signal(15)
    local shown = {
      log = cluster:log_text(), events = read(tails[cluster].file), trace = cluster:cli { "trace", session.trace_id },
      failures = cluster:cli { "session", "failures", "--json" },
    }
    lab.contains(shown.log, pair.desk_name, "the log of " .. cluster.name)
    lab.contains(shown.trace, "alice")
    for what, text in pairs(shown) do
      for name, secret in pairs { PIN = wrong_pin, lease = session.lease_id, proof = session.log_out_proof } do
        lab.check(not text:find(secret, 1, true), "the %s of %s shows the %s", what, cluster.name, name)
      end
    end
  end
end)

lab.test("the user logs out, three times over: nothing is left each time", function()
  for _ = 1, 3 do
    pair.log_alice_in(world)
    lab.eq(desk:logout():code(), nil)
    pair.wait_clean(world)
  end
end)

lab.test("the home administrator logs the user out: the phone goes back by itself", function()
  pair.log_alice_in(world)
  hq:cli("session logout " .. pair.desk_name)
  pair.wait_clean(world)
end)

lab.test("the visited administrator logs the phone out: both sides agree in the end", function()
  pair.log_alice_in(world)
  br:cli("session logout " .. pair.desk_name)
  br:wait_gone("sessions/" .. pair.desk_name)
  pair.update(world)
  lab.eq(pair.wait_agreement(world), "logged out")
end)

lab.test("the phone loses its power while Alice is logged in: both sides and the phone agree", function()
  pair.log_alice_in(world)
  desk:power_cycle()
  desk:wait_registered()
  pair.update(world)
  local outcome = pair.wait_agreement(world)
  if outcome == "logged in" then
    desk:logout()
    pair.wait_clean(world)
  end
  return outcome
end)

lab.test("a log-out during a call: the phone leaves when the call is over", function()
  local bob = pair.bob(hq, "auto")
  bob:power_on()
  bob:wait_registered { at = hq }
  pair.log_alice_in(world)
  local call = desk:dial "4002"
  call:wait_answered()
  hq:cli("session logout " .. pair.desk_name)
  hq:wait_gone("sessions/" .. pair.desk_name)
  lab.eq(call.state, "answered", "the call goes on")
  call:hang_up()
  pair.wait_clean(world)
end)

lab.test("a log-out at a phone where no user is logged in: refused, nothing changes", function()
  local page = desk:open(("http://%s:8080/emapp/EMAppServlet?device=%s&EMCC=true&doLogout=true"):format(br.address, pair.desk_name))
  lab.eq(page:code(), 19, page:words())
  lab.eq(hq:try("session logout " .. pair.desk_name).code ~= 0, true, "the command fails")
  pair.wait_clean(world)
end)
