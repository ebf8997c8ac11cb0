-- What the user of a desk phone switches with softkeys, and what the call manager tells the phone of it by REFER: Do Not Disturb and
-- the forwarding of its lines; by NOTIFY: the lamps of its keys, and what other phones do on its lines.
local core = require "core"
local sip = require "sip_message"
local task = require "task"

local features = {}

local presence = table.concat({
  '<?xml version="1.0" encoding="UTF-8" ?>', '<presence xmlns="urn:ietf:params:xml:ns:pidf"',
  ' xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:e="urn:ietf:params:xml:ns:pidf:status:rpid"',
  ' xmlns:ce="urn:cisco:params:xml:ns:pidf:rpid" entity="sip:%s@%s">', '<tuple id="1"><status><basic>open</basic></status></tuple>',
  '<dm:person id="1"><e:activities>%s</e:activities></dm:person>', "</presence>", "",
}, "\r\n")

--- What a phone knows when it has just begun.
function features.reset(phone)
  phone.dnd, phone.dnd_option, phone.forwards, phone.publication, phone.lamps, phone.messages = false, nil, {}, nil, {}, {}
  phone.parks, phone.park_dialogs, phone.page, phone.in_use = {}, {}, nil, {}
  phone.private = false -- until it is told otherwise
end

--- Publishes the state of Do Not Disturb (nil: only refreshes); returns the response.
function features.publish(phone, on, expires)
  local registration = assert(phone.registration, phone.name .. " is not registered")
  local agent, domain = phone.agent, registration.domain
  local user = phone.mac:lower()
  local party = ("<sip:%s@%s>"):format(user, domain)
  local message = agent:request("PUBLISH", ("sip:%s@%s"):format(user, domain), party, registration.flow)
  message:set("From", party .. ";tag=" .. agent:tag()):add("Contact", agent.contact(registration.flow)):add("Event", "presence")
    :add("Expires", expires or 3600):add("User-Agent", phone.user_agent)
  if phone.publication then message:add("SIP-If-Match", phone.publication) end
  if on ~= nil then
    message:add("Content-Type", "application/pidf+xml")
    message.body = presence:format(user, domain, on and "<ce:dnd/>" or "")
  end
  local response, why = agent:ask(registration.flow, message)
  if not response then error(("%s: PUBLISH: %s"):format(phone.name, why), 3) end
  if response.status == 200 then
    phone.publication = expires ~= 0 and response:get("SIP-ETag") or nil
    if on ~= nil then phone.dnd = on end
    task.changed()
  elseif response.status == 412 then
    phone.publication = nil
  end
  return response
end

-- Presses the key of a service that the phone's file has a URI for; what the key is for stands behind it.
local function press(phone, key, argument)
  local uri = phone.file.feature_uris[key]
  if not uri then error(("%s has no key %s: its file has no URI for it"):format(phone.name, key), 3) end
  return phone:dial(uri .. (argument and "-" .. argument or ""))
end

--- Forwards all calls of the first line with the CFwdALL softkey, or no more without a number; returns the final status: 487 is success.
function features.forward_all(phone, number)
  local call = press(phone, "cfwdall", number)
  call:wait_ended()
  return call.status
end

--- Presses PickUp ("pickup"), OPickUp ("opickup") or GPickUp ("gpickup", then a number), as the URIs of the file say, or a lamp key for a
--- number ("blfpickup"), which picks up when its key in the file says so; returns the call of the key: answered when calls are connected
--- at once, else ended with 487 when the one picked up is about to ring.
function features.pick_up(phone, key, number)
  if key ~= "blfpickup" then return press(phone, key, number) end
  for _, dial in ipairs(phone.file.speed_dials) do
    if dial.call_pickup and dial.number == number then return phone:dial("x-cisco-serviceuri-blfpickup-" .. number) end
  end
  error(("%s has no lamp key that picks up %s"):format(phone.name, number), 2)
end

features.press = press

local pressed = table.concat({
  '<?xml version="1.0" encoding="UTF-8"?>', "<x-cisco-remotecc-request>", "<softkeyeventmsg>", "<softkeyevent>%s</softkeyevent>",
  "<dialogid>", "<callid>%s</callid>", "<localtag>%s</localtag>", "<remotetag>%s</remotetag>", "</dialogid>", "<linenumber>0</linenumber>",
  "<participantnum>0</participantnum>", "<consultdialogid>", "<callid></callid>", "<localtag></localtag>", "<remotetag></remotetag>",
  "</consultdialogid>", "<state>false</state>", "<joindialogid>", "<callid></callid>", "<localtag></localtag>", "<remotetag></remotetag>",
  "</joindialogid>", "<eventdata>", "<invocationtype>explicit</invocationtype>", "</eventdata>", "</softkeyeventmsg>",
  "</x-cisco-remotecc-request>", "",
}, "\r\n")

local answered = table.concat({
  "--b", "Content-Type: application/x-cisco-remotecc-request+xml", "", "<x-cisco-remotecc-request>", "<datapassthroughreq>",
  "<applicationid>%s</applicationid>", "<transactionid>%s</transactionid>", "</datapassthroughreq>", "</x-cisco-remotecc-request>", "--b",
  "Content-Type: application/x-cisco-remotecc-cm+xml", "", "%s", "--b--", "",
}, "\r\n")

-- The REFER by which the phone tells what its user wants, without its body.
local function want(phone)
  local registration = assert(phone.registration, phone.name .. " is not registered")
  local agent, domain = phone.agent, registration.domain
  local party = ("<sip:%s@%s>"):format(phone.mac:lower(), domain)
  local message = agent:request("REFER", "sip:" .. domain, "<sip:" .. domain .. ">", registration.flow)
  return message:set("From", party .. ";tag=" .. agent:tag()):add("Contact", agent.contact(registration.flow)):add("Require", "norefersub")
    :add("Refer-To", "<cid:1234@" .. phone.mac:lower() .. ">"):add("Referred-By", party):add("Expires", 60)
    :add("Accept", "application/x-cisco-remotecc-response+xml")
end

--- Presses a key of the page that the phone shows; returns the status of the answer.
function features.press_page(phone, name)
  local url = assert(phone.page and phone.page.keys[name], ("%s shows no key %s"):format(phone.name, name))
  local word, application, _, transaction = url:match "^UserCallDataSoftKey:([^:]*):([^:]*):([^:]*):([^:]*):"
  local message = want(phone):add("Content-Type", "multipart/mixed; boundary=b")
  message.body = answered:format(application, transaction, word)
  phone.page = nil
  local response, why = phone.agent:ask(phone.registration.flow, message)
  return assert(response, why).status
end

--- Presses a softkey that is sent as REFER, in a call, or without one (HLog); returns the status of the answer.
function features.softkey(phone, key, call)
  local registration = assert(phone.registration, phone.name .. " is not registered")
  local agent = phone.agent
  local function tag(text) return sip.parse_address(text).parameters.tag end
  local function press()
    local message = want(phone):add("Content-Type", "application/x-cisco-remotecc-request+xml")
    if call then
      local ours = call.local_party and tag(call.local_party) or call.invite.our_tag -- of a call that rings here
      message.body = pressed:format(key, call.call_id, ours, tag(call.remote_party or call.invite:get "From"))
    else
      message.body = pressed:format(key, "", "", "")
    end
    local response, why = agent:ask(registration.flow, message)
    if not response then error(("%s: softkey %s: %s"):format(phone.name, key, why), 3) end
    if key == "ParkMonitor" and response.status == 202 then phone.park_dialogs[message:get "Call-ID"] = true end
    return response.status
  end
  return call and agent.until_settled(call, press) or press()
end

local function text_in(element, name)
  for _, child in ipairs(element) do
    if child.name == name then return (child.text:gsub("%s", "")) end
  end
  return ""
end

local function read_part(phone, part)
  -- Its text need not be UTF-8: byte 0x80 and a sign stand for words of the phone's own.
  phone.status_line = part:match "<statuslineupdatereq>.*<statustext>([^<]*)</statustext>" or phone.status_line
  local root = core.xml(part)
  if root and root.name == "CiscoIPPhoneText" then
    phone.page = { text = part:match "<Text>(.-)</Text>", keys = {} }
    for name, url in part:gmatch "<SoftKeyItem>%s*<Name>(.-)</Name>.-<URL>(.-)</URL>" do phone.page.keys[name] = url end
  end
  if not root or root.name ~= "x-cisco-remotecc-request" then return end
  for _, request in ipairs(root) do
    if request.name == "dndupdate" then
      phone.dnd, phone.dnd_option = text_in(request, "state") == "enable", text_in(request, "option")
    elseif request.name == "initiatecallreq" then
      local number = text_in(request, "dialstring")
      task.start(function()
        task.pause(0) -- the answer goes first
        phone:dial(number)
      end)
    elseif request.name == "hlogupdate" then
      phone.logged_into_hunt_group = text_in(request, "status") == "on"
    elseif request.name == "privacyreq" then
      phone.private = text_in(request, "status") == "true"
    elseif request.name == "bulkupdate" then
      for _, contact in ipairs(request) do
        for _, update in ipairs(contact) do
          local line = tonumber(contact.attributes.line)
          if update.name == "cfwdallupdate" then phone.forwards[line] = text_in(update, "fwdaddress") end
          if update.name == "mwi" then phone.messages[line] = update.text:find("yes", 1, true) ~= nil end
        end
      end
    end
  end
end

--- A REFER: takes over what its body or its body's parts say of features; everything else is left alone.
function features.read(phone, message)
  local boundary = (message:get "Content-Type" or ""):match('boundary="?([^";%s]+)')
  if boundary then
    local rest = "\r\n" .. message.body
    local delimiter = "\r\n--" .. boundary
    local _, at = rest:find(delimiter, 1, true)
    while at and rest:sub(at + 1, at + 2) ~= "--" do
      local next_start, next_at = rest:find(delimiter, at, true)
      local part = rest:sub(at + 1, (next_start or #rest + 1) - 1)
      read_part(phone, part:match("\r\n\r\n(.*)$") or "")
      at = next_at
    end
  else
    read_part(phone, message.body)
  end
  task.changed()
end

--- A NOTIFY of presence that the phone has not subscribed to: what the key for that number shows. Only a call manager that has
--- offered it when the phone registered is believed.
function features.read_lamp(phone, message)
  local answer = phone.registration and phone.registration.response -- nil: it is being read
  if answer and not answer.body:find('<presence usage="blf speed dial">%s*<unot/>') then return 481 end
  local number = message.body:match('entity="sip:([^@"]+)@')
  for _, dial in ipairs(phone.file.speed_dials) do
    if dial.busy_lamp_field and dial.number == number then
      phone.lamps[number] = message.body:match("<basic>closed</basic>") and "unknown" or message.body:find("alerting", 1, true) and "alerting"
        or message.body:find("on-the-phone", 1, true) and "busy" or message.body:find("<ce:dnd/>", 1, true) and "dnd" or "idle"
      task.changed()
      return 200
    end
  end
  return 404
end

--- A NOTIFY in the dialog of a REFER by which the phone has parked a call: what has become of the call at that number.
function features.read_park(phone, message)
  local number = message.body:match('entity="([^@"]+)@')
  local event = message.body:match("<call:park>%s*<event>(%a+)</event>")
  if not (phone.park_dialogs[message:get "Call-ID"] and number and event) then return 481 end
  phone.parks[number] = event
  task.changed()
  return 200
end

--- A NOTIFY of the dialogs that the other phones of a line have, which the phone has not subscribed to: its line key shows them. Believed
--- as above.
function features.read_remote_use(phone, message)
  local answer = phone.registration and phone.registration.response
  if answer and not answer.body:find('<dialog usage="shared line">%s*<unot/>') then return 481 end
  local number = message.body:match('entity="sip:([^@"]+)@')
  local state, who = "idle", nil
  for dialog in message.body:gmatch "<dialog .-</dialog>" do
    if not dialog:find("<state>terminated</state>", 1, true) then
      state = dialog:find("+sip.rendering", 1, true) and "held" or dialog:find("<state>confirmed</state>", 1, true) and "in use" or "alerting"
      who = dialog:match "<identity[^>]*>sip:([^@<]+)@"
    end
  end
  phone.in_use[number] = { state = state, who = who }
  task.changed()
  return 200
end

return features
