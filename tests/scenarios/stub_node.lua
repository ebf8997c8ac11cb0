-- A stand-in for a node, for the lab's own tests: serves files over HTTP and TFTP from a table, and accepts registrations and
-- calls as little as the simulated phone needs; messages of a caller's calls (`caller`, an agent) are handed to it. It shares the lab's SIP code, so it proves the phone's behaviour, not its syntax:
-- that is what the scenarios with real nodes and sipp are for.
local agents = require "sip_agent"
local core = require "core"
local flows = require "sip_flow"
local sip = require "sip_message"

local stub = {}

local function serve_http(self, connection)
  local pending = ""
  connection:on(function(event, bytes)
    if event ~= "data" then return end
    pending = pending .. bytes
    local path = pending:match("^GET /(%S*) HTTP/1%.[01]\r\n.-\r\n\r\n")
    if not path then return end
    pending = ""
    self.requests[#self.requests + 1] = path
    local body = not self.tftp_only and self.files[path]
    if type(body) == "function" then body = body(path) end
    local status = body and "200 OK" or "404 Not Found"
    body = body or ""
    connection:write(("HTTP/1.1 %s\r\nContent-Length: %d\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n%s"):format(status, #body, body))
  end)
end

local function serve_tftp(self, address, port)
  local socket
  local transfers = {}
  local function send_block(key, host, to_port)
    local transfer = transfers[key]
    local data = transfer.data:sub((transfer.block - 1) * transfer.size + 1, transfer.block * transfer.size)
    socket:send(string.pack(">I2I2", 3, transfer.block & 0xffff) .. data, host, to_port)
  end
  socket = assert(core.udp(address, port, function(bytes, host, from_port)
    local key = host .. ":" .. from_port
    local kind = string.unpack(">I2", bytes)
    if kind == 1 then
      local name, mode, at = string.unpack("zz", bytes, 3)
      local data = mode == "octet" and self.files[name]
      if type(data) ~= "string" then
        socket:send(string.pack(">I2I2z", 5, 1, "File not found"), host, from_port)
        return
      end
      transfers[key] = { data = data, block = 1, size = 512 }
      local size = bytes:sub(at):match("blksize%z(%d+)%z")
      if size then
        transfers[key].size, transfers[key].block = tonumber(size), 0
        socket:send(string.pack(">I2zz", 6, "blksize", size), host, from_port)
      else
        send_block(key, host, from_port)
      end
    elseif kind == 4 and transfers[key] then
      local number = string.unpack(">I2", bytes, 3)
      local transfer = transfers[key]
      if number == transfer.block & 0xffff then
        if transfer.block > 0 and transfer.block * transfer.size > #transfer.data then return end
        transfer.block = transfer.block + 1
        send_block(key, host, from_port)
      end
    end
  end))
  self.tftp = socket
end

--- stub.new(address, tftp_port): files = name to text; registrations by device name; requests = paths asked over HTTP.
function stub.new(address, tftp_port)
  local self = { name = "stub " .. address, address = address, files = {}, requests = {}, registrations = {}, ports = { sip = 5060 } }
  self.http = assert(core.tcp_listen(address, 6970, function(connection) serve_http(self, connection) end))
  self.pages = assert(core.tcp_listen(address, 8080, function(connection) serve_http(self, connection) end))
  serve_tftp(self, address, tftp_port)
  local agent
  agent = agents.new {
    name = self.name, user = "stub", domain = address, media_address = address,
    contact = function() return "<sip:stub@" .. address .. ":5060;transport=tcp>" end,
    on_request = function() return 202 end,
  }
  self.agent = agent
  local function receive(flow, message)
    if message.method ~= "REGISTER" then
      local other = self.caller and self.caller.calls[message:get("Call-ID")] and self.caller
      return (other or agent):receive(flow, message)
    end
    local contact = message:get("Contact")
    local device = contact:match('devicename%.ccm%.cisco%.com="([^"]+)"')
    if self.refuse then return agent:respond(flow, message, self.refuse) end
    local expires = tonumber(message:get("Expires"))
    self.registrations[device] = expires > 0
      and { flow = flow, contact = sip.parse_address(contact).uri, call_id = message:get("Call-ID"), message = message } or nil
    agent:respond(flow, message, 200, function(response)
      response:add("Contact", contact):add("Expires", math.min(expires, 120))
    end)
  end
  self.listener = assert(flows.listen(address, 5060, receive))
  function self:has_address(host) return host == address end
  --- Sends a service-control NOTIFY; returns the phone's response.
  function self:control(device, action, call_id, stamp)
    local registration = self.registrations[device]
    local message = agent:request("NOTIFY", registration.contact, "<" .. registration.contact .. ">", registration.flow)
    message:add("Event", "service-control"):add("Subscription-State", "active"):add("Content-Type", "text/plain")
    message.body = ("action=%s\r\nRegisterCallId={%s}\r\nConfigVersionStamp={%s}\r\n"):format(action, call_id or registration.call_id,
      stamp or "0")
    return agent:ask(registration.flow, message)
  end
  function self:close()
    self.http:close()
    self.pages:close()
    self.tftp:close()
    self.listener:close()
  end
  return self
end

--- A phone's file as small as it can be.
function stub.file(address, number, stamp, service_url)
  return ([[<?xml version="1.0"?><device><devicePool><callManagerGroup><members><member priority="0"><callManager>
<ports><sipPort>5060</sipPort></ports><processNodeName>%s</processNodeName></callManager></member></members></callManagerGroup></devicePool>
<sipProfile><sipLines><line button="1"><featureID>9</featureID><name>%s</name><displayName>Line %s</displayName></line></sipLines></sipProfile>
<versionStamp>%s</versionStamp><phoneServices><phoneService type="0"><name>Extension Mobility</name><url>%s</url></phoneService></phoneServices>
</device>]]):format(address, number, number, stamp or "1", (service_url or ""):gsub("&", "&amp;"))
end

--- A redirect file.
function stub.redirect(home, logout_url)
  return ([[<device><emccMode>true</emccMode><tempTftpAddress1>%s</tempTftpAddress1><visitingLogoutURI>%s</visitingLogoutURI></device>]]):format(
    home, (logout_url:gsub("&", "&amp;")))
end

return stub
