-- The disk is full, or a file may not grow: writes are refused with a sentence, reads and services go on, and once there is room again
-- so do writes, without a restart; what was acknowledged is there after a kill -9.
local core = require "core"
local declared = require "declared"
local lab = require "lab"
local task = require "task"

local hq = lab.cluster { id = "HQ" }

local function call(...) return declared.call(hq, ...) end

-- Writes records until one is refused; how many were taken, and the refusal.
local written = {}
local function write_until_refused(limit)
  for number = 1, limit do
    local name = ("Partition %06d"):format(#written + 1)
    local status, body, text = call("POST", "partitions", { name = name, description = ("x"):rep(100) })
    if status ~= 201 then return number - 1, status, body, text end
    written[#written + 1] = name
  end
  return limit, 201
end

-- A change of a record needs less room than a new one: changes one until that is refused too; how often it was taken.
local changes = 0
local function change_until_refused(limit)
  for number = 1, limit do
    changes = changes + 1
    local status = call("PATCH", "partitions/" .. core.url_encode(written[#written]), { description = ("%099d"):format(changes) })
    if status ~= 200 then return number - 1 end
  end
  return limit
end

-- The same until nothing more fits: what the store moves from its log into the database after a refusal leaves room for a few more.
local function write_until_full(limit)
  local taken, refusals, status, body, text = 0, 0, nil, nil, nil
  while refusals < 6 do
    local more
    more, status, body, text = write_until_refused(limit)
    if status ~= 507 then return taken + more, status, body, text end
    taken = taken + more
    refusals = more + change_until_refused(limit) == 0 and refusals + 1 or 0
    task.pause(700) -- the store moves its log when it was idle for two seconds
  end
  return taken, status, body, text
end

local function check_kept()
  local there, page = {}
  repeat
    page = select(2, call("GET", "partitions" .. (page and "?after=" .. core.url_encode(page.next) or "")))
    for _, record in ipairs(page.items) do there[record.name] = true end
  until not page.next
  for _, name in ipairs(written) do lab.check(there[name], "%s was acknowledged, and is not there", name) end
  return there
end

-- What the node says of it: in its log when it begins and when it is over (at the edge a write or two still fit), and in its metrics.
local function check_said(fault)
  local log = assert(io.open(hq.log_file)):read "a"
  local _, said = log:gsub("does not take what is written", "")
  local _, over = log:gsub("takes what is written again", "")
  lab.check(said >= 1, "the log does not say that the disk takes nothing")
  lab.eq(over, fault and said - 1 or said, "lines that it does again")
  local metrics = task.http { url = "http://node/metrics", unix_socket = hq.state .. "/sojourn.sock" }.body
  lab.contains(metrics, "sojourn_store_write_fault " .. (fault and 1 or 0))
end

local function worker()
  local pid = hq.process:pid()
  local file = assert(io.open(("/proc/%d/task/%d/children"):format(pid, pid)))
  local child = file:read("n")
  file:close()
  return child
end

-- What holds while nothing can be written.
local function check_refusals(expected)
  for _, attempt in ipairs { { "POST", "partitions", { name = "No room" } }, { "PATCH", "partitions/" .. core.url_encode(written[1]), { description = "No room" } },
    { "DELETE", "partitions/" .. core.url_encode(written[1]) }, { "PUT", "parameters/Enterprise/enterprise_max_phones", { value = 5 } },
    { "POST", "apply", { content = { partitions = { { name = "No room" } } } } } } do
    local status, body, text = call(table.unpack(attempt))
    lab.eq(status, 507, ("%s %s: %s"):format(attempt[1], attempt[2], text))
    lab.contains(body.detail, expected)
  end
  local there = check_kept()
  lab.check(not there["No room"], "a refused record is there")
  lab.eq(select(2, call("GET", "partitions/" .. core.url_encode(written[1]))).description, ("x"):rep(100), "a refused change")
  local shell = hq:try { "partition", "add", "name=No room" }
  lab.eq(shell.code, 1, "sojourn partition add ends with")
  lab.contains(shell.error, expected)
end

lab.step("a small file system of its own, where that can be had", function()
  if os.execute(("mount -t tmpfs -o size=48m,mode=0700 none '%s' 2>/dev/null"):format(hq.state)) then
    lab.finally(function() os.execute(("umount -l '%s'"):format(hq.state)) end)
    hq.small = true
  end
  hq:start()
  hq:activate { "certificates", "callmanager", "tftp", "extension-mobility", "bulk" }
  lab.eq(write_until_refused(100), 100, "records written")
  return hq.small and "48 MiB" or "none: mounting is not allowed here"
end)

if hq.small then
  lab.test("the disk is full: writes are refused, reads go on", function()
    os.execute(("dd if=/dev/zero of='%s/filler' bs=4096 2>/dev/null"):format(hq.state))
    local taken, status, _, text = write_until_full(20000)
    lab.eq(status, 507, "the refusal: " .. tostring(text))
    check_refusals "full"
    check_said(true)
    return ("refused after %d more records"):format(taken)
  end)

  lab.test("there is room again: writes go on without a restart", function()
    os.execute(("rm '%s/filler'"):format(hq.state))
    local taken, status, _, text = write_until_refused(100)
    lab.eq(taken, 100, ("%s %s: records written"):format(status, text))
    check_kept()
    check_said(false)
  end)
end

lab.test("a file may not grow: writes are refused, reads go on, the node lives", function()
  local before = worker()
  lab.check(os.execute(("prlimit --pid %d --fsize=65536:unlimited"):format(before)), "prlimit failed")
  local taken, status, _, text = write_until_full(5000)
  lab.eq(status, 507, "the refusal: " .. tostring(text))
  check_refusals "nothing was written"
  lab.eq(worker(), before, "the worker")
  return ("refused after %d more records"):format(taken)
end)

lab.test("it may again: writes go on without a restart", function()
  lab.check(os.execute(("prlimit --pid %d --fsize=unlimited:unlimited"):format(worker())), "prlimit failed")
  local taken, status, _, text = write_until_refused(100)
  lab.eq(taken, 100, ("%s %s: records written"):format(status, text))
  check_kept()
end)

lab.test("what was acknowledged is there after a kill", function()
  hq:kill()
  hq:start()
  check_kept()
  lab.eq(write_until_refused(10), 10, "records written")
  return #written .. " records"
end)
