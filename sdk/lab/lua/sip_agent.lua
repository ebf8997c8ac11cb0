-- A SIP user agent: transactions, digest, and the dialogs of calls. Phones, softphones and gateways differ in where their flows
-- come from and in what they say of themselves; both are fields of the agent.
local core = require "core"
local kpml = require "kpml"
local sip = require "sip_message"
local calls = require "sip_call"
local task = require "task"

local Agent = {}
Agent.__index = Agent

local agent = {}

local reasons = {
  [100] = "Trying", [180] = "Ringing", [200] = "OK", [202] = "Accepted", [400] = "Bad Request", [404] = "Not Found",
  [405] = "Method Not Allowed", [481] = "Call/Transaction Does Not Exist", [486] = "Busy Here", [487] = "Request Terminated", [488] = "Not Acceptable Here",
  [489] = "Bad Event", [603] = "Decline",
}

local transaction_seconds = 8
local retransmit_ms = 500

--- agent.new { name, user, domain, display, media_address, contact = function(flow), headers = function(message),
--- credentials = { user, password }, answer = "ring"|"auto"|"busy", on_call = function(call), on_request = function(message) ->
--- status, line_of = function(user) -> the line that a call is for, or nil: 404, tells_keys = function(call) -> whether the keys of a call
--- are told to who subscribes for them (they are), log = function(agent, format, ...) }
function agent.new(fields)
  local self = setmetatable(fields, Agent)
  self.transactions = {}
  self.answered = {} -- requests answered lately, for repetitions over UDP
  self.calls = {}
  self.history = {} -- every call there was
  self.answer_mode = self.answer_mode or "ring"
  self.codecs = self.codecs or { "PCMU", "G729" } -- names of sdp.formats; video = kbps of a second stream
  return self
end

function Agent:log(format, ...)
  if self.write_log then self.write_log(format:format(...)) end
end

function Agent:tag() return core.random_hex(16) end

function Agent:address(display, user, tag)
  local name = display and display ~= "" and ('"%s" '):format(display) or ""
  return ("%s<sip:%s@%s>%s"):format(name, user, self.domain, tag and ";tag=" .. tag or "")
end

-- Requests that we send -------------------------------------------------------------------------------------------------------

function Agent:via(flow)
  return ("SIP/2.0/%s %s:%d;branch=z9hG4bK%s"):format(flow.transport, sip.host(flow.local_host), flow.local_port, core.random_hex(16))
end

local function key_of(message)
  local via = message:get("Via") or ""
  return (via:match("branch=([^;%s,]+)") or "") .. " " .. ((message:get("CSeq") or ""):match("%d+%s+(%u+)") or "")
end

-- Sends a request; hear(response) gets every response, or hear(nil, reason) when none came.
function Agent:transmit(flow, message, hear)
  local key = key_of(message)
  local finished, repeating, deadline = false, nil, nil
  local function finish()
    finished = true
    self.transactions[key] = nil
    if repeating then repeating:close() end
    if deadline then deadline:close() end
  end
  self.transactions[key] = function(response)
    if repeating then repeating:close() end
    if response.status >= 200 and not (message.method == "INVITE" and response.status < 300) then finish() end
    if deadline and message.method == "INVITE" then deadline:close() end
    hear(response)
  end
  local function send(wait)
    flow:send(message)
    if flow.transport == "UDP" and not finished then
      repeating = core.timer(wait, function() send(math.min(wait * 2, 4000)) end)
    end
  end
  deadline = core.timer(transaction_seconds * task.patience * 1000, function()
    if not finished then
      finish()
      hear(nil, "no answer to " .. message.method)
    end
  end)
  self:log("-> %s %s", message.method, message.uri)
  if flow.closed then
    core.timer(0, function()
      if not finished then
        finish()
        hear(nil, "the connection is closed")
      end
    end)
  else
    send(retransmit_ms)
  end
end

local function digest(challenge, credentials, method, uri)
  local algorithm = challenge.algorithm == "SHA-256" and "SHA-256" or "MD5"
  local hash = algorithm == "SHA-256" and core.sha256 or core.md5
  local ha1 = hash(("%s:%s:%s"):format(credentials.user, challenge.realm or "", credentials.password))
  local ha2 = hash(("%s:%s"):format(method, uri))
  local fields = {
    ('username="%s"'):format(credentials.user), ('realm="%s"'):format(challenge.realm or ""),
    ('nonce="%s"'):format(challenge.nonce or ""), ('uri="%s"'):format(uri), "algorithm=" .. algorithm,
  }
  local response
  if challenge.qop then
    local cnonce = core.random_hex(16)
    response = hash(("%s:%s:00000001:%s:auth:%s"):format(ha1, challenge.nonce, cnonce, ha2))
    fields[#fields + 1] = ('cnonce="%s", qop=auth, nc=00000001'):format(cnonce)
  else
    response = hash(("%s:%s:%s"):format(ha1, challenge.nonce, ha2))
  end
  fields[#fields + 1] = ('response="%s"'):format(response)
  if challenge.opaque then fields[#fields + 1] = ('opaque="%s"'):format(challenge.opaque) end
  return "Digest " .. table.concat(fields, ", ")
end

-- True when the message now carries an answer to the response's challenge and can be sent again.
function Agent:authorise(message, response, flow)
  local proxy = response.status == 407
  local challenge = response:get(proxy and "Proxy-Authenticate" or "WWW-Authenticate")
  local header = proxy and "Proxy-Authorization" or "Authorization"
  if not challenge or not self.credentials or message:get(header) then return false end
  message:set(header, digest(sip.parse_challenge(challenge), self.credentials, message.method, message.uri))
  local sequence, method = message:get("CSeq"):match("(%d+)%s+(%u+)")
  message:set("CSeq", ("%d %s"):format(tonumber(sequence) + 1, method))
  message:set("Via", self:via(flow))
  return true
end

--- A request outside of dialogs, without body; further headers can be added before it is sent.
function Agent:request(method, uri, to, flow)
  return sip.request(method, uri):add("Via", self:via(flow)):add("Max-Forwards", 70)
    :add("From", self:address(self.display, self.user, self:tag())):add("To", to):add("Call-ID", self:tag() .. "@" .. flow.local_host)
    :add("CSeq", "101 " .. method)
end

--- Sends a request and returns its final response, or nil and a reason. A challenge is answered once.
function Agent:ask(flow, message)
  while true do
    local response, reason = task.await(function(done)
      self:transmit(flow, message, function(response, why)
        if not response or response.status >= 200 then done(response, why) end
      end)
    end)
    local challenged = response and (response.status == 401 or response.status == 407)
    if not challenged or not self:authorise(message, response, flow) then return response, reason end
  end
end

-- Calls that we make ----------------------------------------------------------------------------------------------------------

local function within(self, call, method)
  local message = sip.request(method, call.remote_target)
  message:add("Via", self:via(call.flow)):add("Max-Forwards", 70)
  for _, route in ipairs(call.routes) do message:add("Route", route) end
  return message:add("From", call.local_party):add("To", call.remote_party):add("Call-ID", call.call_id)
    :add("CSeq", ("%d %s"):format(call.sequence, method))
end

local function acknowledge(self, call)
  call.flow:send(within(self, call, "ACK"):set("CSeq", call.invite:get("CSeq"):match "%d+" .. " ACK"))
end

--- Sends a request within the dialog of a call: headers = { name = value }; its final response, or nil and a reason.
function Agent:ask_within(call, method, headers, body)
  call.sequence = call.sequence + 1
  local message = within(self, call, method):add("Contact", self.contact(call.flow))
  for name, value in pairs(headers) do message:add(name, value) end
  message.body = body or ""
  return self:ask(call.flow, message)
end

local function establish(call, response)
  call.remote_party = response:get("To")
  call.remote_target = sip.parse_address(response:get("Contact")).uri or call.remote_target
  local routes = response:all("Record-Route")
  call.routes = {}
  for index = #routes, 1, -1 do call.routes[#call.routes + 1] = routes[index] end
end

--- Calls a number, or a URI without its scheme; returns the call at once. options: display, identity (both as told to the other side), headers.
function Agent:invite(flow, number, options)
  options = options or {}
  local uri = number:find("@", 1, true) and "sip:" .. number or ("sip:%s@%s"):format(number, self.domain)
  local message = self:request("INVITE", uri, "<" .. uri .. ">", flow)
  local display, user = options.display or self.display, options.user or self.user
  message:set("From", self:address(display, user, self:tag())):add("Contact", self.contact(flow))
    :add("Allow", "ACK,BYE,CANCEL,INVITE,NOTIFY,OPTIONS,REFER,REGISTER,UPDATE,SUBSCRIBE,INFO")
    :add("Content-Type", "application/sdp")
    :add("Remote-Party-ID", self:address(display, user) .. ";party=calling;id-type=subscriber;privacy=off;screen=yes")
  if self.headers then self.headers(message) end
  for name, value in pairs(options.headers or {}) do message:set(name, value) end
  local call = calls.new(self, {
    outgoing = true, flow = flow, call_id = message:get("Call-ID"), local_party = message:get("From"),
    remote_party = message:get("To"), remote_target = uri, routes = {}, sequence = 101, invite = message, dialled = number,
  })
  message.body = call:sdp()
  self.calls[call.call_id] = call
  self.history[#self.history + 1] = call
  call:set("calling", number)
  local function hear(response, reason)
    if not response then
      if call.state ~= "ended" then call:set("ended", reason) end
      return
    end
    local status = response.status
    if status >= 200 and status < 300 then
      establish(call, response)
      if call.state == "answered" then return acknowledge(self, call) end
      call:learn_media(response)
      call:learn_party(response, "To")
      call.answer_message = response
      acknowledge(self, call)
      if call.cancelled then
        self:bye(call)
      else
        call:set("answered")
      end
    elseif status >= 300 then
      -- Like the phones do, the ACK to a failure is sent with the To that came.
      local ack = sip.request("ACK", message.uri):add("Via", message:get("Via")):add("Max-Forwards", 70)
        :add("From", message:get("From")):add("To", response:get("To")):add("Call-ID", call.call_id)
        :add("CSeq", message:get("CSeq"):match("%d+") .. " ACK")
      call.flow:send(ack)
      if (status == 401 or status == 407) and self:authorise(message, response, flow) then
        call.sequence = tonumber(message:get("CSeq"):match("%d+"))
        self:transmit(flow, message, hear)
      elseif call.state ~= "ended" then
        call.status = status
        call:set("ended", ("%d %s"):format(status, response.reason))
      end
    elseif status > 100 then
      call:learn_media(response)
      call:learn_party(response, "To")
      establish(call, response)
      if call.state == "calling" then call:set("ringing") end
    end
  end
  self:transmit(flow, message, hear)
  return call
end

--- Gives up a call that has not been answered.
function Agent:cancel(call)
  local message = sip.request("CANCEL", call.invite.uri):add("Via", call.invite:get("Via")):add("Max-Forwards", 70)
    :add("From", call.invite:get("From")):add("To", call.invite:get("To")):add("Call-ID", call.call_id)
    :add("CSeq", call.invite:get("CSeq"):match("%d+") .. " CANCEL")
  call.cancelled = true
  self:transmit(call.flow, message, function() end)
end

--- What the agent says of the media of a call in BYE and in the answer to one: `media_statistics = { { "RTP-RxStat", "Dur=4,..." } }`.
function Agent:add_statistics(message)
  for _, header in ipairs(self.media_statistics or {}) do message:add(header[1], header[2]) end
  return message
end

--- Ends an answered call.
function Agent:bye(call)
  call.sequence = call.sequence + 1
  self:transmit(call.flow, self:add_statistics(within(self, call, "BYE")), function() end)
  call:set("ended", "hung up here")
end

-- One re-INVITE; returns the status of its answer.
local function offer_anew(self, call, direction)
  call.sequence = call.sequence + 1
  local message = within(self, call, "INVITE"):add("Contact", self.contact(call.flow)):add("Content-Type", "application/sdp")
  message.body = call:sdp(direction)
  local response, why = self:ask(call.flow, message)
  assert(response, why)
  local ack = within(self, call, "ACK")
  if response.status >= 300 then ack:set("Via", message:get("Via")) else call:learn_media(response) end
  call.flow:send(ack)
  return response.status
end

--- Asks once more while something else is under way in the call (491), as the end of its beginning may be: after the pauses of
-- RFC 3261, 14.1. Returns the status of the last answer.
function Agent.until_settled(call, ask)
  local status = ask()
  for _ = 1, 3 do
    if status ~= 491 or call.state == "ended" then break end
    task.pause(call.outgoing and math.random(210, 400) * 10 or math.random(0, 200) * 10)
    status = ask()
  end
  return status
end

--- Offers the media of an answered call anew; returns the status of the answer.
function Agent:reinvite(call, direction)
  return Agent.until_settled(call, function() return offer_anew(self, call, direction) end)
end

-- A value as it stands inside a URI's headers.
local function escaped(text) return (text:gsub("[^%w%.%-_~]", function(c) return ("%%%02X"):format(c:byte()) end)) end

--- Asks to have the other party of an answered call put through: to a number, or to the party of another call of ours, which may
--- still ring. Returns the status that the REFER got; call.told holds the statuses told since, in their order.
function Agent:refer(call, target)
  local uri = type(target) == "string" and ("sip:%s@%s"):format(target, self.domain) or nil
  if not uri then
    local function tag(party) return sip.parse_address(party).parameters.tag end
    uri = ("%s?Replaces=%s"):format(target.remote_target,
      escaped(("%s;to-tag=%s;from-tag=%s"):format(target.call_id, tag(target.remote_party), tag(target.local_party))))
  end
  return Agent.until_settled(call, function()
    call.sequence = call.sequence + 1
    call.told = {}
    local message = within(self, call, "REFER"):add("Contact", self.contact(call.flow)):add("Refer-To", "<" .. uri .. ">")
      :add("Referred-By", "<" .. (sip.parse_address(call.local_party).uri or "") .. ">")
    local response, why = self:ask(call.flow, message)
    assert(response, why)
    return response.status
  end)
end

-- Requests that come ------------------------------------------------------------------------------------------------------------

--- Answers a request. extra(response) adds headers and a body.
function Agent:respond(flow, request, status, extra)
  local response = sip.response(status, reasons[status] or "Unknown")
  for _, via in ipairs(request:all("Via")) do response:add("Via", via) end
  for _, route in ipairs(request:all("Record-Route")) do response:add("Record-Route", route) end
  local to = request:get("To")
  if status > 100 and not to:find(";tag=", 1, true) then
    request.our_tag = request.our_tag or self:tag()
    to = to .. ";tag=" .. request.our_tag
  end
  response:add("From", request:get("From")):add("To", to):add("Call-ID", request:get("Call-ID")):add("CSeq", request:get("CSeq"))
  if extra then extra(response) end
  self.answered[key_of(request)] = response
  self:log("-> %d %s (%s)", status, response.reason, request.method)
  flow:send(response)
  return response
end

--- Answers a call that rings.
function Agent:answer(call)
  assert(not call.outgoing and (call.state == "ringing" or call.state == "new"), "only a call that rings can be answered")
  local media = call:sdp(nil, true)
  if not media then return self:refuse(call, 488, reasons[488]) end
  self:respond(call.flow, call.invite, 200, function(response)
    response:add("Contact", self.contact(call.flow)):add("Content-Type", "application/sdp")
    response:add("Remote-Party-ID", self:address(self.display, self.user) .. ";party=called;id-type=subscriber;privacy=off;screen=yes")
    response.body = media
    call.answer_message = response
  end)
  call.local_party = call.answer_message:get("To")
  call.remote_party = call.invite:get("From")
  call:set("answered")
end

function Agent:refuse(call, status, reason)
  reasons[status] = reasons[status] or reason
  self:respond(call.flow, call.invite, status)
  call.status = status
  call:set("ended", ("refused with %d %s"):format(status, reason))
end

local incoming = {}

-- The line's file says that its calls are answered, or the caller asks a plain phone for it.
local function asks_for_answer(call)
  return (call.line and call.line.auto_answer) or (call.invite:get "Call-Info" or ""):find("answer-after=0", 1, true)
end

local function is_in_call(self, new)
  for _, call in pairs(self.calls) do
    if call ~= new and call.state ~= "ended" then return true end
  end
end

function incoming.INVITE(self, flow, message)
  local known = self.calls[message:get("Call-ID")]
  if known then
    known:learn_media(message)
    known:learn_party(message, "From")
    known.sequence_there = message:get("CSeq")
    self:respond(flow, message, 200, function(response)
      response:add("Contact", self.contact(flow)):add("Content-Type", "application/sdp")
      local hold = message.body ~= "" and known.remote_media and known.remote_media.direction ~= "sendrecv"
      response.body = known:sdp(hold and "recvonly" or nil, message.body ~= "")
    end)
    task.changed()
    return
  end
  if message:get("To"):find(";tag=", 1, true) then
    self:respond(flow, message, 481)
    return
  end
  local user = sip.parse_uri(message.uri).user
  local line = not self.line_of or self.line_of(user or "")
  if not line then
    self:log("has no line %s", tostring(user))
    self:respond(flow, message, 404)
    return
  end
  local call = calls.new(self, {
    flow = flow, call_id = message:get("Call-ID"), invite = message, line = self.line_of and line or nil, routes = message:all("Record-Route"), sequence = 101,
    remote_target = sip.parse_address(message:get("Contact")).uri, dialled = user,
  })
  call:learn_media(message)
  call:learn_party(message, "From")
  self.calls[call.call_id] = call
  self.history[#self.history + 1] = call
  self:respond(flow, message, 100)
  if self.answer_mode == "busy" then
    self:refuse(call, 486, "Busy Here")
    return
  end
  self:respond(flow, message, 180, function(response) response:add("Contact", self.contact(flow)) end)
  call:set("ringing", call.party and call.party.number)
  if self.on_call then self.on_call(call) end
  if self.answer_mode == "auto" or (asks_for_answer(call) and not is_in_call(self, call)) then self:answer(call) end
end

function incoming.ACK(self, _, message)
  local call = self.calls[message:get("Call-ID")]
  if call then
    call:learn_media(message)
    call.acknowledged = true
    task.changed()
  end
end

function incoming.CANCEL(self, flow, message)
  local call = self.calls[message:get("Call-ID")]
  self:respond(flow, message, call and 200 or 481)
  if call and call.state ~= "answered" then
    self:respond(call.flow, call.invite, 487)
    call:set("ended", "given up by the caller")
  end
end

function incoming.BYE(self, flow, message)
  local call = self.calls[message:get("Call-ID")]
  self:respond(flow, message, call and 200 or 481, call and function(response) self:add_statistics(response) end)
  if call then call:set("ended", "hung up there") end
end

function incoming.UPDATE(self, flow, message)
  local call = self.calls[message:get("Call-ID")]
  if call then
    call:learn_party(message, "From")
    call:learn_media(message)
  end
  self:respond(flow, message, call and 200 or 481, function(response) response:add("Contact", self.contact(flow)) end)
  task.changed()
end

-- Who wants to be told which keys are pressed in a call.
function incoming.SUBSCRIBE(self, flow, message)
  local call = self.calls[message:get("Call-ID")]
  if not call then return self:respond(flow, message, self.on_request and self.on_request(message, flow) or 405) end
  local told = kpml.is_meant(message) and (not self.tells_keys or self.tells_keys(call))
  if not told then return self:respond(flow, message, 489) end
  self:respond(flow, message, 200, function(response)
    response:add("Contact", self.contact(flow)):add("Expires", message:get "Expires")
  end)
  kpml.subscribed(call, message)
end

-- Keys, and how a transfer goes on; all other events are for whoever the agent belongs to.
function incoming.NOTIFY(self, flow, message)
  local call = self.calls[message:get("Call-ID")]
  if call and kpml.is_meant(message) then return self:respond(flow, message, kpml.notified(call, message)) end
  local status = tonumber(message.body:match("^SIP/2%.0 (%d+)"))
  if not (call and call.told and status) then
    return self:respond(flow, message, self.on_request and self.on_request(message, flow) or 405)
  end
  call.told[#call.told + 1] = status
  self:respond(flow, message, 200)
  task.changed()
end

function incoming.OPTIONS(self, flow, message) self:respond(flow, message, 200) end

--- Everything that arrives on a flow of this agent goes here.
function Agent:receive(flow, message)
  if message.status then
    self:log("<- %d %s (%s)", message.status, message.reason, (message:get("CSeq") or ""):match("%u+$") or "?")
    local transaction = self.transactions[key_of(message)]
    if transaction then transaction(message) end
    return
  end
  self:log("<- %s %s", message.method, message.uri)
  for _, needed in ipairs { "Via", "From", "To", "Call-ID", "CSeq" } do
    if not message:get(needed) then
      self:log("a %s without %s is dropped", message.method, needed)
      return
    end
  end
  local before = message.method ~= "ACK" and self.answered[key_of(message)]
  if before then
    flow:send(before)
  elseif incoming[message.method] then
    incoming[message.method](self, flow, message)
  else
    local status = self.on_request and self.on_request(message, flow) or 405
    self:respond(flow, message, status)
  end
end

return agent
