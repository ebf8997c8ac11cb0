-- Rows of the feature matrix (matrix.lua) about forwarding, Do Not Disturb, parking and hunting.
local lab = require "lab"
local matrix = require "matrix"
local visitor = require "matrix_visitor"

local cisco, plain, trunk, hq, carol, dave = matrix.cisco, matrix.plain, matrix.trunk, matrix.hq, matrix.carol, matrix.dave
local works, refused, refused_to_watch, ended, talk = matrix.works, matrix.refused, matrix.refused_to_watch, matrix.ended, matrix.talk
local ask, feature = matrix.ask, matrix.feature

matrix.add_records { call_park_numbers = { { pattern = "470X", partition = "Internal" } } }
matrix.hunt("8490", { "4901@Internal", "4902@Internal" })

-- What a plain phone switches by its subscription to feature events (ECMA-323).
local function switch(phone, column, body)
  return ask(phone, "SUBSCRIBE", matrix.uri(column.number), "as-feature-event", "application/x-as-feature-event+xml",
    '<?xml version="1.0"?>' .. body).status
end

feature("forward all calls, and no more", function(phone, column)
  local function forward(number)
    if column.kind == plain then
      return switch(phone, column, ("<SetForwarding><forwardingType>forwardImmediate</forwardingType><activateForward>%s</activateForward>"
        .. "<forwardDN>%s</forwardDN></SetForwarding>"):format(number and "true" or "false", number or ""))
    end
    if column.kind == cisco then return phone:forward_all(number) end
    local call = phone:dial("x-cisco-serviceuri-cfwdall" .. (number and "-" .. number or ""))
    ended(call)
    return call.status
  end
  if column.kind == trunk then return refused(forward "4901") end
  local done = column.kind == plain and 200 or 487
  lab.eq(forward "4901", done)
  local call = dave:dial(column.number)
  carol:wait_call()
  call:hang_up()
  ended(call)
  lab.eq(forward(nil), done)
  call = dave:dial(column.number)
  phone:wait_call()
  call:hang_up()
  ended(call)
  return works
end)

feature("do not disturb, and be disturbed", function(phone, column)
  local function disturbed(yes)
    if column.kind == plain then
      return switch(phone, column, ("<SetDoNotDisturb><doNotDisturbOn>%s</doNotDisturbOn></SetDoNotDisturb>"):format(yes and "false" or "true"))
    elseif column.kind == trunk then
      return ask(phone, "PUBLISH", matrix.uri "9", "presence", "application/pidf+xml", "<presence/>").status
    end
    return phone:publish(not yes).status
  end
  if column.kind == trunk then return refused(disturbed(false)) end
  if not column.visitor then hq:cli { "phone", "set", column.name, "do_not_disturb_option=call_reject" } end
  lab.eq(disturbed(false), 200)
  local call = dave:dial(column.number)
  ended(call)
  lab.eq(call.status, 486)
  lab.eq(disturbed(true), 200)
  call = dave:dial(column.number)
  phone:wait_call()
  call:hang_up()
  ended(call)
  return works
end)

-- Where its call waits once the phone has parked it: with the softkey, or by a transfer to a park number.
local function park(phone, column, call)
  if column.kind == cisco then
    lab.eq(phone:softkey("Park", call), 202)
    return lab.wait_for("the phone shows where", 5, function() return (phone.status_line or ""):match "470%d" end)
  end
  lab.eq(call:transfer "4701", 200)
  return "4701"
end

feature("park a call, and take it back", function(phone, column)
  local call, there = talk(phone, carol)
  phone.status_line = nil
  local number = park(phone, column, call)
  ended(call)
  lab.wait_for("the other side waits", 5, function() return there.remote_media.direction == "inactive" end)
  call = phone:dial(number)
  call:wait_answered()
  lab.wait_for("the other side has media again", 5, function() return there.remote_media.direction ~= "inactive" end)
  lab.talk_both(call, there)
  call:hang_up()
  ended(there)
  return works
end)

-- With the key that monitors, or, as plain phones can, by watching the number.
feature("be told what becomes of a call that it has parked", function(phone, column)
  local watch = column.kind == plain and phone:subscribe("4701", "dialog")
  if column.kind == trunk then return refused_to_watch(phone, "4701", "dialog") end
  local call, there = talk(phone, carol)
  if watch then
    park(phone, column, call)
    phone:wait_notified(watch, "<state>confirmed</state>")
  else
    lab.eq(phone:softkey("ParkMonitor", call), 202)
    phone:wait_park("4700", "parked")
  end
  ended(call)
  lab.wait_for("the other side waits", 5, function() return there.remote_media.direction == "inactive" end)
  there:hang_up()
  if watch then phone:wait_notified(watch, "<state>terminated</state>") else phone:wait_park("4700", "abandoned") end
  return works
end)

feature("call a hunt pilot: its second member answers", function(phone)
  local call = phone:dial "8490"
  carol:wait_call() -- does not answer in time
  local there = dave:wait_call()
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  call:hang_up()
  ended(there)
  return works
end)

-- A phone as a member of a line group; a trunk's peer by what the pilot forwards.
feature("be reached through a hunt pilot", function(phone, column)
  local call = carol:dial("8" .. column.number)
  local there = phone:wait_call()
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  call:hang_up()
  ended(there)
  return works
end)

feature("log out of hunt groups, and in (HLog)", function(phone, column)
  local function press()
    return column.kind == cisco and phone:softkey "HLog" or ask(phone, "REFER", matrix.uri(), nil,
      "application/x-cisco-remotecc-request+xml",
      "<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>HLog</softkeyevent></softkeyeventmsg></x-cisco-remotecc-request>").status
  end
  local function pressed(logged_in)
    lab.eq(press(), 202)
    if column.kind == cisco then phone:wait_hunt_login(logged_in) end
    hq:wait_record((column.visitor and "live_devices/" or "phones/") .. column.name, function(record)
      if column.visitor then return visitor.is_logged_in(record) == logged_in end
      return record.logged_into_hunt_group == logged_in
    end)
  end
  if column.kind == trunk then return refused(press()) end
  pressed(false)
  local call = carol:dial("8" .. column.number)
  ended(call)
  lab.eq(call.status, 480)
  pressed(true)
  call = carol:dial("8" .. column.number)
  phone:wait_call()
  call:hang_up()
  ended(call)
  return works
end)
