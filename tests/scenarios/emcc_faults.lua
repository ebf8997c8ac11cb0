-- Faults between real nodes, from a seed that is printed: at each step of login and log-out a request or an answer is lost, late or
-- doubled, a line is cut, a node is killed. After one update both sides agree, no base device is lost or taken twice, and whoever is out
-- can log in again. With tests/scenarios/slow_node.c preloaded both nodes hash slowly and have slow disks meanwhile, each time anew, beside
-- what the partner delays, loses or takes too long for. SOJOURN_SEED repeats a run, SOJOURN_FAULTS says how many faults there are,
-- SOJOURN_PAIRS on how many pairs of clusters side by side, SOJOURN_PHONES how many phones each has.
local core = require "core"
local fleet = require "fleet"
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local seed = tonumber(os.getenv "SOJOURN_SEED") or os.time() % 1000000
local wanted = tonumber(os.getenv "SOJOURN_FAULTS") or 208
local pairs_count = tonumber(os.getenv "SOJOURN_PAIRS") or 4
local phones_count = tonumber(os.getenv "SOJOURN_PHONES") or 12
local slow = (os.getenv "SOJOURN_LAB_WRAP" or ""):find("slow_node", 1, true) ~= nil
local patience = slow and 600 or 150 -- seconds for all faults
lab.say("SOJOURN_SEED=%d SOJOURN_FAULTS=%d SOJOURN_PAIRS=%d, %s", seed, wanted, pairs_count, slow and "slow nodes" or "quick nodes")

local tally, struck = {}, 0
local function count(world, what)
  tally[what] = (tally[what] or 0) + 1
  struck = struck + 1
  world.story[#world.story + 1] = what
end

-- Each pair has a generator of its own, so that what one does depends on no other.
local function generator(state)
  return function(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return (state >> 16) % n + 1
  end
end

local function one_of(world, list) return list[world.random(#list)] end

-- Runs a function beside the others; the result tells when it is over. Refusals and dead nodes are no errors here.
local function begin(action)
  local done = { over = false }
  task.start(function()
    local good, result = pcall(action)
    done.over, done.good, done.result = true, good, result
    task.changed()
  end)
  return done
end

local function wait_over(world, deeds, patient_s)
  lab.wait_for("all operations of " .. world.hq.name .. " have an end", patient_s or 45, function()
    for _, deed in ipairs(deeds) do
      if not deed.over then return false end
    end
    return true
  end)
end

-- Milliseconds that a comparison of a PIN and a flush of the store take more; some outlast what a login waits for.
local paces = { { 0, 0 }, { 300, 0 }, { 0, 150 }, { 800, 100 }, { 0, 600 }, { 2500, 0 }, { 0, 2500 } }
local too_slow = { { 12000, 0 }, { 0, 12000 } }
local function pace(world, cluster, hash, disk)
  local file = assert(io.open(cluster.directory .. "/slow", "w"))
  file:write(("%d %d\n"):format(hash, disk))
  file:close()
  if hash + disk > 0 then world.story[#world.story + 1] = ("%s takes %d ms to hash, %d ms to write"):format(cluster.name, hash, disk) end
end

local function be_slow(world)
  for _, cluster in ipairs(slow and { world.hq, world.br } or {}) do
    local chosen = one_of(world, wanted >= 60 and world.random(20) == 1 and too_slow or paces)
    pace(world, cluster, chosen[1], chosen[2])
    if chosen[1] + chosen[2] > 0 then tally["a slow node"] = (tally["a slow node"] or 0) + 1 end
  end
end

local function be_quick(world)
  for _, cluster in ipairs(slow and { world.hq, world.br } or {}) do pace(world, cluster, 0, 0) end
end

-- One update interval: the line is good, both nodes are there and ask each other once; then all must fit.
local function settle(world)
  be_quick(world)
  world.line:restore()
  for _, cluster in ipairs { world.hq, world.br } do
    if cluster.process then cluster:thaw() else cluster:start() end
    cluster:wait_ready()
  end
  pair.update(world, 20)
  local inside, outside = fleet.wait_agreement(world, slow and 60 or 20) -- one write of a slow node takes 12 s
  world.story = {}
  return inside, outside
end

-- Operations: { who asks over the line, how it begins }.
local function login(phone) return function() return phone:login("alice", "12345") end end
local function logouts(world, phone)
  local name = phone.device_name
  return one_of(world, {
    { "log-out at the phone", world.hq, function() return phone:logout() end },
    { "log-out by the home administrator", world.hq, function() return world.hq:ask("session/logout", { device_name = name }) end },
    { "log-out by the visited administrator", world.br, function() return world.br:ask("session/logout", { device_name = name }) end },
  })
end

local losses = {
  { "is lost, the connection ends", "close" }, { "is lost, the connection is reset", "reset" }, { "is lost in silence", "stall" },
  { "ends half-way", "half_close" }, { "is late", { delay = 400 } }, { "comes after its deadline", { delay = 6500 } },
}

-- Begins an operation with a fault at its request number `step`, and returns once the fault has struck or cannot any more.
local function begin_with_fault(world, from, step, fault, action)
  local deed
  local function seen(number) return function() return world.line:requests(from) >= number or deed.over end end
  if step == 2 then
    local before = world.line:requests(from)
    deed = begin(action)
    lab.wait_for("the first request", 10, seen(before + 1))
    world.line:fault(fault)
  else
    world.line:fault(fault)
    deed = begin(action)
  end
  pcall(lab.wait_for, "the fault strikes", 4, function() return fault.struck or deed.over end)
  if not fault.struck then world.line:forget(fault) end
  return deed, fault.struck
end

-- All phones at once, each with a loss of its own.
local function storm_of_logins(world, phones)
  local deeds = {}
  be_slow(world)
  for _, phone in ipairs(phones) do
    local step, at, loss = world.random(3) == 1 and 1 or 2, one_of(world, { "request", "answer" }), one_of(world, losses)
    local deed, hit = begin_with_fault(world, world.br, step, { from = world.br, at = at, what = loss[2] }, login(phone))
    deeds[#deeds + 1] = deed
    if hit then count(world, ("%s of %s %s"):format(at, step == 1 and "user" or "login", loss[1])) end
  end
  wait_over(world, deeds)
  return settle(world)
end

local function storm_of_logouts(world, phones)
  local deeds = {}
  be_slow(world)
  for _, phone in ipairs(phones) do
    local how, at, loss = logouts(world, phone), one_of(world, { "request", "answer" }), one_of(world, losses)
    local deed, hit = begin_with_fault(world, how[2], 1, { from = how[2], at = at, what = loss[2] }, how[3])
    deeds[#deeds + 1] = deed
    if hit then count(world, ("%s of logout %s (%s)"):format(at, loss[1], how[1])) end
  end
  wait_over(world, deeds)
  return settle(world)
end

local strikes = {
  { "the home node is killed", function(world) world.hq:kill() end },
  { "the visited node is killed", function(world) world.br:kill() end },
  { "both nodes are killed", function(world)
    world.hq:kill()
    world.br:kill()
  end },
  { "the home node's worker dies", function(world) world.hq:kill_worker() end },
  { "the visited node's worker dies", function(world) world.br:kill_worker() end },
  { "the line is cut", function(world) world.line:cut() end },
}

-- These take until the operation has been given up; what has waited meanwhile arrives when all is good again.
local long_strikes = {
  { "the line loses everything", function(world) world.line:stall() end },
  { "the home node hangs", function(world) world.hq:freeze() end },
  { "the visited node hangs", function(world) world.br:freeze() end },
}

-- One blow at an exact moment of one phone's login or log-out, with the other phones' sessions around it.
local function blow(world, phone, out)
  local strike, at, after = one_of(world, world.random(12) == 1 and long_strikes or strikes), one_of(world, { "request", "answer" }), world.random(2) == 1
  local step = (not out and world.random(3) > 1) and 2 or 1
  local how = out and logouts(world, phone) or { "login", world.br, login(phone) }
  local pause = after and world.random(40) or 0
  be_slow(world)
  local fault
  fault = {
    from = how[2], at = at,
    what = function(passing)
      if after then
        passing:pass()
        task.pause(pause)
      end
      strike[2](world)
      fault.over = true
      return "reset"
    end,
  }
  local deed, hit = begin_with_fault(world, how[2], step, fault, how[3])
  if hit then
    lab.wait_for("the blow is over", 15, function() return fault.over end)
    local message = out and "logout" or step == 1 and "user" or "login"
    count(world, ("%s %s the %s of %s passes (%s)"):format(strike[1], after and "after" or "before", at, message, how[1]))
  end
  wait_over(world, { deed })
  return settle(world)
end

local function log_in_cleanly(world, phones)
  local deeds = {}
  for _, phone in ipairs(phones) do deeds[#deeds + 1] = begin(login(phone)) end
  wait_over(world, deeds)
  for index, deed in ipairs(deeds) do
    local page = deed.result
    lab.check(deed.good and not page:code(), "%s cannot be used any more: %s", phones[index].name, deed.good and page:words() or tostring(page))
    phones[index]:wait_registered { at = world.hq, number = "4001", seconds = 15 }
  end
end

local function run(world)
  local inside, outside = fleet.wait_agreement(world, 10)
  while struck < wanted do
    inside, outside = storm_of_logins(world, outside)
    log_in_cleanly(world, outside)
    inside, outside = storm_of_logouts(world, select(1, fleet.wait_agreement(world, 10)))
    for _ = 1, 8 do
      if struck >= wanted then break end
      local out = #inside > 0 and (#outside == 0 or world.random(2) == 1)
      inside, outside = blow(world, one_of(world, out and inside or outside), out)
    end
    for _, phone in ipairs(inside) do phone:logout() end
    inside, outside = settle(world)
    lab.eq(#inside, 0, "phones still in use after clean log-outs")
  end
  log_in_cleanly(world, outside)
end

local worlds = {}
lab.step(("%d pairs of clusters with %d phones each"):format(pairs_count, phones_count), function()
  local deeds = {}
  for number = 1, pairs_count do
    deeds[number] = begin(function() worlds[number] = fleet.start { number = number, phones = phones_count } end)
  end
  wait_over({ hq = { name = "each pair" } }, deeds, 120) -- programs with sanitizers on a busy machine take their time
  for _, deed in ipairs(deeds) do lab.check(deed.good, "%s", tostring(deed.result)) end
end)

lab.test(("%d faults: both sides agree after each, and every phone is usable"):format(wanted), function()
  local began, deeds = core.now(), {}
  for number, world in ipairs(worlds) do
    world.random, world.story = generator(seed * 31 + number), {}
    deeds[number] = begin(function() run(world) end)
  end
  lab.wait_for("all pairs are through", patience, function()
    for _, deed in ipairs(deeds) do
      if not deed.over then return false, ("%d faults so far"):format(struck) end
    end
    return true
  end)
  for number, deed in ipairs(deeds) do
    if not deed.good then
      error(("pair %d, SOJOURN_SEED=%d: %s\nfaults since both sides last agreed: %s"):format(number, seed, tostring(deed.result),
        table.concat(worlds[number].story, "; ")), 0)
    end
  end
  lab.check(struck >= wanted, "%d faults struck", struck)
  lab.check(not slow or (tally["a slow node"] or 0) > 0, "no node was slow")
  local shares = { "of user ", "of login ", "of logout ", "kill", "lost in silence", "after its deadline" }
  for _, share in ipairs(shares) do
    local number = 0
    for what, times in pairs(tally) do number = number + (what:find(share, 1, true) and times or 0) end
    lab.check(number > 0 or wanted < 60, "no fault %q", share)
  end
  return ("%d faults in %.0f s"):format(struck, (core.now() - began) / 1000)
end)

local kinds = {}
for what, number in pairs(tally) do kinds[#kinds + 1] = ("%3d %s"):format(number, what) end
table.sort(kinds)
for _, what in ipairs(kinds) do lab.say("%s", what) end
