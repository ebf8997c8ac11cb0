-- Flows: ways on which SIP messages travel. A flow has transport, local_host, local_port, remote_host, remote_port,
-- send(message) and close(); what arrives goes to on_message(flow, message), its end to on_close(flow, reason).
local core = require "core"
local sip = require "sip_message"
local task = require "task"

local flow = {}

local function hear(self, event, value)
  if event == "data" then
    local messages, problem = self.cut(value)
    for _, message in ipairs(messages or {}) do self.on_message(self, message) end
    if not messages then
      self.problem = problem
      self:close()
    end
  elseif event == "close" then
    self.closed = true
    if self.on_close then self.on_close(self, self.problem or value) end
    task.changed()
  end
end

local function over_tcp(connection, on_message, on_close)
  local self = { transport = "TCP", connection = connection, cut = sip.cutter(), on_message = on_message, on_close = on_close }
  function self:send(message) return not self.closed and self.connection:write(message:text()) end
  function self:close() self.connection:close() end
  return self
end

local function learn_addresses(self)
  self.local_host, self.local_port = self.connection:local_address()
  self.remote_host, self.remote_port = self.connection:peer()
end

-- What TLS does to a flow: the events of its connection go through the session before `forward` gets them.
local function secured(self, session, forward)
  local open, failed = false, nil
  self.transport = "TLS"
  function self:send(message) return not self.closed and self.connection:write(session:send(message:text())) end
  return function(event, value)
    if event == "close" then return forward("close", failed or value) end
    local out, text, ready, problem = session:receive(event == "data" and value or "")
    if out ~= "" then self.connection:write(out) end
    if ready and not open then
      open = true
      forward "open"
    end
    if text ~= "" then forward("data", text) end
    if problem then
      failed = problem
      self.connection:close()
    end
  end
end

--- Connects from `from` to host:port, over TLS with a `certificate` { pem, key } ({}: it shows none); the flow, or nil and a reason.
function flow.connect(from, host, port, on_message, on_close, certificate)
  local self = over_tcp(nil, on_message, on_close)
  local opened, reason = task.await(function(done)
    local function forward(event, value)
      if event == "open" then
        self.opened = true
        done(true)
      elseif event == "close" and not self.opened then
        done(false, value)
      else
        hear(self, event, value)
      end
    end
    self.connection = core.tcp_connect(from, host, port, certificate and secured(self, core.tls_client(certificate.pem, certificate.key), forward)
      or forward)
  end)
  if not opened then return nil, reason end
  learn_addresses(self)
  return self
end

--- Listens on TCP, or on TLS with a `certificate` { pem, key }; on_message and on_close hear all connections.
function flow.listen(host, port, on_message, on_close, certificate)
  return core.tcp_listen(host, port, function(connection)
    local self = over_tcp(connection, on_message, on_close)
    self.opened = true
    learn_addresses(self)
    local function forward(event, value) hear(self, event, value) end
    connection:on(certificate and secured(self, core.tls_server(certificate.pem, certificate.key), forward) or forward)
  end)
end

--- A UDP socket on host:port. With a remote side all is sent there; without, to(host, port) makes a flow to that place.
function flow.udp(host, port, on_message, remote_host, remote_port)
  local socket, problem
  local function towards(there_host, there_port)
    local self = { transport = "UDP", remote_host = there_host, remote_port = there_port }
    self.local_host, self.local_port = socket:local_address()
    function self:send(message) return socket:send(message:text(), self.remote_host, self.remote_port) end
    function self:close() socket:close() end
    return self
  end
  local main
  socket, problem = core.udp(host, port, function(bytes, from_host, from_port)
    if not bytes:find("%S") then return end
    local message = sip.parse(bytes)
    if not message then return end
    local same = main.remote_host == from_host and main.remote_port == from_port
    on_message(same and main or towards(from_host, from_port), message)
  end)
  if not socket then return nil, problem end
  main = towards(remote_host, remote_port)
  main.to = function(_, there_host, there_port) return towards(there_host, there_port) end
  return main
end

return flow
