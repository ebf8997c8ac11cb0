-- Ports that a node promises and does not serve: `emcc check` and Validate connect them and say so, here and at the other cluster,
-- whatever is activated. tests/scenarios/slow_node.c, preloaded, binds the ports in the file "deaf" beside the node file elsewhere.
local lab = require "lab"
local pair = require "pair"

lab.check((os.getenv "SOJOURN_LAB_WRAP" or ""):find("LD_PRELOAD", 1, true), "SOJOURN_LAB_WRAP does not preload slow_node")
lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
lab.gateway { name = "London-Gateway", address = lab.address(52) }
lab.gateway { name = "Leeds-Gateway", address = lab.address(53) }
local world = pair.start { desk = false }
local hq, br = world.hq, world.br

local function restart_deaf(cluster, ...)
  local file = assert(io.open(cluster.directory .. "/deaf", "w"))
  file:write(table.concat({ ... }, "\n"), "\n")
  file:close()
  cluster:stop()
  cluster:start()
  cluster:wait_ready()
  pair.update(world, 15)
end

local function says(cluster, command, ...)
  local result = cluster:try(command)
  lab.eq(result.code, 1, result.output)
  lab.contains(result.output, command:find "validate" and "valid: no" or "ready: no")
  lab.contains(result.output, "observed_at: 20")
  for _, sentence in ipairs { ... } do lab.contains(result.output, sentence) end
end

local function unserved(cluster, port, title, consequence, reason)
  return ("Port %d (%s) of this node, %s, does not answer as it should, %s: %s"):format(port, title, cluster.address, consequence, reason or "")
end

lab.test("all ports are served: both are ready", function()
  for _, cluster in ipairs { hq, br } do lab.contains(cluster:cli "emcc check", "ready: yes") end
end)

lab.test("no SIP at the visited cluster: it says so, and home says so of its trunk to it", function()
  restart_deaf(br, 5060, 5061)
  says(br, "emcc check",
    unserved(br, 5060, "SIP over UDP", "phones and trunks that use UDP do not reach it", "nothing answers within 3 s."),
    unserved(br, 5060, "SIP over TCP", "phones and trunks that use TCP do not reach it", "connection refused"),
    unserved(br, 5061, "SIP over TLS", "secure phones and trunks do not reach it", "connection refused"))
  says(br, "emcc validate", unserved(br, 5061, "SIP over TLS", "secure phones and trunks do not reach it"))
  says(hq, "emcc check BR", ("Node %s of cluster BR does not take calls over the SIP trunk EMCC-ICT-SIP-Trunk-1"):format(br.address))
  local row = hq:try("emcc check BR --json")
  lab.check(row.output:find '"cluster_id":%s*"BR",%s*"ready":%s*false', "the row of BR in %s", row.output)
end)

lab.test("no files over TFTP, and all is well again", function()
  restart_deaf(br, br.ports.tftp)
  says(br, "emcc check", unserved(br, br.ports.tftp, "TFTP", "phones that boot find no file", "nothing answers within 3 s."))
  restart_deaf(br)
  lab.contains(br:cli "emcc check", "ready: yes")
end)
