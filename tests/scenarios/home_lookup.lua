-- Whose user is it? Three clusters: two that claim the same user, one that is dead while another answers, all dead, and one that comes back.
local core = require "core"
local lab = require "lab"
local pair = require "pair"
local trio = require "trio"

local world = trio.start()
local hq, br, lx, desk = world.hq, world.br, world.lx, world.desk
local bob = pair.bob(hq)
local to_br, from_br_to_hq, from_br_to_lx

lab.step("lines between the clusters", function()
  bob:power_on()
  bob:wait_registered { at = hq }
  from_br_to_hq, from_br_to_lx = lab.line(br, hq), lab.line(br, lx)
  to_br = from_br_to_hq
end)

local function occurrences(text, part)
  local count = 0
  for _ in text:gmatch(part:gsub("%p", "%%%0")) do count = count + 1 end
  return count
end

-- William is a user of BR and, by the same file, of LX. He may not travel: the one that is asked says 31.
local function twenty_logins_of_william()
  local before = { [hq] = hq:log_text(), [br] = br:log_text(), [lx] = lx:log_text() }
  for _ = 1, 20 do
    local page = bob:login("william", "67890")
    lab.eq(page:code(), 31, page:words())
  end
  local function since(cluster, text) return occurrences(cluster:log_text():sub(#before[cluster] + 1), text) end
  lab.wait_for("a warning for each", 3, function()
    local warnings = since(hq, "clusters BR and LX both claim the user william; BR is taken")
    return warnings == 20, warnings
  end)
  lab.eq(since(br, "cluster HQ asks to log william in"), 20, "logins that went to BR")
  lab.eq(since(lx, "cluster HQ asks to log william in"), 0, "logins that went to LX")
end

lab.test("two clusters claim one user: 20 times the same answer, and a warning each time", twenty_logins_of_william)

lab.test("the same while the first of them is the slower one", function()
  to_br:delay(40)
  twenty_logins_of_william()
  to_br:restore()
end)

local function log_alice_in_and_out(most_seconds)
  local began = core.now()
  local page = desk:login("alice", "12345")
  local took = (core.now() - began) / 1000
  lab.eq(page:code(), nil, page:words())
  lab.check(took < most_seconds, "the login took %.1f s", took)
  desk:wait_registered { at = hq, number = "4001" }
  desk:logout()
  pair.wait_clean(world)
  return ("the login took %.2f s"):format(took)
end

lab.test("a cluster that says nothing does not hold up the users of another", function()
  from_br_to_lx:stall()
  return log_alice_in_and_out(2)
end)

lab.test("a cluster that is gone does not either", function()
  from_br_to_lx:restore()
  lx:kill()
  return log_alice_in_and_out(2)
end)

lab.test("who comes before the user's home in the order and says nothing costs a moment", function()
  lx:start()
  lx:apply { end_users = { { user_id = "lucy", last_name = "Lux", pin = "13579", enable_emcc = true, controlled_profiles = { "William" } } } }
  from_br_to_hq:stall()
  local began = core.now()
  local page = desk:login("lucy", "13579")
  local took = (core.now() - began) / 1000
  lab.eq(page:code(), 33, page:words()) -- LX has been found, and has no base device
  lab.check(took < 2, "the login took %.1f s", took)
  from_br_to_hq:restore()
  return ("%s after %.2f s"):format(page:words(), took)
end)

lab.test("the user's home is gone, another answers: 208, since the user may be its own", function()
  hq:stop()
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), 208, page:words())
end)

lab.test("all are gone: 208", function()
  lx:stop()
  local page = desk:login("alice", "12345")
  lab.eq(page:code(), 208, page:words())
end)

lab.test("all say nothing: 40, shown as 23, within the deadline", function()
  hq:start()
  lx:start()
  trio.update(world)
  from_br_to_hq:stall()
  from_br_to_lx:stall()
  local began = core.now()
  local page = desk:login("alice", "12345")
  local took = (core.now() - began) / 1000
  lab.eq(page:code(), 23, page:words())
  lab.contains(br:log_text(), "No Response from Remote Host (40)")
  lab.check(took < 6, "it took %.1f s", took)
  return ("after %.1f s"):format(took)
end)

lab.test("those known to be dead are asked all the same, with less patience; the first login after their return works", function()
  br:try "remote-cluster update"
  local began = core.now()
  local page = desk:login("alice", "12345")
  local took = (core.now() - began) / 1000
  lab.eq(page:code(), 23, page:words())
  lab.check(took < 3, "it took %.1f s", took)
  lab.check((br:get "remote_cluster_statuses/HQ".reason or "") ~= "", "BR does not know that HQ is dead")
  from_br_to_hq:restore()
  log_alice_in_and_out(4)
  lab.wait_for("BR has learnt that HQ is back", 5, function() return (br:get "remote_cluster_statuses/HQ".reason or "") == "" end)
  return ("%s after %.1f s, then logged in"):format(page:words(), took)
end)
