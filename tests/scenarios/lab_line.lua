-- The lab's line, tried without nodes: two places that answer what they hear, and a relay between them.
local core = require "core"
local lab = require "lab"
local relay = require "relay"
local task = require "task"

local home, away = lab.address(), lab.address()
local heard, ended = {}, 0

local server = assert(core.tcp_listen(home, 8443, function(connection)
  local number = #heard + 1
  heard[number] = ""
  connection:on(function(event, bytes)
    if event == "data" then
      heard[number] = heard[number] .. bytes
      connection:write("answer to " .. bytes)
    elseif event == "end" then
      ended = ended + 1
      connection:close()
    end
  end, true)
end))

local way = relay.new { address = home, port = 9001, to_address = home, to_port = 8443, from = away }
lab.finally(function()
  way:close()
  server:close()
end)

-- One connection over the relay that says something; its end tells what came back.
local function ask(text)
  local call = { came = "" }
  local connection
  connection = core.tcp_connect(away, home, 9001, function(event, value)
    if event == "open" then
      call.open = true
      connection:write(text)
    elseif event == "data" then
      call.came = call.came .. value
    elseif event == "close" then
      call.closed = value
    end
    task.changed()
  end)
  call.connection = connection
  return call
end

local function answered(call, text)
  lab.wait_for("the answer", 3, function() return call.came == text, call.came .. " " .. tostring(call.closed) end)
  call.connection:close()
end

lab.test("a good line passes everything, and the caller's address is seen behind it", function()
  local peer
  local other = assert(core.tcp_listen(away, 8444, function(connection)
    peer = connection:peer()
    connection:on(function() end)
  end))
  local second = relay.new { address = away, port = 9002, to_address = away, to_port = 8444, from = home }
  core.tcp_connect(home, away, 9002, function() end)
  lab.wait_for("the connection", 3, function() return peer end)
  lab.eq(peer, home)
  second:close()
  other:close()
  answered(ask "one", "answer to one")
end)

lab.test("a request is lost: nothing comes, nobody is told", function()
  local count = #heard
  local fault = way:fault { at = "request", what = "stall" }
  local lost, next_one = ask "two", ask "three"
  answered(next_one, "answer to three")
  lab.check(fault.struck, "the fault has struck")
  lab.eq(lost.came, "")
  lab.eq(lost.closed, nil)
  lab.eq(heard[count + 1], "")
  lost.connection:close()
end)

lab.test("an answer is lost: the other side has heard the request", function()
  local count = #heard
  way:fault { at = "answer", what = "close" }
  local call = ask "four"
  lab.wait_for("the end", 3, function() return call.closed end)
  lab.eq(call.came, "")
  lab.eq(heard[count + 1], "four")
end)

lab.test("after the first 300 bytes of the third connection: a reset", function()
  local count = #heard
  way:fault { connection = 3, bytes = 300, what = "reset" }
  answered(ask "five", "answer to five")
  answered(ask "six", "answer to six")
  local call = ask(("x"):rep(1000))
  lab.wait_for("the end", 3, function() return call.closed end)
  lab.eq(call.closed, "connection reset by peer")
  lab.check(#heard[count + 3] <= 300, "%d bytes passed", #heard[count + 3])
end)

lab.test("after the first 4 bytes that come back: a half-close", function()
  way:fault { bytes_back = 4, what = "half_close" }
  local call = ask "seven"
  lab.wait_for("the end", 3, function() return call.closed end)
  lab.eq(call.came, "answ")
  lab.eq(call.closed, "closed by the peer")
end)

lab.test("the caller's last word passes, and the answer still comes", function()
  local before = ended
  local call = ask "eight"
  lab.wait_for("the answer", 3, function() return call.came == "answer to eight" end)
  call.connection:shutdown()
  lab.wait_for("the end at the other side", 3, function() return ended > before and call.closed end)
end)

lab.test("a delayed request arrives, also when the caller has given up", function()
  local count = #heard
  way:fault { at = "request", what = { delay = 300 } }
  local call = ask "late"
  lab.wait_for("the line has it", 3, function() return way.requests > 0 and #heard == count + 1 end)
  call.connection:close()
  lab.eq(heard[count + 1], "")
  lab.wait_for("it arrives", 3, function() return heard[count + 1] == "late" end)
end)

lab.test("a function strikes at its moment, on either side of what passes", function()
  local count, before, behind = #heard, nil, nil
  way:fault { at = "request", what = function(pair)
    before = heard[count + 1]
    pair:pass()
    lab.wait_for("it has passed", 3, function() return heard[count + 1] == "now" end)
    behind = true
    return "close"
  end }
  local call = ask "now"
  lab.wait_for("the end", 3, function() return call.closed end)
  lab.eq(before, "")
  lab.check(behind, "the function came to its end")
end)

lab.test("cut: connections break, new ones are refused; restored: as before", function()
  local call = ask "nine"
  lab.wait_for("the answer", 3, function() return call.came ~= "" end)
  way:cut()
  lab.wait_for("the end", 3, function() return call.closed end)
  local refused = ask "ten"
  lab.wait_for("the refusal", 3, function() return refused.closed end)
  lab.check(not refused.open, "it was taken")
  way:restore()
  answered(ask "eleven", "answer to eleven")
end)

lab.test("stalled: connections open and nothing passes; restored: what has waited does", function()
  way:stall()
  local call = ask "twelve"
  lab.wait_for("it is taken", 3, function() return call.open end)
  local other = ask "thirteen"
  lab.wait_for("it is taken", 3, function() return other.open end)
  lab.eq(call.came .. other.came, "")
  way:restore()
  answered(call, "answer to twelve")
  answered(other, "answer to thirteen")
end)
