-- The lab's SIP against software that we did not write: sipp calls the gateway, and the softphone calls sipp.
local core = require "core"
local lab = require "lab"
local task = require "task"

local function sipp(arguments)
  local line = { "sipp", table.unpack(arguments) }
  line[#line + 1] = "-nostdin"
  local result = {}
  result.process = core.spawn(line, lab.directory .. "/sipp.out", lab.directory .. "/sipp.err", function(code, signal)
    result.ended, result.code, result.signal = true, code, signal
    task.changed()
  end)
  return result
end

local function expect_success(run)
  lab.wait_for("sipp ends", 20, function() return run.ended end)
  lab.eq(run.code, 0, "sipp's exit code")
end

local gateway = lab.gateway { name = "gateway", answer = "auto" }

for _, transport in ipairs { "u1", "t1" } do
  lab.test("sipp calls the gateway over " .. (transport == "u1" and "UDP" or "TCP"), function()
    local before = #gateway:incoming()
    expect_success(sipp { "-sn", "uac", gateway.address .. ":5060", "-i", lab.address(), "-t", transport, "-m", "10", "-r", "50", "-d", "50",
      "-s", "999", "-timeout", "15" })
    lab.eq(#gateway:incoming(), before + 10)
    for _, call in ipairs(gateway:incoming()) do lab.eq(call.state, "ended") end
  end)
end

lab.test("the softphone calls sipp", function()
  local there = lab.address()
  local run = sipp { "-sn", "uas", "-i", there, "-p", "5060", "-m", "1", "-timeout", "15" }
  local phone = lab.softphone { name = "softphone", user = "carol", password = "secret", cluster = { address = there, ports = { sip = 5060 } } }
  local call = phone:dial "service"
  call:wait_answered(10)
  lab.eq(call.remote_media.address, there)
  call:hang_up()
  expect_success(run)
end)
