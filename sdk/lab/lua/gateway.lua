-- A gateway to the public network as a SIP trunk peer: it answers what comes, remembers it, and can call in.
local addresses = require "addresses"
local agents = require "sip_agent"
local flows = require "sip_flow"
local sip = require "sip_message"
local task = require "task"

local Gateway = {}
Gateway.__index = Gateway

local gateway = {}

--- gateway.new { name, address, ipv6, port, answer = "auto"|"ring"|"busy", certificate = { pem, key } for TLS instead of TCP, write_log }
function gateway.new(fields)
  local self = setmetatable(fields, Gateway)
  self.name = self.name or "gateway"
  self.port = self.port or 5060
  local agent
  agent = agents.new {
    name = self.name, user = "pstn", domain = sip.host(self.address), display = "", media_address = self.address,
    answer_mode = self.answer or "auto", write_log = self.write_log,
    contact = function(flow)
      return ("<sip:%s@%s:%d;transport=%s>"):format("pstn", sip.host(self.address), self.port, flow.transport:lower())
    end,
    on_request = function() return 405 end,
  }
  self.agent = agent
  local function receive(flow, message) agent:receive(flow, message) end
  self.listener = assert(flows.listen(self.address, self.port, receive, nil, self.certificate))
  self.udp = assert(flows.udp(self.address, self.port, receive))
  return self
end

--- The calls that have come in so far, oldest first.
function Gateway:incoming()
  local calls = {}
  for _, call in ipairs(self.agent.history) do
    if not call.outgoing then calls[#calls + 1] = call end
  end
  return calls
end

--- Waits for a call in; dialled = the number it must be for.
function Gateway:wait_call(wanted)
  wanted = wanted or {}
  return task.wait_for(("%s gets a call%s"):format(self.name, wanted.dialled and " for " .. wanted.dialled or ""), wanted.seconds or 5,
    function()
      for _, call in ipairs(self:incoming()) do
        if not call.taken and (not wanted.dialled or call.dialled == wanted.dialled) then
          call.taken = true
          return call
        end
      end
      return nil, ("%d calls so far"):format(#self:incoming())
    end)
end

--- A connection to a cluster, over TLS when it has a certificate.
function Gateway:connect(cluster)
  return assert(flows.connect(self.address, addresses.of(cluster, self), self.certificate and cluster.ports.sips or cluster.ports.sip,
    function(from, message) self.agent:receive(from, message) end, nil, self.certificate))
end

--- Calls a number of a cluster from the public network. options: user = the caller's number, display = the caller's name, headers,
--- flow = the way there (a connection of its own).
function Gateway:call(cluster, number, options)
  local agent = self.agent
  options = options or {}
  local flow = options.flow or self:connect(cluster)
  agent.domain = sip.host(addresses.of(cluster, self))
  return agent:invite(flow, number, options)
end

function Gateway:close()
  self.listener:close()
  self.udp:close()
end

return gateway
