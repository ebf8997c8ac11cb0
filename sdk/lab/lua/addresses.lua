-- Loopback addresses for runs side by side: each takes 127.A.B.0/24 for itself, held by a lock file until the program ends. IPv6 has one
-- loopback address for all: there it takes a range of ports.
local core = require "core"

local addresses = {}

local directory = (os.getenv("TMPDIR") or "/tmp") .. "/sojourn-lab-addresses"

--- Takes a range; returns a function that gives its next address, or that with a given last number.
function addresses.take()
  core.make_directory(directory, true)
  local start = core.pid()
  for try = 0, 254 * 150 do
    local number = start + try
    local a, b = 64 + number // 254 % 150, 1 + number % 254
    local range = ("127.%d.%d"):format(a, b)
    if core.lock(directory .. "/" .. range) then
      local last = 100
      return function(wanted)
        if not wanted then
          last = last + 1
          wanted = last
        end
        return ("%s.%d"):format(range, wanted)
      end
    end
  end
  error("no free range of loopback addresses; remove " .. directory)
end

local ports_of_range = 40

--- Takes a range of ports, beneath those that the kernel gives out; returns a function that gives the next one.
function addresses.take_ports()
  core.make_directory(directory, true)
  local start = core.pid()
  for try = 0, 499 do
    local first = 10000 + (start + try) % 500 * ports_of_range
    if core.lock(("%s/port-%d"):format(directory, first)) then
      local last = first - 1
      return function()
        last = last + 1
        assert(last < first + ports_of_range, "no port of the run is left")
        return last
      end
    end
  end
  error("no free range of ports; remove " .. directory)
end

--- Where a thing with a field `ipv6` reaches a node: { address, address6 }.
function addresses.of(node, thing)
  return thing.ipv6 and assert(node.address6, "the node has no IPv6 address: its cluster needs ipv6 = true") or node.address
end

return addresses
