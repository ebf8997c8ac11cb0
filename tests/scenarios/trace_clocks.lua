-- A trace stands in the order of cause and effect, and is the same told on either side, however wrong a clock is: HQ's is slow, then fast.
-- tests/scenarios/slow_node.c, preloaded, reads from a file beside each node file how many seconds its clock is ahead.
local lab = require "lab"
local pair = require "pair"

lab.check((os.getenv "SOJOURN_LAB_WRAP" or ""):find("LD_PRELOAD", 1, true), "SOJOURN_LAB_WRAP does not preload slow_node")
local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk

local function set_clock(cluster, seconds)
  local file = assert(io.open(cluster.directory .. "/clock", "w"))
  file:write(("%d\n"):format(seconds))
  file:close()
end

local function story(cluster, trace_id)
  local lines = {}
  for _, step in ipairs(cluster:json { "trace", trace_id }.steps) do lines[#lines + 1] = step.cluster_id .. ": " .. step.text end
  return table.concat(lines, "\n")
end

-- Each stands behind the one before it.
local function in_order(text, wanted)
  local at = 1
  for _, words in ipairs(wanted) do
    local from, to = text:find(words, at, true)
    lab.check(from, "expected \"%s\" after what stands before it in this list, in\n%s", words, text)
    at = to + 1
  end
end

for _, seconds in ipairs { -20, 20 } do
  lab.test(("with a clock at home that is %d s %s"):format(math.abs(seconds), seconds < 0 and "slow" or "fast"), function()
    set_clock(hq, seconds)
    pair.log_alice_in(world)
    local trace_id = br:get("sessions/" .. pair.desk_name).trace_id
    desk:logout()
    pair.wait_clean(world)
    desk:wait_registered { at = br, number = "6001" }
    -- Nobody notes any more of it.
    local here, there
    lab.wait_for("the story is told alike on both sides", 10, function()
      here, there = story(br, trace_id), story(hq, trace_id)
      return here == there, here .. "\n\nand at HQ\n" .. there
    end)
    in_order(here, {
      "BR: alice wants to log in on " .. pair.desk_name, "BR: asking 1 remote cluster for user alice",
      "HQ: cluster BR asks for user alice: belongs to this cluster", "BR: the user's home cluster is HQ", "BR: asking home cluster HQ to log alice in",
      "HQ: cluster BR asks to log alice in", "HQ: the PIN of alice is right", "HQ: alice is logged in on",
      "BR: alice of cluster HQ is logged in on " .. pair.desk_name, "HQ: alice asks on " .. pair.desk_name .. " to be logged out",
      "HQ: notifying cluster BR that the session", "BR: cluster HQ says that the session on " .. pair.desk_name .. " has ended",
      "HQ: cluster BR confirmed that the session on " .. pair.desk_name .. " has ended",
    })
  end)
end
