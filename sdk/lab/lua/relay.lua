-- One direction of a line between two clusters: takes connections at one place and passes them on to another, byte for byte, until it
-- is told to do worse. TLS passes through untouched; its records are told apart, so that faults can strike at a message.
local core = require "core"
local task = require "task"

local Relay, Pair = {}, {}
Relay.__index, Pair.__index = Relay, Pair

local relay = {}

-- What passes -------------------------------------------------------------------------------------------------------------------------

local application_data = 23

-- A closing alert under encryption; and the client's Finished, the last message of a TLS 1.3 handshake, with either digest: records with their heads.
local alert_length, finished_length = 24, { [58] = true, [74] = true }

-- Takes whole TLS records off what has come in.
local function take_records(way, bytes)
  local records = {}
  way.partial = way.partial .. bytes
  while #way.partial >= 5 do
    local length = 5 + string.unpack(">I2", way.partial, 4)
    if #way.partial < length then break end
    records[#records + 1] = way.partial:sub(1, length)
    way.partial = way.partial:sub(length + 1)
  end
  return records
end

-- Whether a piece belongs to messages rather than to the handshake around them.
local function carries_message(pair, way, piece)
  if not pair.tls then return true end
  if piece:byte(1) ~= application_data or #piece == alert_length then return false end
  if way == pair.there and not pair.finished then
    pair.flight = pair.flight + 1
    pair.finished = finished_length[#piece]
    pair.tickets = pair.flight > 1 and 2 or 1 -- the server sends so many session tickets, one on a resumed session
    return false
  end
  if way == pair.back and not pair.finished then return false end
  if way == pair.back and pair.tickets > 0 then
    pair.tickets = pair.tickets - 1
    return false
  end
  return true
end

-- "request" for the first piece of one, "answer" for the first piece of its answer.
local function moment_of(pair, way, piece)
  if not carries_message(pair, way, piece) then return nil end
  if way == pair.there and pair.turn ~= "request" then
    pair.turn, pair.relay.active = "request", core.now()
    pair.relay.requests = pair.relay.requests + 1
    pair.request = pair.relay.requests
    return "request"
  elseif way == pair.back and pair.turn == "request" then
    pair.turn, pair.relay.active = "answer", core.now()
    return "answer"
  end
end

-- Faults ------------------------------------------------------------------------------------------------------------------------------

local function fault_at(pair, way, moment)
  local faults = pair.relay.faults
  for index, fault in ipairs(faults) do
    local same = fault.at == moment and (moment == "bytes" and fault.way == way.name and fault.number == pair.number
      or moment == "connect" and fault.number == pair.number or moment ~= "bytes" and moment ~= "connect" and fault.number == pair.request)
    if same then return fault, index end
  end
end

local pump

-- Carries a fault out on a piece that waits at the head of its way. True when the piece may go on.
local function strike(pair, way, what)
  if type(what) == "table" then
    way.queue[1].due = core.now() + what.delay * task.patience
  elseif what == "close" then
    pair:close()
  elseif what == "reset" then
    pair:reset()
  elseif what == "stall" then
    pair.stalled = true
  elseif what == "half_close" then
    way.queue, way.ended, way.silent = {}, true, true
    way.to:shutdown()
  elseif what then
    error("a line knows no fault " .. tostring(what), 0)
  end
end

local function meet(pair, way, fault, index)
  table.remove(pair.relay.faults, index)
  fault.struck = core.now()
  task.changed()
  if type(fault.what) ~= "function" then return strike(pair, way, fault.what) end
  way.busy = true
  task.start(function()
    local what = fault.what(pair)
    way.busy = false
    if not pair.over then
      strike(pair, way, what)
      pump(pair, way)
    end
  end)
end

-- One connection ------------------------------------------------------------------------------------------------------------------------

local function write(pair, way, bytes)
  way.passed = way.passed + #bytes
  way.to:write(bytes)
end

-- Cuts the head of the queue where a fault wants to strike after so many bytes.
local function cut_head(pair, way)
  local fault, index = fault_at(pair, way, "bytes")
  local left = fault and fault.bytes - way.passed
  if not fault or left > #way.queue[1].bytes then return end
  if left > 0 then
    write(pair, way, way.queue[1].bytes:sub(1, left))
    way.queue[1].bytes = way.queue[1].bytes:sub(left + 1)
  end
  meet(pair, way, fault, index)
end

function pump(pair, way)
  while not pair.over and way.open and not way.busy and not pair.stalled and not pair.relay.stalled do
    local piece = way.queue[1]
    if not piece then
      if way.last_word and not way.ended then
        way.ended = true
        if way.last_word == "close" then pair:close() else way.to:shutdown() end
        if pair.there.ended and pair.back.ended then pair:close() end
      end
      return
    end
    local left = (piece.due or 0) - core.now()
    if left > 0 then
      way.timer = way.timer or core.timer(left, function()
        way.timer = nil
        pump(pair, way)
      end)
      return
    end
    local fault, index
    if piece.moment then fault, index = fault_at(pair, way, piece.moment) end
    piece.moment = nil
    if fault then
      meet(pair, way, fault, index)
    else
      cut_head(pair, way)
      if way.queue[1] == piece and not way.busy and not pair.over and not pair.stalled and (piece.due or 0) <= core.now() then
        table.remove(way.queue, 1)
        write(pair, way, piece.bytes)
      end
    end
  end
end

local function feed(pair, way, bytes)
  if way.silent then return end
  if pair.tls == nil then pair.tls = bytes:byte(1) == 22 end
  for _, piece in ipairs(pair.tls and take_records(way, bytes) or { bytes }) do
    way.queue[#way.queue + 1] = {
      bytes = piece, moment = moment_of(pair, way, piece), due = pair.relay.latency > 0 and core.now() + pair.relay.latency or nil,
    }
  end
  pump(pair, way)
end

local function hear(pair, from, to)
  return function(event, value)
    if event == "open" then
      from.open, to.open = true, true
      pump(pair, to)
    elseif event == "data" then
      feed(pair, from, value)
      return
    elseif not to.open then -- nobody took the connection at the other end
      pair:reset()
    elseif not pair.over then
      -- What is under way arrives all the same; a side that has gone hears nothing more.
      if from.partial ~= "" then
        from.queue[#from.queue + 1] = { bytes = from.partial }
        from.partial = ""
      end
      from.last_word = event
      if event == "close" then to.queue, to.silent, to.ended = {}, true, true end
    end
    pump(pair, from)
  end
end

--- Passes what a fault has stopped: for faults that are functions, and strike behind it.
function Pair:pass()
  for _, way in ipairs { self.there, self.back } do
    local piece = way.busy and table.remove(way.queue, 1)
    if piece and not self.over then write(self, way, piece.bytes) end
  end
end

local function over(pair)
  if pair.over then return false end
  pair.over = true
  pair.relay.pairs[pair] = nil
  return true
end

function Pair:close()
  if not over(self) then return end
  self.opener:close()
  self.target:close()
end

function Pair:reset()
  if not over(self) then return end
  self.opener:reset()
  self.target:reset()
end

local function new_way(name, to) return { name = name, to = to, queue = {}, passed = 0, partial = "", open = false } end

local function take(self, opener)
  self.connections = self.connections + 1
  local pair = setmetatable({ relay = self, number = self.connections, opener = opener, flight = 0, tickets = 0 }, Pair)
  pair.back = new_way("back", opener)
  pair.there = new_way("there", nil)
  local heard = hear(pair, pair.back, pair.there)
  pair.target = core.tcp_connect(self.from, self.to_address, self.to_port, heard)
  pair.target:on(heard, true)
  pair.there.to = pair.target
  opener:on(hear(pair, pair.there, pair.back), true)
  self.pairs[pair] = true
  task.changed()
  local fault, index = fault_at(pair, pair.there, "connect")
  if fault then
    pair.there.queue[1] = { bytes = "" }
    meet(pair, pair.there, fault, index)
  end
end

-- The whole way -------------------------------------------------------------------------------------------------------------------------

--- relay.new { address, port, to_address, to_port, from = the address it connects from }
function relay.new(fields)
  local self = setmetatable(fields, Relay)
  self.requests, self.connections, self.latency, self.faults, self.pairs = 0, 0, 0, {}, {}
  self:listen()
  return self
end

-- The port may still be that of a connection which has just been broken.
function Relay:listen()
  task.wait_for(("a relay listens on %s port %d"):format(self.address, self.port), 10, function()
    local problem
    self.listener, problem = core.tcp_listen(self.address, self.port, function(opener) take(self, opener) end)
    return self.listener, problem
  end)
end

local function each_pair(self, act)
  local pairs_now = {}
  for pair in pairs(self.pairs) do pairs_now[#pairs_now + 1] = pair end
  for _, pair in ipairs(pairs_now) do act(pair) end
end

--- Whether nothing is on its way, and has not been for a moment.
function Relay:quiet()
  for pair in pairs(self.pairs) do
    if pair.turn == "request" then return false end
  end
  return self.requests > 0 and core.now() - self.active > 60
end

--- Nobody is there any more: connections break, new ones are refused.
function Relay:cut()
  if self.listener then self.listener:close() end
  self.listener = nil
  each_pair(self, Pair.reset)
end

--- Connections open and stay open, and nothing passes, as behind a line that loses everything.
function Relay:stall() self.stalled = true end

--- As it was made. What has waited passes now.
function Relay:restore()
  if not self.listener then self:listen() end
  self.stalled, self.latency, self.faults = false, 0, {}
  each_pair(self, function(pair)
    pair.stalled = false
    pump(pair, pair.there)
    pump(pair, pair.back)
  end)
end

--- Has a fault strike once; see docs/lab.md. Returns it: `struck` is when it did.
function Relay:fault(fault)
  if fault.bytes or fault.bytes_back then
    fault.at, fault.way = "bytes", fault.bytes and "there" or "back"
    fault.bytes = fault.bytes or fault.bytes_back
  end
  fault.at = fault.at or "request"
  local of_connection = fault.at == "bytes" or fault.at == "connect"
  fault.number = of_connection and self.connections + (fault.connection or 1) or self.requests + (fault.request or 1)
  self.faults[#self.faults + 1] = fault
  return fault
end

--- Takes a fault back that has not struck.
function Relay:forget(fault)
  for index, other in ipairs(self.faults) do
    if other == fault then table.remove(self.faults, index) end
  end
end

function Relay:close()
  if self.listener then self.listener:close() end
  self.listener = nil
  each_pair(self, Pair.close)
end

return relay
