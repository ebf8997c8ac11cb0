-- How the phone speaks SIP with its call manager: over the transport of its file, from the phone's own address, one REGISTER for all
-- lines, refreshes, alarms, and the service-control NOTIFY by which the call manager resets it.
local core = require "core"
local agents = require "sip_agent"
local features = require "phone_features"
local flows = require "sip_flow"
local phone_file = require "phone_file"
local sip = require "sip_message"
local task = require "task"

local phone_sip = {}

local supported = "replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,X-cisco-serviceuri,"
  .. "X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,X-cisco-sis-7.0.0,"
  .. "X-cisco-xsi-8.5.1"

local bulk_register = table.concat({
  '<?xml version="1.0" encoding="UTF-8"?>', "<x-cisco-remotecc-request>", "<bulkregisterreq>", '<contact all="true">',
  "<register></register>", "</contact>", "</bulkregisterreq>", "</x-cisco-remotecc-request>", "",
}, "\r\n")

local capabilities = table.concat({
  '<?xml version="1.0" encoding="UTF-8"?>', "<x-cisco-remotecc-request>", "<optionsind>", '<combine max="6">',
  "<remotecc><status></status></remotecc>", "<service-control></service-control>", "</combine>",
  '<dialog usage="hook status"><unot></unot><sub></sub></dialog>', '<dialog usage="shared line"><unot></unot><sub></sub></dialog>',
  '<presence usage="blf speed dial"><unot></unot><sub></sub></presence>', "<joinreq></joinreq>",
  "<rpid-orig-called></rpid-orig-called>", "</optionsind>", "</x-cisco-remotecc-request>", "",
}, "\r\n")

local function multipart(boundary, parts)
  local lines = {}
  for _, part in ipairs(parts) do
    lines[#lines + 1] = table.concat({
      "--" .. boundary, "Content-Type: application/x-cisco-remotecc-request+xml",
      "Content-Disposition: session;handling=optional", "", part,
    }, "\r\n")
  end
  return table.concat(lines, "\r\n") .. "\r\n--" .. boundary .. "--\r\n"
end

local function contact(phone, flow, extra)
  local line = phone.file and phone.file.lines[1]
  local user = line and line.contact or ""
  return ("<sip:%s@%s:%d;transport=%s>%s"):format(user ~= "" and user or phone.contact_user, sip.host(phone.address), flow.local_port, flow.transport:lower(),
    extra or "")
end

local function contact_of_registration(phone, flow)
  return contact(phone, flow, (';+sip.instance="<urn:uuid:00000000-0000-0000-0000-%s>";+u.sip!devicename.ccm.cisco.com="%s"'
    .. ';+u.sip!model.ccm.cisco.com="%d"'):format(phone.mac:lower(), phone.device_name, phone.model_number))
end

local function reason(phone, last)
  return ('SIP;cause=200;text="cisco-alarm:%d Name=%s ActiveLoad=%s InactiveLoad=%s Last=%s"'):format(
    last == "initialized" and 25 or 23, phone.device_name, phone.firmware, phone.firmware, last)
end

-- The alarm that a phone sends on a new connection, before it registers: which trust lists it holds, who it is.
local function send_alarm(phone, flow, domain)
  local agent = phone.agent
  local id = core.random_hex(12)
  local message = agent:request("REFER", "sip:" .. domain, "<sip:" .. domain .. ">", flow)
  message:set("CSeq", "1000 REFER"):add("Contact", contact(phone, flow)):add("Expires", 10):add("Refer-To", "cid:" .. id)
    :add("Content-Id", "<" .. id .. ">"):add("Require", "norefersub"):add("Content-Type", "application/x-cisco-alarm+xml")
  message.body = table.concat({
    '<?xml version="1.0" encoding="UTF-8"?>', "<x-cisco-alarm>", '<Alarm Name="DeviceTLInfo">', "<ParameterList>",
    ('<String name="DeviceName">%s</String>'):format(phone.device_name),
    ('<String name="%s">%s</String>'):format(phone.ipv6 and "IPv6Address" or "IPv4Address", phone.address),
    '<String name="CTL_Signature">Not Installed</String>', '<String name="ITL_Signature">Not Installed</String>',
    "</ParameterList>", "</Alarm>", "</x-cisco-alarm>", "",
  }, "\r\n")
  agent:transmit(flow, message, function(response)
    phone.alarm_status = response and response.status
  end)
end

local function build_register(phone, flow, expires, last)
  local registration = phone.registration
  registration.sequence = registration.sequence + 1
  local domain = registration.domain
  local party = ("<sip:%s@%s>"):format(registration.number, domain)
  local message = sip.request("REGISTER", "sip:" .. domain)
  message:add("Via", phone.agent:via(flow)):add("Max-Forwards", 70):add("From", party .. ";tag=" .. registration.tag):add("To", party)
    :add("Call-ID", registration.call_id):add("CSeq", registration.sequence .. " REGISTER"):add("User-Agent", phone.user_agent)
    :add("Contact", contact_of_registration(phone, flow)):add("Supported", supported):add("Expires", expires)
  if last then message:add("Reason", reason(phone, last)) end
  if last and expires > 0 then
    message:add("MIME-Version", "1.0"):add("Content-Type", "multipart/mixed; boundary=uniqueBoundary")
    message.body = multipart("uniqueBoundary", { bulk_register, capabilities })
  end
  return message
end

local function granted_seconds(response)
  local in_contact = (response:get("Contact") or ""):match(";%s*expires=(%d+)")
  return tonumber(in_contact or response:get("Expires")) or 120
end

local schedule_refresh

local function refresh(phone)
  local registration = phone.registration
  local response, why = phone.agent:ask(registration.flow, build_register(phone, registration.flow, phone.file.register_seconds))
  if phone.registration ~= registration then return end
  if response and response.status == 200 then
    registration.refreshed = registration.refreshed + 1
    schedule_refresh(phone, granted_seconds(response))
  else
    phone:lost(why or ("refresh answered %d"):format(response.status))
  end
end

function schedule_refresh(phone, seconds)
  local registration = phone.registration
  registration.expires = seconds
  local delay = math.max(seconds - phone.file.register_delta, seconds / 2)
  registration.timer = core.timer(delay * 1000, function()
    if phone.registration == registration then task.start(refresh, phone) end
  end)
end

--- Refreshes the registration now instead of when it is due.
function phone_sip.refresh_now(phone)
  phone.registration.timer:close()
  refresh(phone)
end

-- service-control -------------------------------------------------------------------------------------------------------------

local function read_control(body)
  local control = {}
  for name, value in body:gmatch("([%w_]+)=([^\r\n]*)") do control[name] = value:match("^{(.*)}$") or value end
  return control
end

--- A NOTIFY of the call manager; returns the status to answer it with.
local function on_notify(phone, message)
  local event = (message:get("Event") or ""):match("^[^;%s]+")
  if event == "presence" then return features.read_lamp(phone, message) end
  if event == "refer" then return features.read_park(phone, message) end
  if event == "dialog" then return features.read_remote_use(phone, message) end
  if event ~= "service-control" then return event and 200 or 489 end
  local control = read_control(message.body)
  local registration = phone.registration
  local ours = registration and registration.call_id or ""
  if (control.RegisterCallId or "") ~= ours then
    phone:log("refuses %s: RegisterCallId %s is not %s", tostring(control.action), tostring(control.RegisterCallId), ours)
    return 400
  end
  phone.controls[#phone.controls + 1] = control
  task.start(function()
    task.pause(0) -- the answer goes first
    phone:obey(control)
  end)
  return 200
end

--- The phone's user agent, made once: it survives reboots as the phone's hardware does.
function phone_sip.make_agent(phone)
  local agent
  agent = agents.new {
    name = phone.name, user = "", domain = "", display = "", media_address = phone.address, answer_mode = phone.answer_mode,
    contact = function(flow) return contact(phone, flow) end,
    headers = function(message)
      message:add("User-Agent", phone.user_agent):add("Supported", supported)
        :add("Call-Info", "<urn:x-cisco-remotecc:callinfo>; orientation=from; security=NotAuthenticated")
    end,
    line_of = function(user) return phone_file.line_of(phone.file.lines, user) or user == phone.contact_user and phone.file.lines[1] end,
    tells_keys = function(call)
      return phone.file.tells_keys[call.state == "answered" and "talking" or "dialling"]
    end,
    write_log = function(text) phone:log("%s", text) end,
    on_request = function(message)
      if message.method == "NOTIFY" then return on_notify(phone, message) end
      if message.method == "REFER" then
        phone.remote_control[#phone.remote_control + 1] = message.body
        features.read(phone, message)
        return 202
      end
      return 405
    end,
  }
  return agent
end

-- Registering -----------------------------------------------------------------------------------------------------------------

-- The way to a node that the phone's file names: over UDP from the phone's SIP port (all that use IPv6 have one address), else a connection.
local function connect(phone, node, hear, on_close)
  local transport = phone.file.transport
  if transport == "udp" then return flows.udp(phone.address, phone.ipv6 and 0 or 5060, hear, node.address, node.port) end
  local certificate = transport == "tls" and (phone.certificate or {}) or nil
  return flows.connect(phone.address, node.address, certificate and node.secured_port or node.port, hear, on_close, certificate)
end

--- Registers at one node. True; or nil, a reason, and true when the node refused the phone rather than not answering.
function phone_sip.register(phone, node, last)
  local line = phone.file.lines[1]
  if not line then return nil, "the file has no line", true end
  if phone:cannot_reach(node.address) then return nil, node.address .. ": no way there" end
  local agent = phone.agent
  local registration
  local flow, why = connect(phone, node, function(flow, message) agent:receive(flow, message) end, function(_, reason_of_close)
    if phone.registration == registration then phone:lost(reason_of_close) end
  end)
  if not flow then return nil, ("%s:%d: %s"):format(node.address, node.port, why) end
  agent.user, agent.domain, agent.display = line.number, sip.host(node.address), line.display
  agent.credentials = line.user and line.password and { user = line.user, password = line.password } or phone.credentials
  registration = {
    flow = flow, node = node, domain = agent.domain, number = line.number, tag = agent:tag(), sequence = 100, refreshed = 0,
    call_id = ("%s-%s@%s"):format(phone.mac:lower(), core.random_hex(12), phone.address),
  }
  phone.registration = registration
  features.reset(phone)
  if phone.sends_alarm then send_alarm(phone, flow, agent.domain) end
  local response, problem = agent:ask(flow, build_register(phone, flow, phone.file.register_seconds, last))
  if not response or response.status ~= 200 then
    phone.registration = nil
    flow:close()
    return nil, problem or ("REGISTER answered %d %s"):format(response.status, response.reason),
      response ~= nil and response.status < 500
  end
  registration.response = response
  schedule_refresh(phone, granted_seconds(response))
  return true
end

--- Takes the phone off its call manager, politely with a `last` reason, or as when the power fails.
function phone_sip.unregister(phone, last)
  local registration = phone.registration
  if not registration then return end
  if registration.timer then registration.timer:close() end
  if last and not registration.flow.closed then
    phone.agent:ask(registration.flow, build_register(phone, registration.flow, 0, last))
  end
  phone.registration = nil
  registration.flow:close()
end

return phone_sip
