-- What scenario scripts use: `local lab = require "lab"`. Steps and tests with TAP output, checks, and the makers of clusters, phones,
-- softphones and gateways, each on an address of its own. docs/lab.md is the guide.
local addresses = require "addresses"
local calls = require "sip_call"
local cluster = require "cluster"
local core = require "core"
local gateway = require "gateway"
local line = require "line"
local phone = require "phone"
local softphone = require "softphone"
local task = require "task"

local lab = {
  wait_for = task.wait_for,
  talk_both = calls.talk_both,
  talk_when_joined = calls.talk_when_joined,
  options = {},
}

-- One script being run; the runner sets it.
local run

--- For the runner: what the next script runs in.
function lab.begin(fields)
  run = fields
  run.clusters, run.things, run.finally = {}, {}, {}
  run.address = addresses.take()
  lab.range = run.address(0):gsub("0$", "") -- "127.80.3."
  lab.directory = run.directory
  return run
end

-- Results ------------------------------------------------------------------------------------------------------------------------------

local points, failures = 0, 0

local function print_line(format, ...)
  io.stdout:write(select("#", ...) > 0 and format:format(...) or format, "\n")
  io.stdout:flush()
end

local function comment(text)
  for line in (text .. "\n"):gmatch("(.-)\n") do print_line("# " .. line:gsub("%%", "%%%%")) end
end

--- Tells the reader something.
function lab.say(format, ...)
  comment(select("#", ...) > 0 and format:format(...) or format)
end

function lab.point(good, name, seen)
  points = points + 1
  if not good then
    failures = failures + 1
    if run then run.failed = true end
  end
  local text = name .. (seen and ": " .. seen or "")
  print_line("%s", ("%s %d - %s"):format(good and "ok" or "not ok", points, (text:gsub("\n", " ")):gsub("#", "\\#")))
end

--- A test that cannot be run here, and why.
function lab.skip(name, why)
  points = points + 1
  print_line("%s", ("ok %d - %s # SKIP %s"):format(points, name, why))
end

function lab.counts() return points, failures end

--- The problem with the lines of the script on the way to it; the lab's own are left out.
function lab.explain(problem)
  local lines = { tostring(problem) }
  for line in debug.traceback("", 2):gmatch("[^\n]+") do
    if line:find("%.%a+:%d+:") and not line:find("^%s*lab/") then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n")
end

local function attempt(name, body)
  local began = core.now()
  local good, seen = xpcall(body, lab.explain)
  if good then
    lab.point(true, name, type(seen) == "string" and seen or nil)
  else
    lab.point(false, name)
    comment(seen)
    comment(("after %.1f s"):format((core.now() - began) / 1000))
  end
  return good
end

--- A test of its own: when it fails the script goes on. The body may return a text: what was seen.
function lab.test(name, body) return attempt(name, body) end

--- A step that the following ones build on: when it fails the script ends.
function lab.step(name, body)
  if not attempt(name, body) then error(lab.stop_script) end
end
lab.stop_script = setmetatable({}, { __tostring = function() return "the step before failed" end })

--- Fails with `what` unless the condition holds; returns the condition.
function lab.check(condition, what, ...)
  if not condition then error(select("#", ...) > 0 and what:format(...) or what or "a check failed", 2) end
  return condition
end

local function show(value)
  if type(value) == "table" then return cluster.to_lua(value) end
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

--- Fails unless both are equal.
function lab.eq(actual, expected, what)
  if actual ~= expected then
    error(("%s: expected %s, got %s"):format(what or "values differ", show(expected), show(actual)), 2)
  end
  return actual
end

--- Fails unless the text contains the plain text.
function lab.contains(text, part, what)
  if not tostring(text):find(part, 1, true) then
    error(("%s: %s does not contain %s"):format(what or "text", show(text), show(part)), 2)
  end
  return text
end

-- The world ----------------------------------------------------------------------------------------------------------------------------

--- A path beside the script.
function lab.beside(path) return run.script_directory .. "/" .. path end

--- The next free address of this run, or the one that ends with a number.
function lab.address(last) return run.address(last) end

local function keep(thing)
  run.things[#run.things + 1] = thing
  return thing
end

local function log_writer(name)
  local file = assert(io.open(("%s/%s.log"):format(run.directory, name), "a"))
  file:setvbuf("line")
  local began = core.now()
  return function(text)
    local line = ("%8.3f %s"):format((core.now() - began) / 1000, text)
    file:write(line, "\n")
    if lab.options.verbose then comment(name .. " " .. line) end
  end
end

-- Phones and nodes agree on the TFTP port: 69 when this process may bind it, else a high one.
local tftp_port
local function find_tftp_port()
  if not tftp_port then
    local socket = core.udp(run.address(254), 69, function() end)
    tftp_port = socket and 69 or 6969
    if socket then socket:close() end
  end
  return tftp_port
end

local address6 = "::1"

--- Whether this machine has IPv6.
function lab.has_ipv6()
  local socket = core.udp(address6, 0, function() end)
  if socket then socket:close() end
  return socket ~= nil
end

-- IPv6 has one loopback address for all that run: a node there has ports of its own.
local function give_ipv6(fields)
  run.port = run.port or addresses.take_ports()
  fields.address6, fields.ports = address6, {}
  for _, name in ipairs { "sip", "sips", "tftp", "tftp_http", "http", "https" } do fields.ports[name] = run.port() end
end

--- A cluster of one node: lab.cluster { id = "HQ" }; name = "HQ-2" tells it from others of that id; with ipv6 = true it has an address of
--- that family too. It is not started yet.
function lab.cluster(fields)
  assert(fields.id, "a cluster needs an id")
  fields.address = fields.address or run.address(#run.clusters + 1)
  fields.directory = ("%s/%s"):format(run.directory, fields.name or fields.id)
  fields.programs, fields.plugins = run.programs, run.plugins
  fields.tftp_port = find_tftp_port()
  if fields.ipv6 then give_ipv6(fields) end
  local made = cluster.new(fields)
  run.clusters[#run.clusters + 1] = made
  return made
end

local function address_of(fields) return fields.address or fields.ipv6 and address6 or run.address() end

--- A desk phone: lab.phone { mac, model, home = cluster whose TFTP server DHCP names, ipv6 = it uses IPv6 alone }. It is off.
function lab.phone(fields)
  fields.address = address_of(fields)
  fields.tftp = fields.tftp or { addresses.of(assert(fields.home, "a phone needs home, the cluster it belongs to"), fields) }
  fields.tftp_port = fields.ipv6 and fields.home.ports.tftp or find_tftp_port()
  fields.file_port = fields.ipv6 and fields.home.ports.tftp_http or nil
  fields.write_log = log_writer(fields.name or ("SEP" .. fields.mac:upper():gsub("[^%x]", "")))
  return keep(phone.new(fields))
end

--- A softphone: lab.softphone { cluster, user, password, number }.
function lab.softphone(fields)
  fields.address = address_of(fields)
  fields.write_log = log_writer(fields.name or fields.user)
  return keep(softphone.new(fields))
end

--- A gateway to the public network: lab.gateway { name, address }.
function lab.gateway(fields)
  fields.address = address_of(fields)
  if fields.ipv6 then fields.port = run.port() end
  fields.write_log = log_writer(fields.name or "gateway")
  return keep(gateway.new(fields))
end

--- The line between two clusters that run and know each other: lab.line(hq, br). It can be cut, stalled, delayed, and be given faults.
function lab.line(one, other)
  run.lines = (run.lines or 0) + 1
  return keep(line.new(one, other, 9000 + run.lines))
end

--- Has a function called when the script is over, however it ends.
function lab.finally(body) run.finally[#run.finally + 1] = body end

--- With --stay: prints the text, keeps everything up until it is interrupted, and ends the script there.
function lab.stay(text)
  if not lab.options.stay then return end
  comment(text)
  comment("Everything stays up until you press Ctrl-C.")
  task.await(function(done) run.interrupt = done end)
  run.interrupt = nil
  error(lab.stop_script)
end

--- For the runner: true when a script that stays was waiting for this interruption.
function lab.interrupt()
  if not (run and run.interrupt) then return false end
  run.interrupt()
  return true
end

-- The end ------------------------------------------------------------------------------------------------------------------------------

local function sanitizer_report(text)
  return text:match("ERROR: %w+Sanitizer[^\n]*") or text:match("[^\n]*runtime error:[^\n]*")
end

--- For the runner: takes the world down. Nodes that still run must end well, and none may have left a sanitizer's report.
function lab.finish()
  for index = #run.finally, 1, -1 do run.finally[index]() end
  for _, thing in ipairs(run.things) do
    if thing.power_off and thing.state ~= "off" then thing:power_off() end
    if thing.close then thing:close() end
  end
  for _, each in ipairs(run.clusters) do
    local good, problem = pcall(function()
      if each.process then
        lab.eq(each:stop(), 0, each.name .. " ends after SIGTERM with code")
      end
      local report = sanitizer_report(each:log_text())
      if report then error(each.name .. ": " .. report, 0) end
    end)
    if not good then
      lab.point(false, each.name .. " ends cleanly")
      comment(tostring(problem))
    end
  end
end

--- For the runner: the ends of the nodes' logs, for a script that failed.
function lab.show_logs()
  for _, each in ipairs(run.clusters) do
    comment(("-- the log of %s ends with:"):format(each.name))
    comment(each:log_tail(25))
  end
  comment("All logs are in " .. run.directory)
end

return lab
