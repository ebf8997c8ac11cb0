-- Loopback addresses for runs side by side: each takes 127.A.B.0/24 for itself, held by a lock file until the program ends.
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

return addresses
