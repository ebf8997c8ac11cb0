-- Rows of the feature matrix (matrix.lua) about calls: registering, calling, holding, transfer.
local lab = require "lab"
local matrix = require "matrix"
local task = require "task"

local plain, trunk, hq, carol, dave, works = matrix.plain, matrix.trunk, matrix.hq, matrix.carol, matrix.dave, matrix.works
local refused, ended, talk, talk_and_end, ask = matrix.refused, matrix.ended, matrix.talk, matrix.talk_and_end, matrix.ask
local feature = matrix.feature

feature("register, refresh", function(phone, column)
  if column.kind == trunk then
    return refused(ask(phone, "REGISTER", matrix.uri()).status)
  elseif column.kind == plain then
    lab.eq(phone:register().status, 200)
    lab.eq(phone:register().status, 200)
  else
    if column.visitor then
      column.log_in()
    else
      phone:power_on()
      phone:wait_registered { at = hq, number = column.number }
    end
    phone:refresh()
    lab.eq(phone.state, "registered")
  end
  return works
end)

feature("call and be called", function(phone, column)
  local call, there = talk(phone, carol)
  there:hang_up()
  ended(call)
  call = carol:dial(column.number)
  there = phone:wait_call()
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  there:hang_up()
  ended(call)
  return works
end)

feature("be busy, decline, give up", function(phone, column)
  local call = carol:dial(column.number)
  phone:wait_call():reject(486, "Busy Here")
  ended(call)
  lab.eq(call.status, 486)
  call = carol:dial(column.number)
  phone:wait_call():reject(603, "Decline")
  ended(call)
  lab.eq(call.status, 603)
  call = phone:dial "4901"
  local there = carol:wait_call()
  call:hang_up()
  ended(there, call)
  lab.eq(call.status, 487)
  return works
end)

feature("withhold the number (Privacy), and call somebody who does", function(phone, column)
  local call = phone:dial("4901", { headers = { Privacy = "id" } })
  local there = carol:wait_call()
  lab.eq(there.party.number, "anonymous")
  call:hang_up()
  ended(there, call)
  call = carol:dial(column.number, { headers = { Privacy = "id" } })
  there = phone:wait_call()
  if column.kind == trunk then -- it is told the number, to be kept from users
    lab.eq(there.invite:get "Privacy", "id")
    lab.contains(there.invite:get "From", "anonymous@anonymous.invalid")
  else
    lab.eq(there.party.number, "anonymous")
  end
  call:hang_up()
  ended(there, call)
  return works
end)

feature("hold, resume", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:hold "sendonly", 200)
  lab.wait_for("the other side hears of it", 5, function() return there.remote_media.direction == "sendonly" end)
  lab.eq(call:hold "sendrecv", 200)
  lab.wait_for("the other side hears of it", 5, function() return there.remote_media.direction == "sendrecv" end)
  lab.talk_both(call, there)
  call:hang_up()
  ended(there)
  return works
end)

feature("transfer, the target has answered", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:hold "sendonly", 200)
  local second, target = talk(phone, dave)
  lab.eq(call:transfer(second), 200)
  ended(call, second)
  talk_and_end(there, target)
  return works
end)

feature("transfer, the target still rings", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:hold "sendonly", 200)
  local second = phone:dial "4902"
  local target = dave:wait_call()
  second:wait_ringing()
  local told
  task.start(function() told = call:transfer(second, 10) end)
  lab.wait_for("the transfer is under way", 5, function() return call.told and #call.told > 0 end)
  target:answer()
  lab.wait_for("the transferor is told", 5, function() return told end)
  lab.eq(told, 200)
  talk_and_end(there, target)
  ended(call, second)
  return works
end)

feature("transfer without calling first", function(phone)
  local call, there = talk(phone, carol)
  local told
  task.start(function() told = call:transfer("4902", 10) end)
  local target = dave:wait_call()
  target:answer()
  lab.wait_for("the transferor is told", 5, function() return told end)
  lab.eq(told, 200)
  talk_and_end(there, target)
  ended(call)
  return works
end)

feature("take over a call of the line (INVITE with Replaces)", function(phone, column)
  -- Whose call it is takes it with a dialog of its own, as the line's other phone would.
  local call, there = talk(phone, carol)
  local second = phone:dial(carol.number, { headers = { Replaces = matrix.dialog_of(call), Require = "replaces" } })
  second:wait_answered()
  ended(call)
  talk_and_end(second, there)
  return works
end)

feature("mix two calls by itself, and leave the two together", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:hold "sendonly", 200)
  local second, target = talk(phone, dave)
  lab.eq(call:hold "sendrecv", 200)
  lab.talk_both(call, there)
  lab.talk_both(second, target)
  lab.eq(call:transfer(second), 200)
  ended(call, second)
  talk_and_end(there, target)
  return works
end)
