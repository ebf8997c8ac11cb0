-- Rows of the feature matrix (matrix.lua) about picking up calls.
local lab = require "lab"
local matrix = require "matrix"

local cisco, trunk, carol, dave, works, refused = matrix.cisco, matrix.trunk, matrix.carol, matrix.dave, matrix.works, matrix.refused
local refused_to_watch, ended, talk_and_end, feature = matrix.refused_to_watch, matrix.ended, matrix.talk_and_end, matrix.feature

matrix.add_records { call_pickup_groups = { { name = "Others", number = "4802", partition = "Internal" },
  { name = "Everybody", number = "4801", partition = "Internal", other_pickup_groups = { "Others" } } } }
matrix.hunt("7490", { "4902@Internal" }, nil, 10)

-- Frank, whose calls ring in a pickup group of his own, and a key of Cisco's phones that picks them up.
local frank_number = "4905"
local frank, _, number_of_frank = matrix.helper("SEP001122330095", frank_number)
number_of_frank.call_pickup_group = "Others"
for _, column in ipairs(matrix.columns) do
  if column.speed_dials then
    column.speed_dials[#column.speed_dials + 1] = { number = frank_number, label = "Frank", busy_lamp_field = true, call_pickup = true }
  end
end

-- What rings at Dave's phone is answered at this one: with a key, or by dialling the number of the group.
local function pick_up(phone, column, number)
  local call = carol:dial(number)
  local ringing = dave:wait_call()
  call:wait_ringing()
  local picked
  if column.kind == cisco then
    ended(phone:pick_up "pickup")
    picked = phone:wait_call()
    picked:answer()
  else
    picked = phone:dial "4801"
    if column.kind == trunk then
      ended(picked)
      call:hang_up()
      ended(ringing)
      return refused(picked.status)
    end
    picked:wait_answered()
  end
  call:wait_answered()
  ended(ringing)
  talk_and_end(call, picked)
  return works
end

feature("pick up a call of the group", function(phone, column) return pick_up(phone, column, "4902") end)

feature("pick up a call that hunts", function(phone, column) return pick_up(phone, column, "7490") end)

feature("pick up a call by its dialog (INVITE with Replaces)", function(phone, column)
  if column.kind == trunk then return refused_to_watch(phone, "4902", "dialog") end
  local call = carol:dial "4902"
  local ringing = dave:wait_call()
  call:wait_ringing()
  local invite = ringing.invite
  local replaces = ("%s;to-tag=%s;from-tag=%s;early-only"):format(ringing.call_id, invite.our_tag, invite:get("From"):match ";tag=([^;]+)")
  local picked = phone:dial("4902", { headers = { Replaces = replaces, Require = "replaces" } })
  picked:wait_answered()
  call:wait_answered()
  ended(ringing)
  talk_and_end(call, picked)
  return works
end)

-- What rings at Frank's phone is answered at this one: with a key of Cisco's phones, else by dialling `number`.
local function pick_up_elsewhere(key, argument, number)
  return function(phone, column)
    local call = carol:dial(frank_number)
    local ringing = frank:wait_call()
    call:wait_ringing()
    local picked
    if column.kind == cisco then
      ended(phone:pick_up(key, argument))
      picked = phone:wait_call()
      picked:answer()
    else
      picked = phone:dial(number)
      lab.wait_for("the call is answered or refused", 5, function() return picked.state == "answered" or picked.state == "ended" end)
      if picked.state == "ended" then
        call:hang_up()
        ended(ringing)
        return refused(picked.status)
      end
    end
    call:wait_answered()
    ended(ringing)
    talk_and_end(call, picked)
    return works
  end
end

feature("pick up a call of another group (OPickUp)", pick_up_elsewhere("opickup", nil, "x-cisco-serviceuri-opickup"))

feature("pick up a call of a group by its number (GPickUp)", pick_up_elsewhere("gpickup", "4802", "4802"))

feature("pick up what rings at a number (GPickUp)",
  pick_up_elsewhere("gpickup", frank_number, "x-cisco-serviceuri-gpickup-" .. frank_number))

feature("pick up what rings at the number of a lamp key",
  pick_up_elsewhere("blfpickup", frank_number, "x-cisco-serviceuri-blfpickup-" .. frank_number))
