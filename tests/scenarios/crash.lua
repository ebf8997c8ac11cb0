-- kill -9 of either node at several moments of a login: nothing acknowledged is lost, and both sides agree afterwards.
local lab = require "lab"
local pair = require "pair"
local task = require "task"

local world = pair.start()
local hq, br, desk = world.hq, world.br, world.desk

-- Whatever the crash left, both clusters are asked to compare notes, and must then tell the same story as the phone.
local function recover()
  for _, cluster in ipairs { hq, br } do
    if not cluster.process then cluster:start() end
    cluster:wait_ready()
  end
  pair.update(world, 15)
  local outcome = pair.wait_agreement(world, 25)
  if outcome == "logged in" then
    desk:logout()
    pair.wait_clean(world)
  end
  return outcome
end

-- Submits the login beside the script and returns a function that tells its page, once there is one.
local function login_begins()
  local page
  task.start(function() page = desk:login("alice", "12345") end)
  return function() return page end
end

for _, victim in ipairs { hq, br } do
  -- With an argon2id PIN a login takes some 40 ms; later moments fall into the phone's way to its home.
  for _, delay_ms in ipairs { 2, 8, 14, 20, 26, 32, 38, 44, 50, 60, 80, 120 } do
    lab.test(("%s is killed %d ms into a login"):format(victim.name, delay_ms), function()
      local page = login_begins()
      task.pause(delay_ms)
      victim:kill()
      lab.wait_for("the login has an end on the phone", 25, page)
      local acknowledged = page().kind == "Text" and not page():code()
      local outcome = recover()
      lab.check(not acknowledged or outcome == "logged in", "the phone said %s, and then Alice was %s", page():words(), outcome)
      return ("the page said %s, then %s"):format(acknowledged and "success" or '"' .. page():words() .. '"', outcome)
    end)
  end

  lab.test(victim.name .. " is killed while Alice is logged in: the session is still there", function()
    pair.log_alice_in(world)
    victim:kill()
    victim:start()
    lab.eq(pair.wait_agreement(world, 25), "logged in")
    desk:logout()
    pair.wait_clean(world)
  end)

  lab.test("the worker of " .. victim.name .. " dies alone: its supervisor brings it back", function()
    pair.log_alice_in(world)
    victim:kill_worker()
    victim:wait_ready()
    lab.eq(pair.wait_agreement(world, 25), "logged in")
    desk:logout()
    pair.wait_clean(world)
  end)
end

lab.test("home dies during a log-out: the phone finds back and both agree", function()
  pair.log_alice_in(world)
  task.start(function() pcall(desk.logout, desk) end)
  task.pause(20)
  hq:kill()
  return recover()
end)

lab.test("home hangs at the moment of a login: the phone is told, nothing stays behind", function()
  hq:freeze()
  local page = login_begins()
  lab.wait_for("the login has an end on the phone", 30, page)
  lab.check(page():code(), "no refusal on the phone: %s", page():words())
  hq:thaw()
  return recover()
end)
