-- kill -9 of either node at random moments of logins and log-outs, with writes going on: what was acknowledged is kept, and both
-- clusters and the phone agree afterwards. SOJOURN_SEED repeats a run, SOJOURN_CRASHES says how many there are (20).
local core = require "core"
local declared = require "declared"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local seed = tonumber(os.getenv "SOJOURN_SEED") or os.time() * 1000 + core.pid() % 1000
local crashes = tonumber(os.getenv "SOJOURN_CRASHES") or 20
lab.say("SOJOURN_SEED=%d", seed)
math.randomseed(seed)

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk

-- Writes records one after the other until the node dies; what was acknowledged, and the one that was under way.
local serial = 0
local function start_writer(cluster)
  local writer = { acknowledged = {} }
  local thread = task.start(function()
    while true do
      serial = serial + 1
      local name = ("Written %d"):format(serial)
      local good, status = pcall(declared.call, cluster, "POST", "partitions", { name = name })
      if not good then return end
      if status == 201 then writer.acknowledged[#writer.acknowledged + 1] = name end
    end
  end)
  function writer.stop() thread.cancel() end
  return writer
end

local function check_written(cluster, writer)
  local there, page = {}
  repeat
    page = cluster:get("partitions" .. (page and "?after=" .. page.next or ""))
    for _, record in ipairs(page.items) do there[record.name] = true end
  until not page.next
  for _, name in ipairs(writer.acknowledged) do
    lab.check(there[name], "%s acknowledged %s and has lost it", cluster.name, name)
  end
end

local function begin(action)
  local page
  task.start(function()
    local good, result = pcall(action)
    page = good and result or { words = function() return tostring(result) end, code = function() return nil end, kind = "Error" }
  end)
  return function() return page end
end

local function acknowledged(page, words) return page.kind == "Text" and page:words():find(words, 1, true) ~= nil end

local tally = {}

for number = 1, crashes do
  local victim = math.random(2) == 1 and hq or br
  local logs_out = math.random(3) == 1
  local moment = math.random() ^ 2 * 160
  local what = ("%d: %s is killed %.1f ms into a %s"):format(number, victim.name, moment, logs_out and "log-out" or "login")
  lab.test(what, function()
    if logs_out then pair.log_alice_in(world) end
    local writer = start_writer(victim)
    local page = begin(function() return logs_out and desk:logout() or desk:login("alice", "12345") end)
    task.pause(moment)
    victim:kill()
    writer.stop()
    lab.wait_for("the phone's page", 25, page)
    victim:start()
    pair.update(world, 15)
    local outcome = pair.wait_agreement(world, 30)
    check_written(victim, writer)
    local told = page():words()
    if not logs_out and acknowledged(page(), "Login successful") then lab.eq(outcome, "logged in", "the login was acknowledged") end
    if logs_out and acknowledged(page(), "Logout successful") then lab.eq(outcome, "logged out", "the log-out was acknowledged") end
    if outcome == "logged in" then
      desk:logout()
      pair.wait_clean(world)
    end
    tally[outcome] = (tally[outcome] or 0) + 1
    return ("%d records acknowledged, the page said %q, then %s"):format(#writer.acknowledged, told, outcome)
  end)
end

for outcome, count in pairs(tally) do lab.say("%d times %s", count, outcome) end
