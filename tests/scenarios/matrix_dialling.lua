-- Rows of the feature matrix (feature_matrix.lua) about what users dial and what answers for them: directed park, the other ways to pick
-- up calls, codes, speed dials, lines that answer by themselves.
local lab = require "lab"

local dialling = {}

local others, frank_number, intercom_number = "Others", "4905", "64906"

--- Adds what the rows need to the records: a phone in a pickup group of its own, a key that picks up its calls.
--- records = { numbers, phones }, configure as in feature_matrix.lua
function dialling.prepare(records, configure)
  for _, phone in ipairs(records.phones) do
    if #phone.speed_dials > 0 then
      phone.speed_dials[#phone.speed_dials + 1] = { number = frank_number, label = "Frank", busy_lamp_field = true, call_pickup = true }
    end
  end
  configure("SEP001122330095", frank_number)
  records.numbers[#records.numbers].call_pickup_group = others
  configure("SEP001122330096", intercom_number)
  records.numbers[#records.numbers] = { pattern = intercom_number, partition = "Intercom", calling_search_space = "Intercoms" }
  records.phones[#records.phones].lines = { { directory_number = intercom_number .. "@Intercom" } }
end

--- What is applied beside the records of the matrix.
dialling.records = {
  directed_call_parks = { { pattern = "481X", partition = "Internal", retrieval_prefix = "*7" } },
  forced_authorization_codes = { { name = "Managers", code = "4711", level = 7 } },
  client_matter_codes = { { code = "77", description = "Client A" } },
  route_patterns = { { pattern = "6001", partition = "Internal", sip_trunk = "Trunk-tls", require_forced_authorization_code = true,
    authorization_level = 5, require_client_matter_code = true } },
}

local function works_or_refused(matrix, call)
  lab.wait_for("the call is answered or refused", 5, function() return call.state == "answered" or call.state == "ended" end)
  return call.state == "ended" and matrix.refused(call.status) or nil
end

-- What rings at Frank's phone is answered at this one: with a key of Cisco's phones, else by dialling `number`.
local function pick_up(matrix, phone, column, key, argument, number)
  local call = matrix.carol:dial(frank_number)
  local ringing = matrix.frank:wait_call()
  call:wait_ringing()
  local picked, cell
  if column.kind == matrix.cisco then
    matrix.ended(phone:pick_up(key, argument))
    picked = phone:wait_call()
    picked:answer()
  else
    picked = phone:dial(number)
    cell = works_or_refused(matrix, picked)
  end
  if cell then
    call:hang_up()
    matrix.ended(ringing)
    return cell
  end
  call:wait_answered()
  matrix.ended(ringing)
  matrix.talk_and_end(call, picked)
  return matrix.works
end

local function park_at_a_number(matrix, phone)
  local call, there = matrix.talk(phone, matrix.carol)
  lab.eq(call:transfer "4811", 200)
  matrix.ended(call)
  lab.wait_for("the other side waits", 5, function() return there.remote_media.direction == "inactive" end)
  local back = phone:dial "*74811"
  back:wait_answered()
  lab.wait_for("the other side has media again", 5, function() return there.remote_media.direction ~= "inactive" end)
  matrix.talk_and_end(back, there)
  return matrix.works
end

local function dial_with_codes(matrix, phone)
  local without = phone:dial "6001"
  matrix.ended(without)
  lab.eq(without.status, 484)
  local call = phone:dial "6001#4711#77"
  local there = matrix.peer:wait_call { dialled = "6001" }
  there:answer()
  call:wait_answered()
  matrix.talk_and_end(call, there)
  return matrix.works
end

-- Phones that have no file ask the node which number it is.
local function dial_speed_dial(matrix, phone, column)
  if column.kind ~= matrix.cisco then
    local call = phone:dial "x-cisco-serviceuri-abbrdial-1"
    matrix.ended(call)
    return matrix.refused(call.status)
  end
  local call = phone:dial(phone.file.speed_dials[1].number)
  local there = matrix.carol:wait_call()
  call:hang_up()
  matrix.ended(there)
  return matrix.works
end

-- Cisco's phones are told by their file, others by the call.
local function answer_by_itself(matrix, phone, column)
  local function set(mode)
    matrix.hq:cli { "phone", "set", column.name, ('lines=[{"directory_number":"%s@Internal","display":"Phone %s","auto_answer":"%s"}]')
      :format(column.number, column.number, mode) }
    if column.kind == matrix.cisco then
      phone:power_cycle()
      phone:wait_registered { at = matrix.hq, number = column.number }
    end
  end
  if column.kind == matrix.trunk then return matrix.nothing end
  set = column.set_auto_answer or set
  set "speakerphone"
  local call = matrix.carol:dial(column.number)
  call:wait_answered()
  call:hang_up()
  matrix.ended(call)
  set "off"
  return matrix.works
end

-- The phone has an intercom line, by its file or by registering as its number. It is called and answers by itself, then calls and is heard
-- alone until the other one talks back.
local function whisper(matrix, phone, column)
  local number, there = "6" .. column.number, matrix.intercom()
  if column.visitor or column.kind == matrix.trunk then
    local call = phone:dial(intercom_number)
    matrix.ended(call)
    return matrix.refused(call.status)
  end
  local function have(lines)
    matrix.hq:cli { "phone", "set", column.name, "lines=" .. lines }
    if column.kind == matrix.cisco then
      phone:power_cycle()
      phone:wait_registered { at = matrix.hq, number = column.number }
    end
  end
  local own = ('{"directory_number":"%s@Internal","display":"Phone %s"}'):format(column.number, column.number)
  matrix.hq:cli { "directory-number", "add", "pattern=" .. number, "partition=Intercom", "calling_search_space=Intercoms" }
  have(('[%s,{"directory_number":"%s@Intercom","speed_dial":"%s"}]'):format(own, number, intercom_number))
  if column.kind ~= matrix.cisco then
    phone.number = number
    lab.eq(phone:register().status, 200)
  end
  local call = there:dial(number)
  call:wait_answered()
  call:hang_up()
  call:wait_ended()
  local target = column.kind == matrix.cisco and phone.file.lines[2].speed_dial or intercom_number
  call = phone:dial(target, { user = number })
  call:wait_answered()
  lab.check(call.answer_message.body:find("a=recvonly", 1, true), "it is heard alone")
  lab.eq(there.agent:reinvite(there.agent.history[#there.agent.history]), 200)
  call:hang_up()
  call:wait_ended()
  if column.kind ~= matrix.cisco then
    phone:register(0)
    phone.number = column.number
    lab.eq(phone:register().status, 200)
  end
  have("[" .. own .. "]")
  return matrix.works
end

--- Adds the rows. matrix = what feature_matrix.lua has: hq, kinds, helpers, functions.
function dialling.features(matrix)
  local function row(name, try, ...)
    local more = { ... }
    matrix.feature(name, function(phone, column) return try(matrix, phone, column, table.unpack(more)) end)
  end
  row("park a call at a number of the user's choice, fetch it with the prefix", park_at_a_number)
  row("pick up a call of another group (OPickUp)", pick_up, "opickup", nil, "x-cisco-serviceuri-opickup")
  row("pick up a call of a group by its number (GPickUp)", pick_up, "gpickup", "4802", "4802")
  row("pick up what rings at a number (GPickUp)", pick_up, "gpickup", frank_number, "x-cisco-serviceuri-gpickup-" .. frank_number)
  row("pick up what rings at the number of a lamp key", pick_up, "blfpickup", frank_number, "x-cisco-serviceuri-blfpickup-" .. frank_number)
  row("dial with an authorization code and a matter code", dial_with_codes)
  row("dial a speed dial (key of the file, AbbrDial)", dial_speed_dial)
  row("answer by itself (Auto Answer)", answer_by_itself)
  row("intercom: be called, call, talk back", whisper)
end

return dialling
