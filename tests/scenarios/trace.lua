-- One trace tells a login on both sides, asked for on either; who took no part in it is told nothing.
local lab = require "lab"
local pair = require "pair"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk

-- The story as one text: cluster and step, line by line.
local function story(cluster, trace_id)
  local lines = {}
  for _, step in ipairs(cluster:json { "trace", trace_id }.steps) do lines[#lines + 1] = step.cluster_id .. ": " .. step.text end
  return table.concat(lines, "\n"), lines
end

lab.test("a login is told from the phone's page to its registration at home, on both sides alike", function()
  pair.log_alice_in(world)
  local trace_id = br:get("sessions/" .. pair.desk_name).trace_id
  local here, steps = story(br, trace_id)
  for _, wanted in ipairs {
    "BR: alice wants to log in on " .. pair.desk_name, "HQ: cluster BR asks for user alice: belongs to this cluster", "BR: the user's home cluster is HQ",
    "HQ: the PIN of alice is right", "HQ: roaming device pool: Roaming London", "BR: alice of cluster HQ is logged in on " .. pair.desk_name,
    "BR: TFTP built " .. pair.desk_name .. ".cnf.xml for",
  } do lab.contains(here, wanted) end
  lab.eq((story(hq, trace_id)), here, "the story told at HQ")
  return ("%d steps"):format(#steps)
end)

lab.test("a refusal is told with its true cause from home", function()
  desk:logout()
  pair.wait_clean(world)
  hq:cli { "param", "set", "EMCC", "Default TFTP Server for EMCC Login Device", "" }
  desk:login("alice", "12345")
  local failure = br:json { "session", "failures", "limit=1" }.failures[1]
  lab.eq(failure.code, 39)
  lab.contains((story(br, failure.trace_id)), "HQ: refused: Configuration Issue (39): Default TFTP Server for EMCC Login Device is not set")
end)

lab.test("a cluster that does not answer is named, and the own steps are told", function()
  local trace_id = br:json { "session", "failures", "limit=1" }.failures[1].trace_id
  hq:cli "service deactivate extension-mobility"
  local answer = br:json { "trace", trace_id }
  lab.check(#answer.steps > 3, "%d steps", #answer.steps)
  lab.contains(answer.unanswered[1], "HQ: cluster HQ at")
  lab.contains(hq:cli { "trace", trace_id }, "cluster BR asks")
end)
