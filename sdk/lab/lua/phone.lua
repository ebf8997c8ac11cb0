-- A simulated desk phone: power, boot, files, registration, services, calls. It knows its MAC address, its model, its own IP address
-- and its TFTP server, as DHCP would tell it; everything else it learns from files and messages like a real one.
local core = require "core"
local dial_template = require "dial_template"
local emcc = require "emcc"
local features = require "phone_features"
local phone_clock = require "phone_clock"
local phone_file = require "phone_file"
local phone_sip = require "phone_sip"
local services = require "phone_services"
local sip = require "sip_message"
local task = require "task"
local tftp = require "tftp"

local Phone = {}
Phone.__index = Phone

local phone = {}

local models = {
  ["Cisco 7811"] = 36213, ["Cisco 7821"] = 621, ["Cisco 7841"] = 622, ["Cisco 7861"] = 623, ["Cisco 7942"] = 434,
  ["Cisco 7945"] = 435, ["Cisco 7962"] = 404, ["Cisco 7965"] = 436, ["Cisco 7975"] = 437, ["Cisco 8841"] = 683, ["Cisco 8845"] = 36224,
  ["Cisco 8851"] = 684, ["Cisco 8861"] = 685, ["Cisco 8865"] = 36225, ["Cisco 7960"] = 7, ["Cisco 8832"] = 36258,
}

--- phone.new { name, mac, model, address, ipv6 = it uses IPv6 alone, tftp = { address, ... }, tftp_port, file_port, supports_emcc, answer = "ring"|"auto"|"busy",
--- certificate = { pem, key }: what it shows over TLS; keeps_file = without its TFTP servers it boots from the file it had from them last, write_log = function(text) }
function phone.new(fields)
  local self = setmetatable(fields, Phone)
  self.mac = assert(self.mac, "a phone needs a MAC address"):upper():gsub("[^%x]", "")
  self.device_name = self.device_name or "SEP" .. self.mac
  self.name = self.name or self.device_name
  self.model = self.model or "Cisco 8851"
  self.model_number = assert(models[self.model], "the lab does not know the model " .. self.model)
  self.model_name = "CP-" .. self.model:match("%d+")
  self.user_agent = ("Cisco-CP%s/14.1.1"):format(self.model:match("%d+"))
  self.firmware = ("sip%s.14-1-1"):format(self.model:match("%d+"))
  if self.supports_emcc == nil then self.supports_emcc = true end
  if self.sends_alarm == nil then self.sends_alarm = true end
  self.file_port = self.file_port or 6970
  self.tftp_port = self.tftp_port or 69
  -- For files whose lines have no contact.
  self.contact_user = core.random_hex(32):gsub("^(%x%x%x%x%x%x%x%x)(%x%x%x%x)(%x%x%x%x)(%x%x%x%x)", "%1-%2-%3-%4-")
  self.answer_mode = self.answer or "ring"
  self.home_patience_seconds = self.home_patience_seconds or 6
  self.retry_ms = self.retry_ms or 250
  self.state = "off" -- off, booting, registering, registered, waiting
  self.downloads = {} -- every file asked for
  self.controls = {} -- every service-control obeyed
  self.remote_control = {}
  self.call_log = {}
  features.reset(self)
  self.boots = 0
  self.agent = phone_sip.make_agent(self)
  return self
end

function Phone:log(format, ...)
  if self.write_log then self.write_log(format:format(...)) end
end

function Phone:set(state, why)
  self.state, self.why = state, why
  self:log("is %s%s", state, why and ": " .. why or "")
  task.changed()
end

-- Files -----------------------------------------------------------------------------------------------------------------------

--- Whether the line to an address is broken.
function Phone:cannot_reach(address) return self.line and self.line:blocks(self.home, address) end

--- The line to the other cluster has changed: a connection over a broken one is lost.
function Phone:line_changed()
  local registration = self.registration
  if self.state == "registered" and self:cannot_reach(registration.node.address) then self:lost("the line is broken") end
end

--- Asks one server for a file, over HTTP first, then over TFTP: its bytes, or nil, a sentence and whether the server is there.
function Phone:fetch(server, name)
  local download = { name = name, server = server, at = core.now() }
  self.downloads[#self.downloads + 1] = download
  if self:cannot_reach(server) then
    download.problem = "no way there"
    return nil, ("%s from %s: no way there"):format(name, server)
  end
  local result = task.http {
    url = ("http://%s:%d/%s"):format(sip.host(server), self.file_port, name), from = self.address, timeout_ms = 3000,
    headers = { ["User-Agent"] = "Cisco/" .. self.model_name },
  }
  if result.status == 200 then
    download.how, download.bytes = "HTTP", #result.body
    return result.body
  end
  local bytes, problem, code = tftp.get(self.address, server, self.tftp_port, name, nil, 150)
  if bytes then
    download.how, download.bytes = "TFTP", #bytes
    return bytes
  end
  download.problem = problem
  return nil, ("%s from %s: HTTP %s, %s"):format(name, server, result.status or result.error, problem), result.status or code
end

-- Takes over the phone's file from one server: "file", "redirect", "kept" (a malformed file leaves the old one in force), or nil and
-- a sentence.
function Phone:load_from(server)
  for _, trust_list in ipairs { "CTL" .. self.device_name .. ".tlv", "ITL" .. self.device_name .. ".tlv", "ITLFile.tlv" } do
    local _, problem, there = self:fetch(server, trust_list)
    if problem and not there then return nil, problem end
  end
  local bytes, problem = self:fetch(server, self.device_name .. ".cnf.xml")
  if not bytes then return nil, problem end
  local file, malformed = phone_file.read(bytes)
  if not file then
    self:log("does not take %s.cnf.xml: %s", self.device_name, malformed)
    self.malformed_files = (self.malformed_files or 0) + 1
    if self.file then return "kept" end
    return nil, malformed
  end
  if file.redirect then
    if not self.supports_emcc then return nil, "a redirect file for a phone without EMCC" end
    emcc.enter(self, file.redirect)
    return "redirect"
  end
  -- Softkeys that cannot be had are those built in.
  if (file.softkey_file or "") ~= "" then file.softkeys = self:fetch(server, file.softkey_file) end
  file.dial_templates = {}
  if (file.dial_template_file or "") ~= "" then
    local text = self:fetch(server, file.dial_template_file)
    local templates, fault = dial_template.read(text or "")
    if not templates then self:log("goes by its timer: %s: %s", file.dial_template_file, fault) end
    file.dial_templates = templates or {}
  end
  self.file, self.file_server = file, server
  if not self.emcc then self.kept_file = file end
  self:log("takes %s.cnf.xml from %s: version %s, line %s", self.device_name, server, tostring(file.version_stamp),
    file.lines[1] and file.lines[1].number or "none")
  return "file"
end

function Phone:load()
  local problem
  for _, server in ipairs(self.emcc and self.emcc.tftp or self.tftp) do
    local outcome, why = self:load_from(server)
    if outcome then return outcome end
    problem = why
  end
  if self.keeps_file and self.kept_file and not self.emcc then
    self.file = self.kept_file
    self:log("no TFTP server serves it: it goes by the file that it has kept")
    return "kept"
  end
  return nil, problem
end

-- Boot and registration ---------------------------------------------------------------------------------------------------------

function Phone:register(last)
  local why, refused
  for _, node in ipairs(self.file.nodes) do
    local registered
    registered, why, refused = phone_sip.register(self, node, last)
    if registered then return true end
    self:log("is not registered: %s", why)
  end
  return nil, why, refused
end

-- Home has failed the phone once more; true when it has done so for too long, or has refused it.
local function home_is_lost(self, refused)
  local state = self.emcc
  if not state then return false end
  state.failing_since = state.failing_since or core.now()
  return refused or core.now() - state.failing_since > self.home_patience_seconds * task.patience * 1000
end

-- One boot, until the phone is registered: reads the files unless it only lost its registration, and starts over when home fails.
local function run(self, last, read_files)
  while true do
    local why, refused
    self:set(read_files and "booting" or "registering", last)
    local outcome = "kept"
    if read_files then outcome, why = self:load() end
    if outcome == "redirect" then
      goto continue
    elseif outcome then
      self:set("registering")
      local registered
      registered, why, refused = self:register(last)
      if registered then
        if self.emcc then self.emcc.failing_since = nil end
        self:set("registered", ("%s at %s"):format(self.registration.number, self.registration.domain))
        return
      end
    end
    self:set("waiting", why)
    if home_is_lost(self, refused) then
      emcc.give_up(self, why)
      read_files = true
    else
      task.pause(self.retry_ms)
    end
    ::continue::
  end
end

local function start(self, last, read_files)
  if self.task then self.task.cancel() end
  self.task = task.start(run, self, last, read_files)
end

--- Boots: reads its files and registers. `last` is the reason the phone gives.
function Phone:boot(last)
  self.boots = self.boots + 1
  start(self, last, true)
end

function Phone:power_on()
  assert(self.state == "off", self.name .. " is on already")
  self:boot("initialized")
  return self
end

--- Pulls the plug: nobody is told. What was learnt from files is lost, the redirect to a home cluster too.
function Phone:power_off()
  if self.task then self.task.cancel() end
  for _, call in pairs(self.agent.calls) do call:set("ended", "power failed") end
  phone_sip.unregister(self)
  emcc.leave(self, "power failed")
  self.file, self.page = nil, nil
  self:set("off")
end

function Phone:power_cycle()
  self:power_off()
  self:power_on()
end

--- The connection to the call manager broke, or a refresh was refused: registers again, where it was.
function Phone:lost(why)
  if self.state == "off" then return end
  self:log("lost its registration: %s", tostring(why))
  phone_sip.unregister(self)
  start(self, "cm-closed-tcp", false)
end

local function obey(self, control)
  if next(self.agent.calls) then
    self:log("waits for its calls to end before %s", control.action)
    task.wait_for(self.name .. ": calls end before a reset", 3600, function() return next(self.agent.calls) == nil end)
  end
  local action = control.action
  if action == "reset" then
    phone_sip.unregister(self, "reset-reset")
    emcc.leave(self, "reset")
    self:boot("reset-reset")
  elseif action == "restart" then
    phone_sip.unregister(self, "reset-restart")
    self:boot("reset-restart")
  elseif control.ConfigVersionStamp ~= self.file.version_stamp then -- apply-config, check-version
    phone_sip.unregister(self, "reset-restart")
    self:boot("reset-restart")
  end
end

--- Does what a service-control NOTIFY says, once the calls are over.
function Phone:obey(control)
  self:log("is told to %s", tostring(control.action))
  obey(self, control)
end

--- Waits until the phone is registered: at = cluster (any node of it), number = its first line, seconds.
function Phone:wait_registered(wanted)
  wanted = wanted or {}
  local place = wanted.at and wanted.at.name or "its call manager"
  return task.wait_for(("%s is registered at %s%s"):format(self.name, place, wanted.number and " as " .. wanted.number or ""),
    wanted.seconds or 10, function()
      local registration = self.state == "registered" and self.registration
      local good = registration and (not wanted.at or wanted.at:has_address(registration.node.address))
        and (not wanted.number or registration.number == wanted.number)
      return good and registration, ("it is %s%s"):format(self.state, self.why and ", " .. self.why or "")
    end)
end

--- The number of the first line, as registered now.
function Phone:number() return self.registration and self.registration.number end

--- Refreshes the registration now instead of when it is due.
function Phone:refresh() phone_sip.refresh_now(self) end

-- Services ------------------------------------------------------------------------------------------------------------------------

--- Opens a phone service by (a part of) its name and returns the page; the first one without a name.
function Phone:open_service(name)
  assert(self.file, self.name .. " has no file yet")
  for _, service in ipairs(self.file.services) do
    if not name or service.name:lower():find(name:lower(), 1, true) then return services.open(self, service.url) end
  end
  error(("%s has no service %s"):format(self.name, name or "at all"), 2)
end

--- Opens any URL as the phone would.
function Phone:open(url) return services.open(self, url) end

--- Logs a user in through the Extension Mobility service; returns the page that comes in the end.
function Phone:login(user_id, pin)
  local page = self:open_service("Mobility")
  if page.kind ~= "Input" then return page end
  return page:submit { userid = user_id, seq = pin }
end

--- Logs the user out through the same service: its page for a phone in use offers that.
function Phone:logout()
  local page = self:open_service("Mobility")
  for name, url in pairs(page.keys or {}) do
    if url:find("doLogout=true", 1, true) or url:find("doLogout%3Dtrue", 1, true) then return page:press(name) end
  end
  for number, item in ipairs(page.items or {}) do
    if item.url and item.url:find("doLogout=true", 1, true) then return page:choose(number) end
  end
  error(("%s: the page offers no logout: %s"):format(self.name, page:words()), 2)
end

-- Features ---------------------------------------------------------------------------------------------------------------------------

--- Switches Do Not Disturb with the softkey: the phone publishes it.
function Phone:do_not_disturb(on)
  local response = features.publish(self, on)
  if response.status ~= 200 then error(("%s: PUBLISH answered %d %s"):format(self.name, response.status, response.reason), 2) end
end

--- Publishes by hand: `on` nil only refreshes, expires 0 removes; returns the response.
function Phone:publish(on, expires) return features.publish(self, on, expires) end

--- Waits until the phone shows Do Not Disturb, or shows it no more.
function Phone:wait_do_not_disturb(on)
  return task.wait_for(("%s shows Do Not Disturb %s"):format(self.name, on and "on" or "off"), 5, function() return self.dnd == on end)
end

--- Waits until the key for a number shows that: "unknown" (no phone is registered), "idle", "alerting", "busy", "dnd".
function Phone:wait_lamp(number, state)
  return task.wait_for(("%s shows %s as %s"):format(self.name, number, state), 5, function()
    return self.lamps[number] == state, "it shows " .. tostring(self.lamps[number])
  end)
end

--- Waits until the key of its line with that number shows what another phone does there: "idle", "alerting", "in use", "held"; returns
--- with which number, nil when that is not shown.
function Phone:wait_remote_use(number, state)
  local function shown() return self.in_use[number] or { state = "nothing" } end
  task.wait_for(("%s shows its line %s as %s"):format(self.name, number, state), 5, function()
    return shown().state == state, "it shows " .. shown().state
  end)
  return shown().who
end

--- Waits until the message lamp of the first line is on, or off.
function Phone:wait_messages(on)
  return task.wait_for(("%s shows that messages wait: %s"):format(self.name, tostring(on)), 5, function() return self.messages[1] == on end)
end

--- Forwards all calls of the first line with the CFwdALL softkey, or no more without a number; returns the final status, of which
--- 487 is success: no call comes of it.
function Phone:forward_all(number) return features.forward_all(self, number) end

--- Waits until the phone shows where a line (the first one) forwards its calls; "" when it shows nothing.
function Phone:wait_forward_all(number, line)
  return task.wait_for(("%s shows its forwarding to %q"):format(self.name, number), 5, function()
    return self.forwards[line or 1] == number, "it shows " .. tostring(self.forwards[line or 1])
  end)
end

-- Calls -----------------------------------------------------------------------------------------------------------------------------

--- How far its clock is from UTC at a time, in minutes: by the vendor's name of the zone in its file.
function Phone:clock(utc) return phone_clock.offset(self.file.time_zone, utc) end

--- The call manager has told it whether it is logged into its hunt groups.
function Phone:wait_hunt_login(logged_in)
  return task.wait_for(("%s is logged %s its hunt groups"):format(self.name, logged_in and "into" or "out of"), 5, function()
    return self.logged_into_hunt_group == logged_in
  end)
end

--- The call manager has told it whether it keeps its calls on shared lines to itself: the lamp of its key Privacy.
function Phone:wait_private(private)
  return task.wait_for(("%s is %sprivate"):format(self.name, private and "" or "not "), 5, function() return self.private == private end)
end

--- Presses "pickup", "opickup", "gpickup" and a number, or a lamp key ("blfpickup") for a number: the call of the key.
function Phone:pick_up(key, number) return features.pick_up(self, key, number) end

--- Presses "meetme" or "abbrdial" and digits: the call of the key, by the URI that the phone's file has for it; an error without one.
function Phone:service(key, digits) return features.press(self, key, digits) end

--- Presses a softkey that is sent as REFER ("Park", "Conference", ...) in a call, or without one ("HLog"); returns the status of the
--- answer.
function Phone:softkey(key, call) return features.softkey(self, key, call) end

--- What has become of the call that it has parked at that number with ParkMonitor: "parked", "reminder", "retrieved", "forwarded",
--- "abandoned", "error".
function Phone:wait_park(number, event)
  return task.wait_for(("%s is told that the call at %s is %s"):format(self.name, number, event), 5, function()
    return self.parks[number] == event, "it was told " .. tostring(self.parks[number])
  end)
end

--- The phone shows a page with that text.
function Phone:wait_page(text)
  return task.wait_for(("%s shows a page with %q"):format(self.name, text), 5, function()
    return self.page and self.page.text == text, ("it shows %q"):format(self.page and self.page.text or "")
  end)
end

--- Presses a key of that page; returns the status of the answer.
function Phone:press_page(name) return features.press_page(self, name) end

--- The status line shows this text: words of the phone's own stand as "\x80" and a sign.
function Phone:wait_shown(text)
  return task.wait_for(("%s shows %q"):format(self.name, text), 5, function()
    return self.status_line == text, ("it shows %q"):format(self.status_line or "")
  end)
end

--- What the phone dials when these digits are pressed one after another on a line (the first one), and how many seconds it waits for
--- more after the last of them: a number that is complete goes at once, whatever is pressed after it.
function Phone:press(digits, line)
  return dial_template.press(self.file.dial_templates, digits, line or 1, self.file.interdigit_seconds)
end

--- Presses these digits one after another, without waiting, and calls: when its file says so the first one goes at once, and the others as the
--- call manager asks for them (KPML); else what its dial template makes of them. Returns the call.
function Phone:key_in(digits)
  if not self.file.tells_keys.dialling then return self:dial((self:press(digits))) end
  local call = self:dial(digits:sub(1, 1))
  call:press(digits:sub(2))
  return call
end

--- Dials a number; returns the call at once.
function Phone:dial(number, options)
  assert(self.state == "registered", ("%s cannot dial, it is %s"):format(self.name, self.state))
  local call = self.agent:invite(self.registration.flow, number, options)
  self.call_log[#self.call_log + 1] = { outgoing = true, number = number }
  return call
end

--- The call that rings on the phone now, or will within `seconds`.
function Phone:wait_call(seconds)
  return task.wait_for(self.name .. " rings", seconds or 5, function()
    for _, call in pairs(self.agent.calls) do
      if not call.outgoing and call.state == "ringing" then return call end
    end
  end)
end

--- How the phone treats calls from now on: "ring" until answered, "auto" answered at once, "busy".
function Phone:set_answer(mode) self.agent.answer_mode = mode end

return phone
