-- The line between two clusters: a relay each way in the real path between their nodes, and what the line's state means for phones
-- that one cluster has lent to the other.
local relay = require "relay"
local task = require "task"

local Line = {}
Line.__index = Line

local line = {}

--- line.new(one, other, port): lays the line. Both clusters run and have a record of each other, whose HTTPS port leads over it.
function line.new(one, other, port)
  local self = setmetatable({ one = one, other = other, ways = {}, phones = {} }, Line)
  for _, ends in ipairs { { one, other }, { other, one } } do
    local from, to = ends[1], ends[2]
    self.ways[from] = relay.new {
      address = to.address, port = port, to_address = to.address, to_port = to.ports.https, from = from.address,
    }
    from:cli { "remote-cluster", "set", to.id, "https_port=" .. port }
  end
  -- A changed record has its cluster asked for its state: that is not to be met by what a script does next.
  task.wait_for("the line between " .. one.name .. " and " .. other.name .. " is quiet", 5, function()
    return self.ways[one]:quiet() and self.ways[other]:quiet()
  end)
  return self
end

-- The way that begins at a cluster, or both.
local function ways(self, from)
  if from then return { (assert(self.ways[from], "the line does not begin there")) } end
  return { self.ways[self.one], self.ways[self.other] }
end

local function tell_phones(self)
  for _, phone in ipairs(self.phones) do phone:line_changed() end
  task.changed()
end

--- Connections break and new ones are refused: those that `from` opens, or all.
function Line:cut(from)
  for _, way in ipairs(ways(self, from)) do way:cut() end
  if not from then self.broken = true end
  tell_phones(self)
end

--- Phones get through again, while nodes do not.
function Line:let_phones_through()
  self.broken = false
  tell_phones(self)
end

--- Connections open, and nothing passes.
function Line:stall(from)
  for _, way in ipairs(ways(self, from)) do way:stall() end
  if not from then self.broken = true end
  tell_phones(self)
end

--- Everything takes so many milliseconds longer, each way.
function Line:delay(milliseconds, from)
  for _, way in ipairs(ways(self, from)) do way.latency = milliseconds end
end

--- A good line again: faults that have not struck are forgotten, what has waited passes.
function Line:restore(from)
  for _, way in ipairs(ways(self, from)) do way:restore() end
  if not from then self.broken = false end
  tell_phones(self)
end

--- Has one fault strike: { from = cluster, request = 1, at = "request"|"answer", what = ... }; see docs/lab.md.
function Line:fault(fault) return self.ways[assert(fault.from, "a fault needs from, the cluster that asks")]:fault(fault) end

--- Takes a fault back that has not struck.
function Line:forget(fault) self.ways[fault.from]:forget(fault) end

--- How many requests a cluster has sent over the line.
function Line:requests(from) return self.ways[from].requests end

--- Phones at one end reach the other over this line too.
function Line:carry(...)
  for _, phone in ipairs { ... } do
    self.phones[#self.phones + 1] = phone
    phone.line = self
  end
end

--- Whether a phone that belongs to `cluster` cannot reach an address.
function Line:blocks(cluster, address)
  local far = cluster == self.one and self.other or self.one
  return self.broken and far:has_address(address)
end

function Line:close()
  for _, way in pairs(self.ways) do way:close() end
end

return line
