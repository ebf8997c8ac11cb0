-- Hubs of one network join by themselves: B and C have joined A by its password, nobody has made B and C known to each other, and they
-- exchange without A. What a person withdraws stays withdrawn until a person joins anew. D is paired by the exchange of certificates: the
-- same records, and removed by the same command.
local lab = require "lab"

local password = "a long password of the network"

local function cluster_of(id)
  local cluster = lab.cluster { id = id }
  cluster:start()
  cluster:activate { "certificates", "ils" }
  cluster:wait_ready()
  cluster:cli { "ils-configuration", "set", "exchange_dial_plan=true", "advertised_route_string=" .. id:lower() .. ".example", "synchronize_clusters_every=1" }
  return cluster
end
local a, b, c, d = cluster_of "A", cluster_of "B", cluster_of "C", cluster_of "D"

--- What the cluster trusts of another: kind, node, fingerprint and subject of each certificate, sorted.
local function trusted(cluster, of)
  local all = {}
  for _, one in ipairs(cluster:list "trusted_certificates") do
    if one.cluster_id == of then all[#all + 1] = table.concat({ one.kind, one.node, one.fingerprint, one.subject }, " ") end
  end
  table.sort(all)
  return table.concat(all, "\n")
end

local function trust(cluster, of)
  for _, peer in ipairs(cluster:json("ils peers").peers) do
    if peer.cluster_id == of then return peer.trust end
  end
end

local function wait_trust(cluster, of, ground)
  lab.wait_for(("%s trusts %s by %s"):format(cluster.id, of, ground), 30, function()
    local now = trust(cluster, of)
    if now ~= ground then cluster:try "ils synchronize" end
    return now == ground, tostring(now)
  end)
end

local function learned(cluster, what)
  lab.wait_for(cluster.id .. " has learned " .. what, 30, function()
    local found = cluster:json { "ils", "lookup", what }
    if not found.found then cluster:try "ils synchronize" end
    return found.found, found.message
  end)
end

local function in_step(cluster, with)
  lab.wait_for(("%s exchanges with %s"):format(cluster.id, with), 30, function()
    for _, hub in ipairs(cluster:json("ils status").hubs) do
      if hub.cluster_id == with then
        if hub.reason ~= "" or hub.failures > 0 then cluster:try "ils synchronize" end
        return hub.reason == "" and hub.answered_at ~= nil, hub.reason
      end
    end
    return false, "it is no hub that is asked"
  end)
end

lab.step("B and C join A as hubs, by the password", function()
  a:cli "ils-configuration set role=hub"
  a:cli { "ils", "password", "password=" .. password }
  for _, cluster in ipairs { b, c } do
    lab.wait_for("the hub is one", 10, function()
      local result = cluster:try { "ils", "join", a.address, "https_port=" .. a.ports.https, "role=hub", "password=" .. password }
      return result.code == 0, result.error
    end)
  end
  wait_trust(a, "B", "password")
  wait_trust(a, "C", "password")
end)

lab.test("B and C join by themselves, which is shown", function()
  wait_trust(b, "C", "network")
  wait_trust(c, "B", "network")
  in_step(b, "C")
  in_step(c, "B")
  lab.eq(trusted(b, "C"), trusted(a, "C"))
  lab.eq(trusted(c, "B"), trusted(a, "B"))
  lab.eq(b:get("ils_configuration/default").registration_server, "A")
  lab.eq(b:get("remote_clusters/C").emcc, false)
end)

lab.test("they exchange while A is away", function()
  a:stop()
  b:apply { directory_numbers = { { pattern = "2001" } }, directory_uris = { { user = "bert", host = "b.example", directory_number = "2001" } } }
  learned(c, "bert@b.example")
  a:start()
  a:wait_ready()
  learned(a, "bert@b.example")
end)

lab.test("what B withdraws of C stays withdrawn, over a restart and whoever tries", function()
  b:cli "cert remove C"
  lab.eq(trusted(b, "C"), "")
  lab.eq(trust(b, "C"), "withdrawn")
  local alarms = c:watch "ils.alarm"
  b:restart()
  b:wait_ready()
  c:cli "ils synchronize"
  alarms:wait(function(message) return message.event.name == "ILSTLSAuthenticationFailed" and message.event.cluster_id == "B" end)
  c:cli "cert remove B" -- now C has nothing of B either, and may not come back by itself
  lab.eq(trust(c, "B"), "withdrawn")
  for _ = 1, 3 do
    b:cli "ils synchronize"
    c:cli "ils synchronize"
    lab.wait_for("both have tried", 20, function()
      for cluster, of in pairs { [b] = "C", [c] = "B" } do
        local tried = false
        for _, hub in ipairs(cluster:json("ils status").hubs) do tried = tried or (hub.cluster_id == of and hub.failures > 0) end
        if not tried then return false end
      end
      return true
    end)
  end
  lab.eq(trusted(b, "C"), "")
  lab.eq(trusted(c, "B"), "")
  in_step(b, "A")
end)

lab.test("a person joins them anew", function()
  c:cli { "ils", "join", b.address, "https_port=" .. b.ports.https, "role=hub", "password=" .. password }
  lab.eq(trust(c, "B"), "password")
  lab.eq(trust(b, "C"), "password")
  in_step(b, "C")
end)

lab.test("certificates that were exchanged by hand are the same records, and one command removes either", function()
  local exchange = "file://" .. lab.directory .. "/exchange/"
  for _, cluster in ipairs { a, d } do
    cluster:apply { bulk_certificate_management = { url = exchange } }
    cluster:cli "cert export"
  end
  a:cli "cert consolidate"
  for cluster, of in pairs { [a] = "D", [d] = "A" } do
    cluster:cli "cert import confirm=true"
    lab.check(trusted(cluster, of) ~= "", "%s trusts nothing of %s", cluster.id, of)
  end
  lab.eq(trusted(d, "A"), trusted(b, "A"))
  d:apply { remote_clusters = { { cluster_id = "A", fully_qualified_name = a.address, https_port = a.ports.https } } }
  d:cli { "ils-configuration", "set", "role=spoke", "registration_server=A" }
  learned(d, "bert@b.example")
  wait_trust(d, "A", "exchanged")
  wait_trust(a, "D", "exchanged")
  for cluster, of in pairs { [a] = "D", [b] = "A" } do
    cluster:cli("cert remove " .. of)
    lab.eq(trusted(cluster, of), "")
    lab.eq(trust(cluster, of), "withdrawn")
  end
  local alarms = d:watch "ils.alarm"
  d:cli "ils synchronize"
  alarms:wait(function(message) return message.event.name == "ILSTLSAuthenticationFailed" end)
end)

lab.test("where it is switched off nobody joins by itself", function()
  local e = cluster_of "E"
  c:cli "ils-configuration set join_by_themselves=false"
  e:cli { "ils", "join", a.address, "https_port=" .. a.ports.https, "role=hub", "password=" .. password }
  wait_trust(e, "B", "network")
  lab.wait_for("E is refused by C", 30, function()
    for _, hub in ipairs(e:json("ils status").hubs) do
      if hub.cluster_id == "C" and hub.reason:find("clusters do not join this one by themselves", 1, true) then return true end
    end
    e:try "ils synchronize"
    return false
  end)
  lab.eq(trusted(c, "E"), "")
end)

lab.test("a new password is to be set at each hub, which the answer names", function()
  local answer = a:cli { "ils", "password", "password=" .. password }
  for _, hub in ipairs { "B", "C", "E" } do
    lab.check(answer:find("joins the other hubs until each of them has joined this one anew %(ils join%): .*" .. hub), "%s is not named: %s", hub, answer)
  end
  local function warned() return a:cli("ils status"):find("cluster B lets clusters join by a password that was not set here", 1, true) ~= nil end
  lab.wait_for("A says that B has another", 30, warned)
  b:cli { "ils", "join", a.address, "https_port=" .. a.ports.https, "role=hub", "password=" .. password }
  lab.wait_for("A says nothing of B any more", 30, function() return not warned() end)
end)

lab.test("a hub is not joined on the word of a cluster that has not proved the password", function()
  local f, g = cluster_of "F", cluster_of "G"
  local function fingerprint(cluster, kind)
    for _, one in ipairs(cluster:json("cert list").certificates) do
      if one.kind == kind then return one.fingerprint end
    end
  end
  local function admitted(cluster, at)
    at:cli { "ils", "admit", fingerprint(cluster, "CallManager") }
    cluster:cli { "ils", "join", at.address, "https_port=" .. at.ports.https, "role=hub", "fingerprint=" .. fingerprint(at, "tomcat") }
  end
  admitted(f, a)
  lab.wait_for("F is a hub", 10, function() return f:json("ils status").role == "hub" end)
  admitted(g, f)
  lab.wait_for("A knows why it does not join G", 40, function()
    for _, hub in ipairs(a:json("ils status").hubs) do
      if hub.cluster_id == "G" then
        return hub.reason:find("F, which told of it, has not proved that it knows the network's password", 1, true), hub.reason
      end
    end
    f:try "ils synchronize"
    return false, "A does not know of G"
  end)
  lab.eq(trusted(a, "G"), "")
end)
