-- A TFTP client (RFC 1350, options of RFC 2347 to 2349), as phones use it: octet mode, lock step, short patience.
local core = require "core"
local task = require "task"

local tftp = {}

local RRQ, DATA, ACK, ERROR, OACK = 1, 3, 4, 5, 6

local function read_options(text)
  local options = {}
  for name, value in text:gmatch("([^%z]+)%z([^%z]*)%z") do options[name:lower()] = value end
  return options
end

--- Fetches a file: its bytes; or nil, a sentence, and the TFTP error code when the server sent one. options: blksize, tsize,
--- timeout as RFC 2347 asks; none by default, like older phones. from: own address.
function tftp.get(from, host, port, name, options, patience_ms)
  local request = string.pack(">I2zz", RRQ, name, "octet")
  for key, value in pairs(options or {}) do request = request .. string.pack("zz", key, tostring(value)) end
  local parts, expected, block_size = {}, 1, 512
  local last, there, tries = request, port, 0
  return task.await(function(done)
    local socket, timer, problem
    local function finish(...)
      if timer then timer:close() end
      socket:close()
      done(...)
    end
    local function send(packet)
      last, tries = packet, 0
      socket:send(packet, host, there)
      if timer then timer:close() end
      local function again()
        tries = tries + 1
        if tries > 4 then return finish(nil, "no answer from the TFTP server") end
        socket:send(last, host, there)
        timer = core.timer(patience_ms or 500, again)
      end
      timer = core.timer(patience_ms or 500, again)
    end
    socket, problem = core.udp(from, 0, function(bytes, from_host, from_port)
      if #bytes < 4 or from_host ~= host then return end
      local kind, number = string.unpack(">I2I2", bytes)
      there = from_port
      if kind == DATA and number == expected & 0xffff then
        local data = bytes:sub(5)
        parts[#parts + 1] = data
        expected = expected + 1
        send(string.pack(">I2I2", ACK, number))
        if #data < block_size then finish(table.concat(parts)) end
      elseif kind == OACK and expected == 1 then
        block_size = tonumber(read_options(bytes:sub(3)).blksize) or block_size
        send(string.pack(">I2I2", ACK, 0))
      elseif kind == ERROR then
        finish(nil, "TFTP error " .. number .. ": " .. bytes:sub(5):gsub("%z", ""), number)
      end
    end)
    if not socket then return done(nil, problem) end
    send(request)
  end)
end

return tftp
