-- Rows of the feature matrix (matrix.lua) about shared lines: what a line's other phone does, taking over its calls, barging in.
local lab = require "lab"
local matrix = require "matrix"

local plain, trunk, carol, dave, works, refused = matrix.plain, matrix.trunk, matrix.carol, matrix.dave, matrix.works, matrix.refused
local cisco, softkey_of_another_make = matrix.cisco, matrix.softkey_of_another_make
local refused_to_watch, ended, talk, talk_and_end = matrix.refused_to_watch, matrix.ended, matrix.talk, matrix.talk_and_end
local softphone, feature = matrix.softphone, matrix.feature

-- A phone that shares the lines of all phones.
local shares = matrix.configure("SEP001122330093", "4903")
for _, column in ipairs(matrix.columns) do
  if column.kind ~= trunk then shares.lines[#shares.lines + 1] = { directory_number = column.number .. "@Internal" } end
end

-- The helper's call at another phone that has the same line, which is registered with it for so long; that phone, its call, the helper's.
local function talk_elsewhere(column)
  local erin = softphone(column.number, "udp", nil, "user4903")
  lab.eq(erin:register().status, 200)
  return erin, talk(erin, carol, { headers = { Supported = "join" } })
end

feature("go on with a call that waits at another phone of the line", function(phone, column)
  if column.kind == trunk then
    local call, there = talk(carol, dave)
    local taken = phone:dial("4901", { headers = { Replaces = matrix.dialog_of(call), Require = "replaces" } })
    ended(taken)
    call:hang_up()
    ended(there)
    return refused(taken.status)
  end
  local erin, call, there = talk_elsewhere(column)
  lab.eq(call:hold "sendonly", 200)
  local resumed = phone:dial(column.number)
  resumed:wait_answered()
  ended(call)
  talk_and_end(resumed, there)
  lab.eq(erin:register(0).status, 200)
  return works
end)

feature("see that another phone of the line is in a call", function(phone, column)
  if column.kind == trunk then return refused_to_watch(phone, "4901", "dialog") end
  local watch = column.kind == plain and phone:subscribe(column.number, "dialog")
  local erin, call, there = talk_elsewhere(column)
  if watch then
    lab.contains(phone:wait_notified(watch, "<state>confirmed</state>").body, "sip:4901@")
  else
    lab.eq(phone:wait_remote_use(column.number, "in use"), "4901")
  end
  call:hang_up()
  ended(there)
  if watch then
    phone:wait_notified(watch, "<state>terminated</state>")
    lab.eq(phone:subscribe(column.number, "dialog", 0, watch).response.status, 200)
  else
    phone:wait_remote_use(column.number, "idle")
  end
  lab.eq(erin:register(0).status, 200)
  return works
end)

-- Joins the call of another phone of the line, which says that it can mix; the call of that phone, and what comes there.
local function join(phone, column, key)
  local erin, call, there
  if column.kind == trunk then
    call, there = talk(carol, dave)
  else
    erin, call, there = talk_elsewhere(column)
  end
  local joined = phone:dial(column.number, { headers = { Join = matrix.dialog_of(call), ["Call-Info"] = "<urn:x-cisco-remotecc:" .. key .. ">" } })
  return joined, call, there, erin
end

-- The lab's phone mixes nothing: it is told to which of its calls the other one belongs.
feature("join a call of the line's other phone, which mixes (Barge, INVITE with Join)", function(phone, column)
  local joined, call, there, erin = join(phone, column, "barge")
  local cell = works
  if erin then
    local added = erin:wait_call()
    lab.contains(added.invite:get "Join", call.call_id)
    added:answer()
    joined:wait_answered()
    joined:hang_up()
    ended(added)
    lab.talk_both(call, there)
    lab.eq(erin:register(0).status, 200)
  else
    ended(joined)
    cell = refused(joined.status)
  end
  call:hang_up()
  ended(there)
  return cell
end)

feature("join it over a conference bridge (cBarge)", function(phone, column)
  local joined, call, there, erin = join(phone, column, "cbarge")
  ended(joined)
  call:hang_up()
  ended(there)
  if erin then lab.eq(erin:register(0).status, 200) end
  return refused(joined.status)
end)

-- The line's other phone takes the call over once it is shown.
feature("hide its calls from the line's other phones, and show them (Privacy, REFER)", function(phone, column)
  if column.kind ~= cisco then return refused(softkey_of_another_make(phone, "Privacy")) end
  local set = column.set_privacy or function(on) matrix.hq:cli { "phone", "set", column.name, "privacy=" .. tostring(on) } end
  set(true)
  phone:wait_private(true)
  local erin = softphone(column.number, "udp", nil, "user4903")
  lab.eq(erin:register().status, 200)
  local call, there = talk(phone, carol)
  local taking = { headers = { Replaces = matrix.dialog_of(call), Require = "replaces" } }
  local taken
  repeat -- the acknowledgement of the call may be on its way still
    taken = erin:dial("4901", taking)
    ended(taken)
  until taken.status ~= 481
  lab.eq(taken.status, 403)
  lab.eq(phone:softkey("Privacy", call), 202)
  phone:wait_private(false)
  taken = erin:dial("4901", taking)
  taken:wait_answered()
  ended(call)
  talk_and_end(taken, there)
  lab.eq(erin:register(0).status, 200)
  set(false)
  return works
end)
