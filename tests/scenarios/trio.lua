-- The pair of clusters, and a third one, LX, which is like BR but for its phones' names and its place in the network. All know and trust
-- each other.
local lab = require "lab"
local pair = require "pair"

local trio = {}

--- Every cluster asks the two others for their state.
function trio.update(world)
  lab.wait_for("all clusters answer each other", 10, function()
    for _, cluster in ipairs(world.clusters) do
      local answer = cluster:json "remote-cluster update"
      if answer.updated ~= 2 then return false, answer.message end
    end
    return true
  end)
end

--- options: as for pair.start. The world has hq, br, lx, and desk at BR.
function trio.start(options)
  options = options or {}
  options.trust = false
  local world = pair.start(options)
  local lx = lab.cluster { id = "LX" }
  world.lx, world.clusters = lx, { world.hq, world.br, lx }
  lx:start()
  lx:activate { "certificates", "callmanager", "tftp", "extension-mobility", "bulk" }
  lx:wait_ready()
  lx:apply_file(lab.beside("../../examples/two-clusters/br.lua"), {
    ['["Cluster ID"] = "BR"'] = '["Cluster ID"] = "LX"', SEP00BB = "SEP00CC", ["127.10.0.5"] = lab.range .. "5",
    ['"127.10.0.1"'] = ('"%s"'):format(world.hq.address), ['"127.10.0.2"'] = ('"%s"'):format(lx.address),
    ["127.10.0.2:"] = lx.address .. ":",
  })
  local function record(cluster) return { cluster_id = cluster.id, fully_qualified_name = cluster.address, emcc = true, pstn_access = true } end
  world.hq:apply { remote_clusters = { record(lx) } }
  world.br:apply { remote_clusters = { record(lx) } }
  lx:apply { remote_clusters = { record(world.br) } }
  for _, cluster in ipairs(world.clusters) do
    cluster:apply { bulk_certificate_management = { url = "file://" .. lab.directory .. "/exchange/" } }
    cluster:cli "cert export"
  end
  world.hq:cli "cert consolidate"
  for _, cluster in ipairs(world.clusters) do cluster:cli "cert import confirm=true" end
  trio.update(world)
  return world
end

return trio
