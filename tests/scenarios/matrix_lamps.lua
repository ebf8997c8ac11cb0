-- Rows of the feature matrix (matrix.lua) about what phones are told: busy lamps, messages that wait.
local lab = require "lab"
local matrix = require "matrix"

local cisco, plain, trunk, hq, carol, dave = matrix.cisco, matrix.plain, matrix.trunk, matrix.hq, matrix.carol, matrix.dave
local works, refused, refused_to_watch, ended = matrix.works, matrix.refused, matrix.refused_to_watch, matrix.ended
local feature = matrix.feature

matrix.add_records { message_waiting_numbers = { { number = "4990", partition = "Internal", message_waiting_indicator = true },
  { number = "4991", partition = "Internal", message_waiting_indicator = false } } }

feature("watch a number (busy lamp, dialog)", function(phone, column)
  if column.kind == cisco then
    phone:wait_lamp("4901", "idle")
  elseif column.kind == trunk then
    return refused_to_watch(phone, "4901", "dialog")
  end
  local watch = column.kind == plain and phone:subscribe("4901", "dialog")
  local call = dave:dial "4901"
  local ringing = carol:wait_call()
  ringing:answer()
  call:wait_answered()
  if watch then phone:wait_notified(watch, "<state>confirmed</state>") else phone:wait_lamp("4901", "busy") end
  call:hang_up()
  ended(ringing)
  if watch then
    phone:wait_notified(watch, "<state>terminated</state>")
    lab.eq(phone:subscribe("4901", "dialog", 0, watch).response.status, 200)
  else
    phone:wait_lamp("4901", "idle")
  end
  return works
end)

feature("show that messages wait", function(phone, column)
  if column.kind == trunk then return refused_to_watch(phone, "4901", "message-summary") end
  local watch = column.kind == plain and phone:subscribe(column.number, "message-summary")
  for _, waits in ipairs { true, false } do
    hq:cli { "mwi", "set", column.number .. "@Internal", tostring(waits) }
    if watch then
      phone:wait_notified(watch, "Messages-Waiting: " .. (waits and "yes" or "no"))
    else
      phone:wait_messages(waits)
    end
  end
  return works
end)

feature("switch its own message lamp (message waiting number)", function(phone, column)
  local watch = column.kind == plain and phone:subscribe(column.number, "message-summary")
  for _, number in ipairs { "4990", "4991" } do
    local call = phone:dial(number)
    ended(call)
    if column.kind == trunk then return refused(call.status) end
    if watch then
      phone:wait_notified(watch, "Messages-Waiting: " .. (number == "4990" and "yes" or "no"))
    else
      phone:wait_messages(number == "4990")
    end
  end
  return works
end)
