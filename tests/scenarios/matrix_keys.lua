-- Rows of the feature matrix (matrix.lua) about keys of Cisco's phones: iDivert, MCID, CallBack, Conference and those that are refused.
local lab = require "lab"
local matrix = require "matrix"

local cisco, carol, dave, works, refused, ended = matrix.cisco, matrix.carol, matrix.dave, matrix.works, matrix.refused, matrix.ended
local talk, talk_and_end, softkey_of_another_make = matrix.talk, matrix.talk_and_end, matrix.softkey_of_another_make
local feature = matrix.feature

matrix.add_records { voice_mail_pilots = { { number = "4902" } },
  voice_mail_profiles = { { name = "Mail", voice_mail_pilot = "4902", default_profile = true } } }

-- The helper calls, and is sent to the voice mail, which the other helper plays.
feature("divert a call to voice mail (iDivert, REFER)", function(phone, column)
  local call = carol:dial(column.number)
  local there = phone:wait_call()
  there:answer()
  call:wait_answered()
  if column.kind ~= cisco then
    local status = softkey_of_another_make(phone, "iDivert")
    call:hang_up()
    ended(there)
    return refused(status)
  end
  lab.eq(phone:softkey("iDivert", there), 202)
  local mail = dave:wait_call()
  mail:answer()
  ended(there)
  talk_and_end(call, mail)
  return works
end)

feature("divert a call that hunts while it rings (iDivert, REFER)", function(phone, column)
  local call = carol:dial("7" .. column.number)
  local there = phone:wait_call()
  call:wait_ringing()
  if column.kind ~= cisco then
    local status = softkey_of_another_make(phone, "iDivert")
    call:hang_up()
    ended(there)
    return refused(status)
  end
  lab.eq(phone:softkey("iDivert", there), 202)
  local mail = dave:wait_call()
  mail:answer()
  call:wait_answered()
  ended(there)
  talk_and_end(call, mail)
  return works
end)

feature("say that a call is malicious (MCID, REFER)", function(phone, column)
  local call, there = talk(phone, carol)
  local status = column.kind == cisco and phone:softkey("MCID", call) or softkey_of_another_make(phone, "MCID")
  if column.kind == cisco then phone:wait_shown "\x80T" end
  call:hang_up()
  ended(there)
  return column.kind == cisco and status == 202 and works or refused(status)
end)

feature("be told when a busy number is free, and call it (CallBack, REFER)", function(phone, column)
  local call = phone:dial "4901"
  carol:wait_call():reject(486, "Busy Here")
  ended(call)
  if column.kind ~= cisco then return refused(softkey_of_another_make(phone, "CallBack")) end
  lab.eq(phone:softkey "CallBack", 202)
  phone:wait_page "4901 has become available."
  lab.eq(phone:press_page "Dial", 202)
  local there = carol:wait_call()
  there:reject(486, "Busy Here")
  ended(there)
  return works
end)

for _, key in ipairs { "Conference", "Join", "ConfList", "RmLastConf" } do
  feature(("the key %s (REFER)"):format(key), function(phone, column)
    local call, there = talk(phone, carol)
    local second = key == "Conference" and phone:dial "4902"
    local status
    if second then
      dave:wait_call():answer()
      second:wait_answered()
    end
    if column.kind == cisco then
      status = phone:softkey(key, call)
    else
      status = softkey_of_another_make(phone, key)
    end
    for _, one in ipairs { call, second or nil } do one:hang_up() end
    ended(there, second or there)
    return refused(status)
  end)
end

for _, key in ipairs { "MeetMe", "AbbrDial" } do
  -- Keys that Cisco's phones send as a call to what their files name, and others could.
  feature(("the key %s (x-cisco-serviceuri)"):format(key), function(phone, column)
    local call
    if column.kind == cisco then
      call = phone:service(key:lower(), "4999")
    else
      call = phone:dial(("x-cisco-serviceuri-%s-4999"):format(key:lower()))
    end
    ended(call)
    return refused(call.status)
  end)
end
