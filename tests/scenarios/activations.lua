-- Every service is activated and deactivated 1,000 times (SOJOURN_ACTIVATIONS says otherwise) while registrations, file fetches, phone
-- pages and events go on: afterwards each owns what it owned after the warm-up, nothing while it is away, and the node has no more
-- memory and descriptors.
local core = require "core"
local lab = require "lab"
local task = require "task"

local rounds = tonumber(os.getenv "SOJOURN_ACTIVATIONS") or 1000
local warm_up = rounds // 4
local memory_allowed_kib = 2048

local hq = lab.cluster { id = "HQ", log_level = "warning" }
local services = { "certificates", "callmanager", "tftp", "extension-mobility", "bulk" }
local phone_name = "SEP00AA00000002"

lab.step("a node runs with all its services", function()
  hq:start()
  hq:activate(services)
  hq:apply_file(lab.beside("../../examples/two-clusters/hq.lua"), { ["127.10.0."] = lab.range })
end)

-- Measuring ----------------------------------------------------------------------------------------------------------------------------

local function read_file(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  return text
end

local supervisor = hq.process:pid()
local worker = tonumber(read_file(("/proc/%d/task/%d/children"):format(supervisor, supervisor)):match("%d+"))

-- Of the worker: resident memory without what is mapped from files, and open descriptors without those of the store, which opens
-- a connection for its checkpoints when the first is due.
local function usage()
  local listing = assert(io.popen(("ls -l /proc/%d/fd"):format(worker)))
  local open = 0
  for line in listing:lines() do
    if line:find("->", 1, true) and not line:find("sojourn.db", 1, true) then open = open + 1 end
  end
  listing:close()
  -- The events that are kept for their reader grow up to a bound of their own.
  local text = task.http { url = "http://node/metrics", unix_socket = hq.state .. "/sojourn.sock" }.body
  local kept = tonumber(text:match "sojourn_live_events_kept_bytes (%d+)")
  lab.check(kept, "the metric of kept events is there")
  return tonumber(read_file(("/proc/%d/status"):format(worker)):match("RssAnon:%s*(%d+)")) - kept * 3 // 2 // 1024, open
end

-- What each service owns: "route 3, timer 2". A job is work under way, which ends.
local function owned_now()
  local all = {}
  for _, name in ipairs(services) do
    local kinds = {}
    for _, thing in ipairs(hq:ask("service/status", { service = name }).owned) do
      kinds[#kinds + 1] = ("%s %d"):format(thing.kind, thing.count)
    end
    table.sort(kinds)
    all[name] = table.concat(kinds, ", ")
  end
  return all
end

local function owned()
  local all
  lab.wait_for("work under way is done", 10, function()
    all = owned_now()
    for name, things in pairs(all) do
      if things:find("job ", 1, true) then return false, name .. " owns " .. things end
    end
    return true
  end)
  return all
end

-- Traffic ------------------------------------------------------------------------------------------------------------------------------

local counts, stopping, busy = {}, false, 0

-- Repeats something until all is over; what comes while its service is away may fail.
local function keep_doing(what, action)
  counts[what] = counts[what] or { done = 0, refused = 0 }
  local count = counts[what]
  busy = busy + 1
  task.start(function()
    while not stopping do
      local good, result = pcall(action)
      if good and result then count.done = count.done + 1 else count.refused = count.refused + 1 end
      task.pause(1)
    end
    busy = busy - 1
  end)
end

local function fetched(url)
  return function() return task.http({ url = url, timeout_ms = 1000 }).status == 200 end
end

local tftp = require "tftp"
local fetcher = lab.address()
local carol = lab.softphone { cluster = hq, user = "carol", password = "carols-secret", number = "4003" }
local function registered() return carol:register(600).status == 200 end

local function start_traffic()
  stopping = false
  keep_doing("registrations", registered)
  keep_doing("files over HTTP", fetched(("http://%s:%d/%s.cnf.xml"):format(hq.address, hq.ports.tftp_http, phone_name)))
  keep_doing("files over TFTP", function()
    return tftp.get(fetcher, hq.address, hq.ports.tftp, phone_name .. ".cnf.xml", {}, 300)
  end)
  keep_doing("pages", fetched(("http://%s:%d/emapp/EMAppServlet?device=%s"):format(hq.address, hq.ports.http, phone_name)))
  keep_doing("pages over TLS", fetched(("https://%s:%d/emapp/EMAppServlet?device=%s"):format(hq.address, hq.ports.https, phone_name)))
end

local function served()
  local sum = 0
  for _, count in pairs(counts) do sum = sum + count.done end
  return sum
end

local function stop_traffic()
  stopping = true
  lab.wait_for("the traffic ends", 30, function() return busy == 0 end)
end

local events = core.spawn({ hq.programs .. "/sojourn", "--node", hq.state, "events", "tail" }, lab.directory .. "/events",
  lab.directory .. "/events.err")
lab.finally(function() events:signal(15) end)

-- The test -----------------------------------------------------------------------------------------------------------------------------

local function deactivate_all()
  for index = #services, 1, -1 do hq:ask("service/deactivate", { service = services[index], force = true }) end
end

local function activate_all()
  for _, name in ipairs(services) do hq:ask("service/activate", { service = name }) end
end

-- So many rounds under traffic; then, with the traffic gone and all services fresh, what is owned and used.
local function rounds_under_traffic(number)
  start_traffic()
  local began = core.now()
  for _ = 1, number do
    deactivate_all()
    activate_all()
    local before = served()
    lab.wait_for("something is served", 5, function() return served() >= before + 5 end)
  end
  local seconds = (core.now() - began) / 1000
  stop_traffic()
  lab.check(registered(), "the softphone cannot register any more")
  deactivate_all()
  for name, things in pairs(owned()) do lab.eq(things, "", name .. " is away and owns") end
  activate_all()
  return owned(), seconds
end

local first, memory, descriptors

lab.step("services come and go under traffic", function()
  local seconds
  first, seconds = rounds_under_traffic(warm_up)
  memory, descriptors = usage()
  return ("%d rounds of %d services in %.1f s, then %d KiB and %d descriptors"):format(warm_up, #services, seconds, memory, descriptors)
end)

lab.test("they do so ever on: nothing has grown", function()
  local last, seconds = rounds_under_traffic(rounds - warm_up)
  for _, name in ipairs(services) do lab.eq(last[name], first[name], name .. " owns") end
  local now, open
  lab.wait_for("descriptors are back", 15, function()
    now, open = usage()
    return open <= descriptors, ("%d after %d rounds, %d after %d"):format(descriptors, warm_up, open, rounds)
  end)
  local text = ("%d rounds more in %.1f s: %+d KiB, %+d descriptors"):format(rounds - warm_up, seconds, now - memory, open - descriptors)
  lab.check(now - memory <= memory_allowed_kib, "%s; allowed are %d KiB", text, memory_allowed_kib)
  return text
end)

lab.test("the traffic was real", function()
  local told = {}
  for what, count in pairs(counts) do
    told[#told + 1] = ("%s %d (%d refused)"):format(what, count.done, count.refused)
    lab.check(count.done >= rounds // 50, "only %d %s", count.done, what)
  end
  local seen = select(2, read_file(lab.directory .. "/events"):gsub("\n", ""))
  lab.check(seen > rounds, "only %d events", seen)
  table.sort(told)
  return table.concat(told, ", ") .. (", %d events"):format(seen)
end)
