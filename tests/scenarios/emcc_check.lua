-- `sojourn emcc check` on running clusters: nothing to say of the two of the example, how each of them sees the other, and its end in
-- time when one does not answer.
local core = require "core"
local lab = require "lab"
local pair = require "pair"

lab.gateway { name = "HQ-Gateway", address = lab.address(51) }
lab.gateway { name = "London-Gateway", address = lab.address(52) }
lab.gateway { name = "Leeds-Gateway", address = lab.address(53) }
local world = pair.start { desk = false }
local hq, br = world.hq, world.br

local function check(cluster, code, more)
  local result = cluster:try("emcc check" .. (more or ""))
  lab.eq(result.code, code, result.output .. result.error)
  return result.output
end

-- The sentence stands on a line of its own, whole.
local function says(output, sentence)
  for line in output:gmatch "[^\n]+" do
    if line:gsub("^%s+", ""):gsub("^problems: ", ""):gsub("^notes: ", "") == sentence then return sentence end
  end
  error(("expected the line %q in:\n%s"):format(sentence, output), 2)
end

lab.test("both clusters of the example are ready, and it ends with 0", function()
  for _, cluster in ipairs { hq, br } do lab.contains(check(cluster, 0), "ready: yes") end
  local answer = hq:json "emcc check BR"
  lab.eq(answer.travellers, 1)
  lab.eq(answer.free_base_devices, 2)
  lab.eq(#answer.clusters, 1)
  lab.contains(check(br, 0), "No user of this cluster has Enable Extension Mobility Cross Cluster")
end)

lab.test("what is changed at the other cluster is known at once, but not to who asks nobody", function()
  hq:cli "remote-cluster set BR emcc=false"
  check(br, 1, " offline=true")
  says(check(br, 1), "HQ refuses logins of its users here with 38: the home cluster's record of remote cluster BR has EMCC off.")
  hq:cli "remote-cluster set BR emcc=true"
  check(br, 0)
end)

lab.test("many in one sentence: how many, and the first of them", function()
  local users = {}
  for i = 1, 250 do users[i] = { user_id = ("t%03d"):format(i), last_name = "Traveller", enable_emcc = true, pin = i == 1 and "11111" or nil } end
  hq:apply { end_users = users }
  local output = check(hq, 1)
  says(output, "No device profile is associated, logins fail with 205: 250 travellers (t001, t002, t003 and 247 more).")
  says(output, "No PIN is set, logins fail with 2: 249 travellers (t002, t003, t004 and 246 more).")
  return says(output, "2 EMCC base devices serve 251 travellers; 2 are free now, further logins fail with 33.")
end)

lab.test("a partition that takes an emergency number away: every pattern is there, and the call would not go back", function()
  hq:apply {
    partitions = { { name = "Barred" } },
    route_patterns = { { pattern = "999", partition = "Barred", block = true } },
    calling_search_spaces = { { name = "HQ-Adjunct-GB", partitions = { "Barred", "Emergency-GB" } } },
  }
  local output = check(hq, 1)
  hq:apply { calling_search_spaces = { { name = "HQ-Adjunct-GB", partitions = { "Emergency-GB" } } } }
  lab.check(not check(hq, 1):find("dials 999", 1, true), "it is still said")
  return says(output, "When user alice dials 999 at London of cluster BR, pattern 999 in partition Barred of the calling search space "
    .. "HQ-Adjunct-GB is taken (blocked): the call does not leave through that cluster.")
end)

lab.test("the TFTP service is off: said before a phone is sent to it", function()
  hq:cli "service deactivate tftp"
  local output = check(hq, 1)
  hq:cli "service activate tftp"
  says(output, "Cisco TFTP is not activated on any node of this cluster: phones on which visitors log in are not sent to their home "
    .. "cluster, logins of users of other clusters end here with 39.")
  return says(output, ("Default TFTP Server for EMCC Login Device is %s, where Cisco TFTP is not activated: travellers' phones find no file."):format(
    hq.address))
end)

lab.test("the visited cluster's TFTP service is off: both sides say so, and Validate too", function()
  br:cli "service deactivate tftp"
  local here, there, validated = check(br, 1), check(hq, 1), br:try("emcc validate").output
  br:cli "service activate tftp"
  lab.contains(here, "Cisco TFTP is not activated on any node of this cluster")
  lab.contains(validated, "Cisco TFTP is not activated on any node of this cluster")
  return says(there, "Cisco TFTP is not activated on any node of cluster BR: its phones are not sent here when this cluster's users "
    .. "log in on them.")
end)

lab.test("Extension Mobility is off: the shell says what brings it back", function()
  hq:cli "service deactivate extension-mobility"
  local result = hq:try "emcc check"
  hq:cli "service activate extension-mobility"
  lab.eq(result.code, 1)
  lab.contains(result.error, "no active service answers emcc.check")
  lab.contains(result.error, "sojourn service activate extension-mobility")
  check(hq, 1)
end)

lab.test("a cluster that hangs, and one that is down: it ends in time, and remote-cluster update names them", function()
  hq:freeze()
  local began = core.now()
  local output = check(br, 1)
  local seconds = (core.now() - began) / 1000
  hq:thaw()
  lab.contains(output, ("The last update of cluster HQ failed: cluster HQ at %s did not answer in time."):format(hq.address))
  lab.check(seconds < 15, "it took %.1f s", seconds)
  hq:stop()
  lab.contains(check(br, 1), "The last update of cluster HQ failed: cluster HQ at " .. hq.address)
  for _, command in ipairs { "remote-cluster update", "remote-cluster update HQ" } do
    local result = br:try(command)
    lab.eq(result.code, 1, command)
    lab.contains(result.output, "unanswered: HQ")
  end
  hq:start()
  pair.update(world)
  lab.contains(br:cli "remote-cluster update", "failed: 0")
  return ("with a cluster that hangs after %.1f s"):format(seconds)
end)
