-- One cluster under test: a real sojournd on its own loopback address, with its own state directory, driven from outside: node file,
-- commands, the REST interface on its unix socket, signals.
local core = require "core"
local task = require "task"

local Cluster = {}
Cluster.__index = Cluster

local cluster = {}

local SIGKILL, SIGTERM, SIGCONT, SIGSTOP, SIGHUP = 9, 15, 18, 19, 1

--- Writes a value as Lua text, as in a node file or an apply file.
function cluster.to_lua(value, indent)
  indent = indent or ""
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") end
  if type(value) ~= "table" then return tostring(value) end
  local inner, lines = indent .. "  ", {}
  for _, item in ipairs(value) do lines[#lines + 1] = inner .. cluster.to_lua(item, inner) .. "," end
  local names = {}
  for name in pairs(value) do
    if type(name) ~= "number" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("%s[%q] = %s,"):format(inner, name, cluster.to_lua(value[name], inner))
  end
  return "{\n" .. table.concat(lines, "\n") .. "\n" .. indent .. "}"
end

local function write_file(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local function read_file(path)
  local file = io.open(path, "rb")
  if not file then return "" end
  local text = file:read("a")
  file:close()
  return text
end

--- cluster.new { id, name (the id), address, address6 = a second one, in IPv6, directory, programs = directory of sojournd and sojourn, ports }
function cluster.new(fields)
  local self = setmetatable(fields, Cluster)
  self.name = self.name or self.id
  self.node = self.node or self.id:lower() .. "-1"
  self.ports = self.ports or { sip = 5060, sips = 5061, tftp = self.tftp_port, tftp_http = 6970, http = 8080, https = 8443 }
  self.state = self.directory .. "/state"
  self.socket = self.state .. "/sojourn.sock"
  self.log_file = self.directory .. "/node.log"
  self.commands = 0
  core.make_directory(self.state)
  local beforehand = os.getenv "SOJOURN_LAB_STATE"
  if beforehand then
    assert(os.execute(("cp -R '%s/.' '%s'"):format(beforehand, self.state)), "SOJOURN_LAB_STATE cannot be copied: " .. beforehand)
  end
  write_file(self.directory .. "/node.lua", "return " .. cluster.to_lua {
    cluster = self.id, node = self.node, role = "publisher",
    listen = {
      address = self.address6 and { self.address, self.address6 } or self.address, sip = self.ports.sip, sips = self.ports.sips, tftp = self.ports.tftp,
      tftp_http = self.ports.tftp_http, http = self.ports.http, https = self.ports.https,
    },
    directories = { state = self.state, plugins = self.plugins },
    log = { level = self.log_level or "debug", format = "text" },
  } .. "\n")
  return self
end

--- Whether an address that a phone was given is one of this cluster's.
function Cluster:has_address(address) return address == self.address or address == self.address6 end

-- Life -----------------------------------------------------------------------------------------------------------------------------

-- Words that stand before the node's own: a program that runs it, such as valgrind.
local function wrapping()
  local line = {}
  for word in (os.getenv "SOJOURN_LAB_WRAP" or ""):gmatch("%S+") do line[#line + 1] = word end
  return line
end

--- Starts the node and waits until it is ready; returns the seconds that took.
function Cluster:start()
  assert(not self.process, self.name .. " runs already")
  local began = core.now()
  self.exit = nil
  local line = wrapping()
  for _, word in ipairs { self.programs .. "/sojournd", "-c", self.directory .. "/node.lua" } do line[#line + 1] = word end
  self.process = core.spawn(line, self.log_file, self.log_file,
    function(code, signal)
      self.process = nil
      self.exit = { code = code, signal = signal }
      task.changed()
    end)
  self:wait_ready()
  return (core.now() - began) / 1000
end

--- Waits until /readyz says that all activated services run.
function Cluster:wait_ready(seconds)
  task.wait_for(self.name .. " is ready", seconds or 30, function()
    if self.exit then
      error(("%s ended at its start (code %s, signal %s); its log ends with:\n%s"):format(self.name, tostring(self.exit.code),
        tostring(self.exit.signal), self:log_tail(15)), 0)
    end
    local result = task.http { url = "http://localhost/readyz", unix_socket = self.socket, timeout_ms = 2000 }
    return result.status == 200, result.error or result.status
  end)
end

--- Ends the node with SIGTERM and waits for it; its exit code.
function Cluster:stop(seconds)
  if not self.process then return self.exit and self.exit.code end
  self.process:signal(SIGTERM)
  task.wait_for(self.name .. " stops", seconds or 15, function() return self.exit end)
  return self.exit.code
end

local function children_of(pid)
  local found = {}
  for child in read_file(("/proc/%d/task/%d/children"):format(pid, pid)):gmatch("%d+") do found[#found + 1] = tonumber(child) end
  return found
end

-- Whether a process has let go of all it had: it is not there any more, or nothing but its entry is.
local function gone(pid)
  local state = io.open(("/proc/%d/stat"):format(pid))
  local text = state and state:read("a") or ""
  if state then state:close() end
  return text == "" or text:match("%) (%a)") == "Z"
end

--- kill -9 of everything of the node at once: supervisor and worker. A large worker takes a moment to let go of its addresses.
function Cluster:kill()
  local workers = children_of(self.process:pid())
  self.process:signal(SIGKILL, true)
  task.wait_for(self.name .. " is dead", 10, function()
    for _, pid in ipairs(workers) do
      if not gone(pid) then return false end
    end
    return self.exit
  end)
end

--- kill -9 of the worker alone: the supervisor starts it again.
function Cluster:kill_worker()
  local workers = children_of(self.process:pid())
  assert(#workers > 0, self.name .. " has no worker process")
  for _, pid in ipairs(workers) do os.execute("kill -9 " .. pid) end
end

function Cluster:restart()
  self:stop()
  self:start()
end

--- Lets the cluster hang, as behind a broken line: connections open, nothing answers. thaw() ends it.
function Cluster:freeze() self.process:signal(SIGSTOP, true) end
function Cluster:thaw() self.process:signal(SIGCONT, true) end

--- Has it read policies, certificates and log level again.
function Cluster:reload() self.process:signal(SIGHUP) end

function Cluster:log_text() return read_file(self.log_file) end

function Cluster:log_tail(count)
  local lines = {}
  for line in self:log_text():gmatch("[^\n]+") do lines[#lines + 1] = line end
  return table.concat(lines, "\n", math.max(1, #lines - count + 1))
end

-- Commands ---------------------------------------------------------------------------------------------------------------------------

local function words(command)
  local list = {}
  local rest = command
  while rest ~= "" do
    rest = rest:gsub("^%s+", "")
    local word, after = rest:match('^"([^"]*)"(.*)$')
    if not word then word, after = rest:match("^(%S+)(.*)$") end
    if not word then break end
    list[#list + 1] = word
    rest = after
  end
  return list
end

--- Runs a `sojourn` command against this node: a line, or a list of words. Returns { code, output, error, json }.
function Cluster:try(command)
  self.commands = self.commands + 1
  local list = type(command) == "table" and command or words(command)
  local base = ("%s/command-%03d"):format(self.directory, self.commands)
  local line = { self.programs .. "/sojourn", "--node", self.state, table.unpack(list) }
  local code, signal = task.await(function(done) core.spawn(line, base .. ".out", base .. ".err", done) end)
  local output, problem = read_file(base .. ".out"), read_file(base .. ".err")
  write_file(base .. ".line", table.concat(list, " ") .. "\n")
  return { code = code, signal = signal, output = output, error = problem, line = table.concat(list, " ") }
end

--- The same; an error when the command fails. Returns what it printed.
function Cluster:cli(command)
  local result = self:try(command)
  if result.code ~= 0 then
    error(("%s: sojourn %s ended with %s: %s%s"):format(self.name, result.line, tostring(result.code or result.signal), result.error,
      result.output), 2)
  end
  return result.output
end

--- The same with --json; returns the decoded answer.
function Cluster:json(command)
  local list = type(command) == "table" and command or words(command)
  return assert(core.json_decode(self:cli { "--json", table.unpack(list) }))
end

--- Activates services, one command each, as an administrator ticks boxes.
function Cluster:activate(services)
  for _, service in ipairs(services) do self:cli { "service", "activate", service } end
end

--- Lays configuration down: a table by the rules of apply files.
function Cluster:apply(configuration)
  self.applied = (self.applied or 0) + 1
  local path = ("%s/apply-%d.lua"):format(self.directory, self.applied)
  write_file(path, "return " .. cluster.to_lua(configuration) .. "\n")
  return self:cli { "apply", path }
end

--- Lays an apply file down, with texts in it replaced first (addresses, mostly): { ["127.0.10.1"] = hq.address }.
function Cluster:apply_file(path, replace)
  local text = read_file(path)
  assert(text ~= "", path .. " is empty or cannot be read")
  for from, to in pairs(replace or {}) do
    text = text:gsub(from:gsub("%p", "%%%0"), (to:gsub("%%", "%%%%")))
  end
  self.applied = (self.applied or 0) + 1
  local copy = ("%s/apply-%d.lua"):format(self.directory, self.applied)
  write_file(copy, text)
  return self:cli { "apply", copy }
end

-- REST -------------------------------------------------------------------------------------------------------------------------------

--- One REST call on the node's own socket; returns status and the decoded body.
function Cluster:rest(method, path, body)
  local result = task.http {
    url = "http://localhost/api/v1/" .. path, method = method, unix_socket = self.socket,
    body = body and core.json_encode(body), headers = body and { ["Content-Type"] = "application/json" } or {},
  }
  if result.error then error(("%s: %s %s: %s"):format(self.name, method, path, result.error), 2) end
  return result.status, result.body ~= "" and core.json_decode(result.body) or nil, result
end

--- A record ("phones/SEP001122334455"), or nil when there is none.
function Cluster:get(path)
  local status, body = self:rest("GET", path)
  if status == 404 then return nil end
  if status ~= 200 then
    error(("%s: GET %s answered %d: %s"):format(self.name, path, status, body and body.detail or ""), 2)
  end
  return body
end

--- The records of a resource.
function Cluster:list(path)
  local body = self:get(path) or {}
  return body.items or body
end

--- Asks a request that is offered as a command: do_("session/logout", { device_name = ... }).
function Cluster:ask(name, arguments)
  local status, body = self:rest("POST", "do/" .. name, arguments or core.json_decode("{}"))
  if status >= 300 then
    error(("%s: %s answered %d: %s"):format(self.name, name, status, body and (body.detail or body.title) or ""), 2)
  end
  return body
end

--- Listens to the node's live events of one type from now on; watch:wait(condition, seconds) returns the first that fits.
function Cluster:watch(event_type)
  local watch = { seen = {}, name = ("%s tells %s"):format(self.name, event_type) }
  local pending = ""
  core.http({
    url = "http://localhost/api/v1/events?type=" .. event_type, unix_socket = self.socket, timeout_ms = 3600000,
    headers = { Accept = "text/event-stream" },
    stream = function(bytes)
      watch.open = true
      pending = pending .. bytes
      for line in pending:gmatch("([^\n]*)\n") do
        local data = line:match("^data: ?(.*)$")
        if data then watch.seen[#watch.seen + 1] = core.json_decode(data) end
      end
      pending = pending:match("[^\n]*$")
      task.changed()
    end,
  }, function() watch.ended = true end)
  function watch:wait(condition, seconds)
    return task.wait_for(self.name, seconds or 5, function()
      for _, event in ipairs(self.seen) do
        if not condition or condition(event) then return event end
      end
      return nil, ("%d others"):format(#self.seen)
    end)
  end
  task.wait_for(watch.name .. ": the stream is open", 5, function() return watch.open end)
  return watch
end

--- Waits until a record is there and, when given, condition(record) holds.
function Cluster:wait_record(path, condition, seconds)
  return task.wait_for(("%s has %s"):format(self.name, path), seconds or 5, function()
    local record = self:get(path)
    return record and (not condition or condition(record)) and record, record and "it is not as wanted" or "there is none"
  end)
end

--- Waits until a record is gone.
function Cluster:wait_gone(path, seconds)
  task.wait_for(("%s has no %s any more"):format(self.name, path), seconds or 5, function() return self:get(path) == nil end)
end

return cluster
