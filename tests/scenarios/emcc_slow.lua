-- Real nodes that are slow: PINs wait at home, a disk takes its time, and the line is late, in every order. Whatever the visited cluster
-- has given up makes no session at home, at no time, and nothing is kept of it: neither the base device nor the phone.
-- tests/scenarios/slow_node.c, preloaded, reads from a file beside each node file how slow the node is.
local fleet = require "fleet"
local lab = require "lab"
local task = require "task"

lab.check((os.getenv "SOJOURN_LAB_WRAP" or ""):find("LD_PRELOAD", 1, true), "SOJOURN_LAB_WRAP does not preload slow_node")
local world = fleet.start { phones = 1 }
local phone = world.phones[1]

-- Milliseconds that a comparison of a PIN and a flush of the store take more.
local function slow(cluster, hash, disk)
  local file = assert(io.open(cluster.directory .. "/slow", "w"))
  file:write(("%d %d\n"):format(hash, disk))
  file:close()
end

local function quick()
  slow(world.hq, 0, 0)
  slow(world.br, 0, 0)
end

local function base_devices_taken()
  local taken = 0
  for _, device in ipairs(world.hq:list "emcc_base_devices") do
    if (device.device_name or "") ~= "" then taken = taken + 1 end
  end
  return taken
end

local function began(cluster) return select(2, cluster:log_text():gsub("is logged in on " .. phone.device_name, "")) end

-- Both sides agree without an update, and what they agree on is what the phone was told.
local function agree(page, seconds)
  local wanted = page:code() and 0 or 1
  lab.wait_for("both clusters agree", seconds, function()
    local home, visiting = world.hq:get("sessions/" .. phone.device_name), world.br:get("sessions/" .. phone.device_name)
    local state = ("HQ %s, BR %s, %d base devices taken"):format(home and home.state or "no session", visiting and visiting.state or "no session",
      base_devices_taken())
    return (home and 1 or 0) == wanted and (visiting and 1 or 0) == wanted and base_devices_taken() == wanted, state
  end)
end

local function out()
  quick()
  local page = phone:logout()
  lab.eq(page:code(), nil, page:words())
  lab.wait_for("no user is logged in", 15, function()
    return not world.hq:get("sessions/" .. phone.device_name) and not world.br:get("sessions/" .. phone.device_name) and base_devices_taken() == 0
  end)
  phone:wait_registered { at = world.br, number = phone.own_number, seconds = 15 }
end

local function in_and_out()
  local page = phone:login("alice", "12345")
  lab.eq(page:code(), nil, page:words())
  phone:wait_registered { at = world.hq, number = "4001", seconds = 15 }
  out()
end

lab.test("a PIN that waits at home longer than the visited cluster does makes no session afterwards", function()
  local before = began(world.hq)
  slow(world.hq, 20000, 0)
  local page = phone:login("alice", "12345")
  lab.check(page:code(), "the phone shows %s", page:words())
  agree(page, 5)
  quick()
  task.pause(10000) -- the comparison ends meanwhile
  lab.eq(began(world.hq), before, "logins at home that nobody waited for")
  agree(page, 1)
  in_and_out()
end)

lab.test("a session that reaches the disk too late at home is ended again", function()
  slow(world.hq, 0, 14000)
  local page = phone:login("alice", "12345")
  lab.check(page:code(), "the phone shows %s", page:words())
  quick()
  agree(page, 40)
  in_and_out()
end)

-- Hash at home, disk at home, disk where the phone stands, and how late the line is.
local orders = { { 3000, 0, 0, 0 }, { 0, 2000, 2000, 0 }, { 5000, 0, 2000, 400 }, { 9000, 2000, 0, 6500 } }
lab.test("slow hashing, slow disks and a slow line in every order", function()
  local inside = 0
  for _, order in ipairs(orders) do
    slow(world.hq, order[1], order[2])
    slow(world.br, 0, order[3])
    local fault = order[4] > 0 and { from = world.br, at = order[4] > 1000 and "answer" or "request", what = { delay = order[4] } }
    if fault then world.line:fault(fault) end
    local page = phone:login("alice", "12345")
    if fault and not fault.struck then world.line:forget(fault) end
    quick()
    agree(page, 45)
    if not page:code() then
      inside = inside + 1
      phone:wait_registered { at = world.hq, number = "4001", seconds = 15 }
      out()
    end
  end
  in_and_out()
  return ("%d of %d logged in"):format(inside, #orders)
end)
