-- Keys that are pressed, told one by one to whoever subscribes for them in the dialog of the call (KPML, RFC 4730). Keys pressed before
-- are kept until then, each is told when the one before has been answered, and those not yet told are dropped when the subscription ends:
-- as phone firmware does it (kpmlmap.c of the published SIP stack, SIPCC). No I/O but by the agent of the call.
local core = require "core"
local task = require "task"

local kpml = {}

local report = '<?xml version="1.0" encoding="UTF-8"?>\r\n<kpml-response xmlns="urn:ietf:params:xml:ns:kpml-response" version="1.0" code="%s" '
  .. 'text="%s" digits="%s" tag="%s"/>\r\n'

local request = '<?xml version="1.0" encoding="UTF-8"?>\r\n<kpml-request xmlns="urn:ietf:params:xml:ns:kpml-request" version="1.0">\r\n'
  .. '<pattern persist="persist"><regex tag="keys">%s</regex></pattern>\r\n</kpml-request>\r\n'

local function keys_of(call)
  call.keys = call.keys or { pressed = "", told = "", queue = {} }
  return call.keys
end

-- Sends what is queued, one NOTIFY after the answer to the other.
local function send(call)
  local keys = keys_of(call)
  if keys.sending then return end
  keys.sending = true
  task.start(function()
    while #keys.queue > 0 and call.state ~= "ended" do
      local next_one = table.remove(keys.queue, 1)
      local response = call.agent:ask_within(call, "NOTIFY", { Event = keys.event, ["Subscription-State"] = next_one.state,
        ["Content-Type"] = next_one.body and "application/kpml-response+xml" or nil }, next_one.body)
      if response and response.status == 200 then keys.told = keys.told .. (next_one.key or "") end
      task.changed()
    end
    keys.sending = false
  end)
end

local function tell(call, state, code, text, key)
  local keys = keys_of(call)
  keys.queue[#keys.queue + 1] = { state = state, key = key, body = code and report:format(code, text, key or "", keys.tag or "") }
end

local function tell_pressed(call)
  local keys = keys_of(call)
  for key in keys.pressed:gmatch "." do
    if keys.wanted(key) then tell(call, keys.active, "200", "OK", key) end
  end
  keys.pressed = ""
  send(call)
end

--- Presses keys in a call, answered or not.
function kpml.press(call, pressed)
  local keys = keys_of(call)
  keys.pressed = keys.pressed .. pressed
  if keys.wanted then tell_pressed(call) end
end

-- Which keys a kpml-request asks for, as function(key) -> boolean, with their tag; nil when it is more than one key, or not for as long as
-- the subscription lasts.
local function read_request(body)
  local root = core.xml(body)
  local pattern = root and root.name == "kpml-request" and root[1]
  local regex = pattern and pattern.attributes.persist == "persist" and pattern[1]
  local class = regex and (regex.text:match "^%[(.*)%]$" or regex.text:match "^.$")
  if not class then return nil end
  return function(key) return class:find(key, 1, true) ~= nil or (class:find("x", 1, true) ~= nil and key:match "^%d$" ~= nil) end,
    regex.attributes.tag
end

--- A SUBSCRIBE for the keys of a call, to be answered with a status; what it asks for is told from then on.
function kpml.subscribed(call, message)
  local keys = keys_of(call)
  local seconds = tonumber(message:get "Expires") or 7200
  keys.event, keys.active = message:get "Event", ("active;expires=%d"):format(seconds)
  task.start(function()
    task.pause(0) -- the answer goes first
    if seconds == 0 then
      keys.wanted, keys.pressed, keys.queue = nil, "", {}
      tell(call, "terminated;reason=timeout", "487", "Subscription Expired")
      return send(call)
    end
    keys.wanted, keys.tag = read_request(message.body)
    if not keys.wanted then
      tell(call, "terminated;reason=rejected", "501", "Bad Document")
      return send(call)
    end
    tell(call, keys.active)
    tell_pressed(call)
  end)
end

--- Asks the other side of an answered call for its keys, for so many seconds (0: no more), by a regular expression (any key); its answer.
--- call.keys_there are those that it has told, call.keys_ended the code by which it has told the end.
function kpml.subscribe(call, seconds, regex)
  call.keys_there, call.keys_ended = "", nil
  return call.agent:ask_within(call, "SUBSCRIBE", { Event = "kpml", Expires = seconds or 600, Accept = "application/kpml-response+xml",
    ["Content-Type"] = "application/kpml-request+xml" }, request:format(regex or "[x*#ABCD]"))
end

--- A NOTIFY of keys that we have subscribed for: the status to answer it with.
function kpml.notified(call, message)
  if not call.keys_there then return 481 end
  local root = message.body ~= "" and core.xml(message.body)
  if root then call.keys_there = call.keys_there .. (root.attributes.digits or "") end
  if (message:get "Subscription-State" or ""):find "^terminated" then call.keys_ended = root and root.attributes.code or "" end
  task.changed()
  return 200
end

--- Whether a SUBSCRIBE or NOTIFY is about keys.
function kpml.is_meant(message) return (message:get "Event" or ""):match "^[^;%s]+" == "kpml" end

return kpml
