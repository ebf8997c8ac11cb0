-- Rows of the feature matrix (matrix.lua) about what users dial and what answers for them: digit by digit, keys in a call, directed park,
-- codes, speed dials, lines that answer by themselves, intercom.
local lab = require "lab"
local matrix = require "matrix"

local cisco, trunk, hq, carol, works, nothing = matrix.cisco, matrix.trunk, matrix.hq, matrix.carol, matrix.works, matrix.nothing
local refused, ended, talk, talk_and_end, feature = matrix.refused, matrix.ended, matrix.talk, matrix.talk_and_end, matrix.feature

matrix.add_records {
  partitions = { { name = "Intercom", usage = "intercom" } },
  calling_search_spaces = { { name = "Intercoms", usage = "intercom", partitions = { "Intercom" } } },
  directed_call_parks = { { pattern = "481X", partition = "Internal", retrieval_prefix = "*7" } },
  forced_authorization_codes = { { name = "Managers", code = "4711", level = 7 } },
  sip_profiles = { { name = "Digits", digit_by_digit = true } },
  client_matter_codes = { { code = "77", description = "Client A" } },
  route_patterns = { { pattern = "6001", partition = "Internal", sip_trunk = "Trunk-tls", require_forced_authorization_code = true,
    authorization_level = 5, require_client_matter_code = true } },
}

-- A softphone with an intercom line.
local intercom_number = "64906"
local intercom, record, number_record = matrix.helper("SEP001122330096", intercom_number)
record.lines = { { directory_number = intercom_number .. "@Intercom" } }
number_record.partition, number_record.calling_search_space = "Intercom", "Intercoms"
number_record.forward_all_calling_search_space, number_record.call_pickup_group = nil, nil

-- The phone's SIP profile, which it knows by its file.
local function set_sip_profile(phone, column, profile)
  if column.set_sip_profile then return column.set_sip_profile(profile) end
  hq:cli { "phone", "set", column.name, "sip_profile=" .. profile }
  if column.kind == cisco then
    phone:power_cycle()
    phone:wait_registered { at = hq, number = column.number }
  end
end

feature("dial digit by digit, and have its keys told in the call (KPML)", function(phone, column)
  if column.kind == trunk then
    local call = phone:dial "4"
    call:press "901"
    ended(call)
    return refused(call.status)
  end
  set_sip_profile(phone, column, "Digits")
  local call = phone:key_in "4901"
  lab.contains(call.invite.uri, "sip:4@", "what it begins with")
  local there = carol:wait_call()
  lab.wait_for("all keys are told", 5, function() return call.keys.told == "901", call.keys.told end)
  there:answer()
  call:wait_answered()
  lab.talk_both(call, there)
  lab.eq(there:watch_keys(), 200)
  call:press "1#"
  there:wait_keys "1#"
  there:hang_up()
  ended(call)
  set_sip_profile(phone, column, "Standard SIP Profile")
  return works
end)

feature("be told which keys the other party presses (KPML)", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:watch_keys(), 200)
  there:press "1#"
  call:wait_keys "1#"
  call:hang_up()
  ended(there)
  return works
end)

feature("park a call at a number of the user's choice, fetch it with the prefix", function(phone)
  local call, there = talk(phone, carol)
  lab.eq(call:transfer "4811", 200)
  ended(call)
  lab.wait_for("the other side waits", 5, function() return there.remote_media.direction == "inactive" end)
  local back = phone:dial "*74811"
  back:wait_answered()
  lab.wait_for("the other side has media again", 5, function() return there.remote_media.direction ~= "inactive" end)
  talk_and_end(back, there)
  return works
end)

feature("dial with an authorization code and a matter code", function(phone)
  local without = phone:dial "6001"
  ended(without)
  lab.eq(without.status, 484)
  local call = phone:dial "6001#4711#77"
  local there = matrix.peer:wait_call { dialled = "6001" }
  there:answer()
  call:wait_answered()
  talk_and_end(call, there)
  return works
end)

-- Phones that have no file ask the node which number it is.
feature("dial a speed dial (key of the file, AbbrDial)", function(phone, column)
  if column.kind ~= cisco then
    local call = phone:dial "x-cisco-serviceuri-abbrdial-1"
    ended(call)
    return refused(call.status)
  end
  for _, dial in ipairs {
    function() return phone:dial(phone.file.speed_dials[1].number) end, function() return phone:service("abbrdial", "1") end,
  } do
    local call = dial()
    local there = carol:wait_call()
    call:hang_up()
    ended(there)
  end
  return works
end)

-- Cisco's phones are told by their file, others by the call.
feature("answer by itself (Auto Answer)", function(phone, column)
  local function set(mode)
    hq:cli { "phone", "set", column.name, ('lines=[{"directory_number":"%s@Internal","display":"Phone %s","auto_answer":"%s"}]')
      :format(column.number, column.number, mode) }
    if column.kind == cisco then
      phone:power_cycle()
      phone:wait_registered { at = hq, number = column.number }
    end
  end
  if column.kind == trunk then return nothing end
  set = column.set_auto_answer or set
  set "speakerphone"
  local call = carol:dial(column.number)
  call:wait_answered()
  call:hang_up()
  ended(call)
  set "off"
  return works
end)

-- The phone has an intercom line, by its file or by registering as its number. It is called and answers by itself, then calls and is heard
-- alone until the other one talks back.
feature("intercom: be called, call, talk back", function(phone, column)
  local number, there = "6" .. column.number, intercom
  if column.visitor or column.kind == trunk then
    if column.visitor then phone:wait_registered { at = hq, number = column.number } end -- it may start anew, after a change
    local call = phone:dial(intercom_number)
    ended(call)
    return refused(call.status)
  end
  local function have(lines)
    hq:cli { "phone", "set", column.name, "lines=" .. lines }
    if column.kind == cisco then
      phone:power_cycle()
      phone:wait_registered { at = hq, number = column.number }
    end
  end
  local own = ('{"directory_number":"%s@Internal","display":"Phone %s"}'):format(column.number, column.number)
  hq:cli { "directory-number", "add", "pattern=" .. number, "partition=Intercom", "calling_search_space=Intercoms" }
  have(('[%s,{"directory_number":"%s@Intercom","speed_dial":"%s"}]'):format(own, number, intercom_number))
  if column.kind ~= cisco then
    phone.number = number
    lab.eq(phone:register().status, 200)
  end
  local call = there:dial(number)
  call:wait_answered()
  call:hang_up()
  call:wait_ended()
  local target = column.kind == cisco and phone.file.lines[2].speed_dial or intercom_number
  call = phone:dial(target, { user = number })
  call:wait_answered()
  lab.check(call.answer_message.body:find("a=recvonly", 1, true), "it is heard alone")
  lab.eq(there.agent:reinvite(there.agent.history[#there.agent.history]), 200)
  call:hang_up()
  call:wait_ended()
  if column.kind ~= cisco then
    phone:register(0)
    phone.number = column.number
    lab.eq(phone:register().status, 200)
  end
  have("[" .. own .. "]")
  return works
end)
