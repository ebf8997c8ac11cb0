-- A plain SIP softphone: no files, one account, digest authentication; the digest user is what the node knows it by.
local addresses = require "addresses"
local agents = require "sip_agent"
local core = require "core"
local flows = require "sip_flow"
local sip = require "sip_message"
local task = require "task"

local Softphone = {}
Softphone.__index = Softphone

local softphone = {}

local function flow_of(self, hear)
  local node, address = self.cluster, addresses.of(self.cluster, self)
  if self.transport == "udp" then return flows.udp(self.address, self.port, hear, address, node.ports.sip) end
  local certificate = self.transport == "tls" and (self.certificate or {}) or nil
  return flows.connect(self.address, address, certificate and node.ports.sips or node.ports.sip, hear, nil, certificate)
end

--- softphone.new { name, user, password, number, display, address, ipv6, port, cluster, answer, write_log, transport = "udp"|"tcp"|"tls",
--- certificate = { pem, key } for tls }
function softphone.new(fields)
  local self = setmetatable(fields, Softphone)
  self.name = self.name or self.user
  self.port = self.port or self.ipv6 and 0 or 5060
  self.number = self.number or self.user
  self.notified = {} -- the newest NOTIFY of each subscription
  self.transport = self.transport or "udp"
  local agent
  agent = agents.new {
    name = self.name, user = self.number, domain = sip.host(addresses.of(self.cluster, self)), display = self.display or "", media_address = self.address,
    answer_mode = self.answer or "ring", credentials = { user = self.user, password = self.password },
    contact = function(flow)
      local transport = self.transport ~= "udp" and ";transport=" .. self.transport or ""
      return ("<sip:%s@%s:%d%s>"):format(self.number, sip.host(flow.local_host), flow.local_port, transport)
    end,
    headers = function(message) message:add("User-Agent", "sojourn-lab softphone") end,
    write_log = self.write_log,
    on_request = function(message)
      if message.method ~= "NOTIFY" then return 405 end
      self.notified[message:get("Call-ID")] = message
      task.changed()
      return 200
    end,
  }
  self.agent = agent
  self.flow = assert(flow_of(self, function(flow, message) agent:receive(flow, message) end))
  self.call_id = core.random_hex(16) .. "@" .. self.address
  self.sequence = 0
  return self
end

--- Registers for so many seconds (0 takes it off) and returns the final response.
function Softphone:register(expires)
  self.sequence = self.sequence + 10
  local agent = self.agent
  local party = ("<sip:%s@%s>"):format(self.number, agent.domain)
  local message = sip.request("REGISTER", "sip:" .. agent.domain):add("Via", agent:via(self.flow)):add("Max-Forwards", 70)
    :add("From", party .. ";tag=" .. agent:tag()):add("To", party):add("Call-ID", self.call_id)
    :add("CSeq", self.sequence .. " REGISTER"):add("Contact", agent.contact(self.flow)):add("Expires", expires or 300)
    :add("User-Agent", "sojourn-lab softphone")
  local response, why = agent:ask(self.flow, message)
  if not response then error(("%s: REGISTER: %s"):format(self.name, why), 2) end
  self.registered = response.status == 200 and expires ~= 0
  return response
end

function Softphone:dial(number, options) return self.agent:invite(self.flow, number, options) end

--- Presses these digits one after another: the first one goes at once, the others as the node asks for them (KPML). Returns the call.
function Softphone:key_in(digits)
  local call = self:dial(digits:sub(1, 1))
  call:press(digits:sub(2))
  return call
end

function Softphone:wait_call(seconds)
  return task.wait_for(self.name .. " rings", seconds or 5, function()
    for _, call in pairs(self.agent.calls) do
      if not call.outgoing and call.state == "ringing" then return call end
    end
  end)
end

--- Subscribes to an event of a number, or (with a subscription) refreshes or, for 0 seconds, ends that. Returns the subscription
--- with its response.
function Softphone:subscribe(number, event, expires, subscription)
  local agent = self.agent
  subscription = subscription or { tag = agent:tag(), call_id = core.random_hex(16) .. "@" .. self.address, sequence = 0 }
  subscription.sequence = subscription.sequence + 10
  local uri = ("sip:%s@%s"):format(number, agent.domain)
  local message = sip.request("SUBSCRIBE", uri):add("Via", agent:via(self.flow)):add("Max-Forwards", 70)
    :add("From", ("<sip:%s@%s>;tag=%s"):format(self.number, agent.domain, subscription.tag)):add("To", subscription.to or "<" .. uri .. ">")
    :add("Call-ID", subscription.call_id):add("CSeq", subscription.sequence .. " SUBSCRIBE"):add("Contact", agent.contact(self.flow))
    :add("Event", event):add("Expires", expires or 300):add("User-Agent", "sojourn-lab softphone")
  local response, why = agent:ask(self.flow, message)
  if not response then error(("%s: SUBSCRIBE: %s"):format(self.name, why), 2) end
  subscription.response, subscription.to = response, response:get "To"
  return subscription
end

--- Waits until the newest NOTIFY of a subscription holds that text, in its body or its Subscription-State; returns it.
function Softphone:wait_notified(subscription, text)
  return task.wait_for(("%s is told %q"):format(self.name, text), 5, function()
    local message = self.notified[subscription.call_id]
    if not message then return nil, "it is told nothing" end
    local told = (message:get "Subscription-State" or "") .. "\n" .. message.body
    return told:find(text, 1, true) and message, "it is told " .. told
  end)
end

function Softphone:close() self.flow:close() end

return softphone
